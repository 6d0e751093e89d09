"""Plans carried out on real files: what is renamed, what is left alone, and in which order."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from jobs import job_to_rename
from renai.errors import JournalError
from renai.file_job import Decision, FileJob
from renai.renaming import no_replace as rename
from renai.renaming.execute import execute
from renai.renaming.history import history
from renai.renaming.library_bounds import LEADS_OUT
from renai.renaming.recovery import recover
from renai.renaming.undo import undo


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


def write(folder: Path, *names: str) -> None:
    """Files whose content is their first name."""
    for name in names:
        (folder / name).write_text(name)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def to(folder: Path, old: str, new: str, *sidecars: tuple[str, str]) -> FileJob:
    pairs = [(folder / a, folder / b) for a, b in sidecars]
    return job_to_rename(folder / old, folder / new, *pairs)


def test_a_file_gets_its_name_and_keeps_its_times(books: Path, state: Path) -> None:
    write(books, "a.pdf")
    os.utime(books / "a.pdf", ns=(1_000_000_001, 2_000_000_002))
    job = to(books, "a.pdf", "Dune.pdf")
    assert execute([job], state) == "0001"
    assert contents(books) == {"Dune.pdf": "a.pdf"}
    assert (books / "Dune.pdf").stat().st_mtime_ns == 2_000_000_002
    assert job.new_path == books / "Dune.pdf"


def test_nothing_to_rename_leaves_no_journal(books: Path, state: Path) -> None:
    write(books, "a.pdf")
    job = to(books, "a.pdf", "Dune.pdf")
    job.decision = Decision("keep", "no title")
    assert execute([job], state) is None
    assert not state.exists()


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "b"), ("b", "a")],
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("a", "b"), ("b", "c"), ("c", "d")],
        [("c", "d"), ("b", "c"), ("a", "b")],
        [("a", "b"), ("b", "c"), ("c", "b2"), ("x", "y"), ("y", "x")],
    ],
)
def test_chains_swaps_and_circles_work_and_can_be_undone(
    books: Path, state: Path, pairs: list[tuple[str, str]]
) -> None:
    write(books, *(old for old, _ in pairs))
    before = contents(books)
    execute([to(books, old, new) for old, new in pairs], state)
    assert contents(books) == {new: old for old, new in sorted(pairs, key=lambda pair: pair[1])}
    assert all(file.done for file in undo(state).files)
    assert contents(books) == before


def test_sidecars_go_along_also_in_a_swap(books: Path, state: Path) -> None:
    write(books, "a.pdf", "a.jpg", "b.pdf", "b.jpg")
    execute(
        [
            to(books, "a.pdf", "b.pdf", ("a.jpg", "b.jpg")),
            to(books, "b.pdf", "a.pdf", ("b.jpg", "a.jpg")),
        ],
        state,
    )
    assert contents(books) == {
        "a.jpg": "b.jpg", "a.pdf": "b.pdf", "b.jpg": "a.jpg", "b.pdf": "a.pdf",
    }  # fmt: skip


def test_a_name_taken_since_the_plan_gives_the_next_number_to_the_whole_group(
    books: Path, state: Path
) -> None:
    write(books, "a.pdf", "a.jpg")
    plan = [to(books, "a.pdf", "Dune (1965).pdf", ("a.jpg", "Dune (1965).jpg"))]
    write(books, "Dune (1965).jpg")
    execute(plan, state)
    assert contents(books) == {
        "Dune (1965) (2).jpg": "a.jpg",
        "Dune (1965) (2).pdf": "a.pdf",
        "Dune (1965).jpg": "Dune (1965).jpg",
    }
    assert plan[0].new_path == books / "Dune (1965) (2).pdf"
    assert undo(state).files[0].done
    assert contents(books)["a.jpg"] == "a.jpg"


def test_a_file_changed_or_gone_since_the_plan_is_left_alone(books: Path, state: Path) -> None:
    write(books, "a.pdf", "b.pdf", "c.pdf")
    plan = [to(books, name, f"new {name}") for name in ("a.pdf", "b.pdf", "c.pdf")]
    (books / "a.pdf").write_text("edited")
    (books / "b.pdf").unlink()
    execute(plan, state)
    assert [(job.action, job.reason) for job in plan] == [
        ("skip", "changed since it was read"),
        ("skip", "vanished since it was read"),
        ("rename", ""),
    ]
    assert contents(books) == {"a.pdf": "edited", "new c.pdf": "c.pdf"}


def test_a_symbolic_link_is_left_alone(books: Path, state: Path) -> None:
    write(books, "a.pdf")
    (books / "link.pdf").symlink_to(books / "a.pdf")
    job = to(books, "link.pdf", "Dune.pdf")
    execute([job], state)
    assert job.action == "skip"
    assert (books / "link.pdf").is_symlink()


def test_a_group_whose_sidecar_cannot_move_is_put_back(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(books, "a.pdf", "a.jpg", "b.pdf")
    real = rename._rename_exclusively()

    def refuses_covers(source: Path, target: Path) -> None:
        if source.suffix == ".jpg":
            raise PermissionError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(rename, "_rename_exclusively", lambda: refuses_covers)
    plan = [to(books, "a.pdf", "Dune.pdf", ("a.jpg", "Dune.jpg")), to(books, "b.pdf", "Emma.pdf")]
    execute(plan, state)
    assert contents(books) == {"Emma.pdf": "b.pdf", "a.jpg": "a.jpg", "a.pdf": "a.pdf"}
    assert [job.action for job in plan] == ["fail", "rename"]
    assert "a.jpg" in plan[0].reason


def test_new_folders_are_made_and_gone_again_after_undo(books: Path, state: Path) -> None:
    write(books, "a.pdf", "b.pdf")
    execute([to(books, "a.pdf", "Science/x/A.pdf"), to(books, "b.pdf", "Science/B.pdf")], state)
    assert contents(books) == {"Science/B.pdf": "b.pdf", "Science/x/A.pdf": "a.pdf"}
    undo(state)
    assert sorted(path.name for path in books.iterdir()) == ["a.pdf", "b.pdf"]


def test_a_new_folder_with_something_else_in_it_stays(books: Path, state: Path) -> None:
    write(books, "a.pdf")
    execute([to(books, "a.pdf", "Science/A.pdf")], state)
    (books / "Science" / "mine.txt").write_text("mine")
    undo(state)
    assert contents(books) == {"Science/mine.txt": "mine", "a.pdf": "a.pdf"}


def test_a_file_where_a_folder_should_be_fails_that_group_only(books: Path, state: Path) -> None:
    write(books, "a.pdf", "b.pdf", "Science")
    plan = [to(books, "a.pdf", "Science/A.pdf"), to(books, "b.pdf", "B.pdf")]
    execute(plan, state)
    assert [job.action for job in plan] == ["fail", "rename"]
    assert contents(books) == {"B.pdf": "b.pdf", "Science": "Science", "a.pdf": "a.pdf"}


def test_stop_is_asked_between_files_and_the_rest_keeps_its_names(books: Path, state: Path) -> None:
    names = [f"{i}.pdf" for i in range(5)]
    write(books, *names)
    seen: list[FileJob] = []
    plan = [to(books, name, f"new {name}") for name in names]
    execute(plan, state, on_step=seen.append, stop=lambda: len(seen) == 2)
    assert [job.action for job in plan] == ["rename", "rename", "skip", "skip", "skip"]
    assert [run.state for run in history(state)] == ["done"]
    assert recover(state) == []


def test_a_stop_inside_a_circle_still_closes_it(books: Path, state: Path) -> None:
    write(books, "a", "b")
    seen: list[FileJob] = []
    execute(
        [to(books, "a", "b"), to(books, "b", "a")],
        state,
        on_step=seen.append,
        stop=lambda: bool(seen),
    )
    assert contents(books) == {"a": "b", "b": "a"}


@pytest.mark.parametrize("at", range(6))
def test_ctrl_c_leaves_no_group_half_done(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    write(books, "a.pdf", "a.jpg", "b.pdf", "b.jpg")
    plan = [
        to(books, "a.pdf", "b.pdf", ("a.jpg", "b.jpg")),
        to(books, "b.pdf", "a.pdf", ("b.jpg", "a.jpg")),
    ]
    monkeypatch.setattr(rename, "_rename_exclusively", interrupted_at(at))
    with pytest.raises(KeyboardInterrupt):
        execute(plan, state)
    names = {Path(new).stem + Path(old).stem for new, old in contents(books).items()}
    assert set(contents(books)) == {"a.pdf", "a.jpg", "b.pdf", "b.jpg"}
    assert names in ({"aa", "bb"}, {"ab", "ba"})
    assert recover(state) == []


def interrupted_at(call: int) -> Callable[[], Callable[[Path, Path], None]]:
    """The real rename, and Ctrl-C just after the call of that number."""
    real = rename._rename_exclusively()
    calls = iter(range(100))

    def rename_and_interrupt(source: Path, target: Path) -> None:
        real(source, target)
        if next(calls) == call:
            raise KeyboardInterrupt

    return lambda: rename_and_interrupt


def test_a_journal_that_cannot_be_written_stops_all_before_the_first_rename(
    books: Path, tmp_path: Path
) -> None:
    write(books, "a.pdf")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be recorded"):
        execute([to(books, "a.pdf", "b.pdf")], tmp_path / "file")
    assert contents(books) == {"a.pdf": "a.pdf"}


def test_a_chain_as_long_as_a_library(books: Path, state: Path) -> None:
    names = [f"{i:04}.pdf" for i in range(2_001)]
    write(books, *names[:-1])
    execute([to(books, a, b) for a, b in pairwise(names)], state)
    assert contents(books) == {b: a for a, b in pairwise(names)}


def test_all_that_is_about_to_happen_is_on_the_disk_before_each_rename(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan before the first rename, and a new number before the files get it."""
    write(books, "a.pdf", "a.jpg")
    job = to(books, "a.pdf", "Dune.pdf", ("a.jpg", "Dune.jpg"))
    write(books, "Dune.jpg")
    flushed: dict[int, int] = {}
    lacking: list[str] = []
    flush, real = os.fsync, rename._rename_exclusively()

    def note_size_and_flush(descriptor: int) -> None:
        flush(descriptor)
        stat = os.fstat(descriptor)
        flushed[stat.st_ino] = stat.st_size

    def rename_if_flushed(source: Path, target: Path) -> None:
        journal = (state / "0001.jsonl").stat()
        if flushed.get(journal.st_ino) != journal.st_size or state.stat().st_ino not in flushed:
            lacking.append(target.name)
        real(source, target)

    monkeypatch.setattr(os, "fsync", note_size_and_flush)
    monkeypatch.setattr(rename, "_rename_exclusively", lambda: rename_if_flushed)
    execute([job], state)
    assert job.new_path == books / "Dune (2).pdf"
    assert lacking == []


def test_a_folder_that_becomes_a_link_out_of_the_library_gets_nothing(
    books: Path, state: Path, tmp_path: Path
) -> None:
    write(books, "a.pdf", "b.pdf")
    jobs = [to(books, "a.pdf", "Fiction/Dune.pdf"), to(books, "b.pdf", "Novels/Emma.pdf")]
    outside = tmp_path / "outside"
    outside.mkdir()
    (books / "Fiction").symlink_to(outside)
    (books / "Novels").mkdir()
    execute(jobs, state)
    assert (jobs[0].action, jobs[0].reason) == ("skip", LEADS_OUT)
    assert contents(books) == {"Novels/Emma.pdf": "b.pdf", "a.pdf": "a.pdf"}
    assert not list(outside.iterdir())
