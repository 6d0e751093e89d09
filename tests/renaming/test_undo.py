"""Taking runs back: exactly, never over another file, and as often as it takes."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forks import exit_code, fork
from jobs import job_to_rename
from renai.errors import JournalError, UsageError
from renai.renaming.execute import execute
from renai.renaming.history import history
from renai.renaming.last_run import note_empty_run
from renai.renaming.library_bounds import LED_ELSEWHERE
from renai.renaming.recovery import recover
from renai.renaming.undo import RunToUndo, Undone, choose_run, run_with_renames, undo

NOW = datetime(2026, 11, 26, 20, 15, tzinfo=UTC)


def renamed(books: Path, state: Path, *pairs: tuple[str, str], words: str = "") -> None:
    """Write files and rename them; their content is their first name."""
    for old, _ in pairs:
        (books / old).write_text(old)
    rename(books, state, *pairs, words=words)


def rename(books: Path, state: Path, *pairs: tuple[str, str], words: str = "") -> None:
    execute([job_to_rename(books / old, books / new) for old, new in pairs], state, words=words)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def states(state: Path) -> list[tuple[str, int, int]]:
    return [(run.state, run.renamed, run.undone) for run in history(state)]


def test_the_last_run_is_taken_back_and_none_before_it_unless_it_is_named(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "b"))
    rename(books, state, ("b", "c"))
    assert undo(state).run == "0002"
    assert contents(books) == {"b": "a"}
    assert undo(state) == Undone("0002", [])
    assert contents(books) == {"b": "a"}
    assert undo(state, "1").run == "0001"
    assert contents(books) == {"a": "a"}
    assert states(state) == [("undone", 1, 1), ("undone", 1, 1)]


def test_without_runs_there_is_nothing_to_take_back(state: Path) -> None:
    assert undo(state) == Undone(None, [])
    assert run_with_renames(state) is None


def test_of_a_last_run_that_failed_nothing_is_taken_back(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "b"))
    (books / "c").write_text("c")
    (books / "folder").write_text("a file where a folder is to be made")
    rename(books, state, ("c", "folder/c"))
    assert undo(state) == Undone("0002", [])
    assert (books / "b").exists()
    other = run_with_renames(state)
    assert other is not None
    assert (other.run.name, other.place) == ("0001", books)
    assert undo(state, "0001").files[0].done


def test_of_a_last_run_that_had_nothing_to_rename_nothing_is_taken_back(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "b"))
    note_empty_run(state, "Books", NOW, after="0001")
    assert undo(state) == Undone(None, [])
    assert contents(books) == {"b": "a"}
    rename(books, state, ("b", "c"))
    assert undo(state).run == "0002"


def test_while_a_person_is_asked_no_other_process_takes_the_run_back(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "b"))

    def is_refused() -> bool:
        with pytest.raises(JournalError, match="under way"):
            undo(state)
        return True

    with choose_run(state) as past:
        assert isinstance(past, RunToUndo)
        assert exit_code(fork(is_refused)) == 0
        assert [file.done for file in past.take_back()] == [True]
    assert contents(books) == {"a": "a"}


def test_a_run_is_named_with_or_without_its_zeros(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "A2"))
    renamed(books, state, ("b", "B2"))
    assert undo(state, "1").files[0].done
    assert undo(state, "0001").files == []
    assert contents(books) == {"B2": "b", "a": "a"}
    with pytest.raises(UsageError, match="there is no run 7"):
        undo(state, "7")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_no_link_that_was_put_there_since_leads_a_file_elsewhere(
    books: Path, state: Path, tmp_path: Path
) -> None:
    """Neither the folder where a file was nor the one where it is now may lead elsewhere."""
    (books / "sub").mkdir()
    (books / "new").mkdir()
    (tmp_path / "elsewhere").mkdir()
    renamed(books, state, ("sub/a", "new/b"))
    for folder in ("sub", "new"):
        (books / folder).rename(tmp_path / folder)
        if folder == "new":
            (tmp_path / "new" / "b").rename(tmp_path / "elsewhere" / "b")
        (books / folder).symlink_to(tmp_path / "elsewhere")
        (taken_back,) = undo(state).files
        assert (taken_back.done, taken_back.reason) == (False, LED_ELSEWHERE)
        (books / folder).unlink()
        if folder == "new":
            (tmp_path / "elsewhere" / "b").rename(tmp_path / "new" / "b")
        (tmp_path / folder).rename(books / folder)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert undo(state).files[0].done
    assert (books / "sub" / "a").read_text() == "sub/a"


def test_a_file_that_was_edited_moved_or_replaced_is_refused_and_the_rest_goes_on(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "A2"), ("b", "B2"), ("c", "C2"), ("d", "D2"))
    (books / "A2").write_text("edited")
    (books / "B2").rename(books / "elsewhere")
    (books / "C2").unlink()
    (books / "C2").write_text("another")
    files = undo(state).files
    assert [file.done for file in files] == [False, False, False, True]
    assert "changed" in files[0].reason
    assert "no longer there" in files[1].reason
    assert contents(books) == {"A2": "edited", "C2": "another", "d": "d", "elsewhere": "b"}
    assert states(state) == [("partly undone", 4, 1)]


def test_what_was_refused_is_taken_back_by_a_second_undo(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "A2"), ("b", "B2"))
    (books / "a").write_text("in the way")
    assert [file.done for file in undo(state).files] == [False, True]
    assert contents(books) == {"A2": "a", "a": "in the way", "b": "b"}
    (books / "a").unlink()
    assert [(file.path.name, file.done) for file in undo(state).files] == [("A2", True)]
    assert contents(books) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("edited", ["a", "b"])
def test_half_of_a_swap_cannot_be_taken_back_over_the_other(
    books: Path, state: Path, edited: str
) -> None:
    renamed(books, state, ("a", "b"), ("b", "a"))
    (books / edited).write_text("edited")
    before = contents(books)
    assert not any(file.done for file in undo(state).files)
    assert contents(books) == before
    assert recover(state) == []


def test_equal_files_go_back_each_to_its_own_name(books: Path, state: Path) -> None:
    for name in "abc":
        (books / name).write_text("equal")
    inodes = {name: (books / name).stat().st_ino for name in "abc"}
    rename(books, state, ("a", "b"), ("b", "c"), ("c", "a"))
    undo(state)
    assert {name: (books / name).stat().st_ino for name in "abc"} == inodes


def test_a_sidecar_edited_since_goes_back_and_a_lost_one_holds_nothing_up(
    books: Path, state: Path
) -> None:
    for name in ("a.pdf", "a.xmp", "a.jpg"):
        (books / name).write_text(name)
    sidecars = [(books / f"a.{x}", books / f"b.{x}") for x in ("xmp", "jpg")]
    execute([job_to_rename(books / "a.pdf", books / "b.pdf", *sidecars)], state)
    (books / "b.xmp").write_text("five stars")
    (books / "b.jpg").unlink()
    assert undo(state).files[0].done
    assert contents(books) == {"a.pdf": "a.pdf", "a.xmp": "five stars"}


def test_a_folder_that_vanished_since_is_made_again(books: Path, state: Path) -> None:
    (books / "sub").mkdir()
    renamed(books, state, ("sub/a", "Science/A"))
    (books / "sub").rmdir()
    undo(state)
    assert [path.name for path in books.iterdir()] == ["sub"]
    assert (books / "sub" / "a").read_text() == "sub/a"


def test_stopped_halfway_an_undo_can_be_taken_up_again(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "A2"), ("b", "B2"), ("c", "C2"))
    seen: list[object] = []
    undo(state, on_step=seen.append, stop=lambda: len(seen) == 1)
    assert states(state) == [("partly undone", 3, 1)]
    undo(state)
    assert contents(books) == {"a": "a", "b": "b", "c": "c"}


def test_the_history_says_what_was_asked(books: Path, state: Path) -> None:
    assert history(state) == []
    renamed(books, state, ("a", "b"), words="renai ~/Books")
    (past,) = history(state)
    assert (past.run, past.words, past.renamed, past.state) == ("0001", "renai ~/Books", 1, "done")
    assert past.started_at is not None
    assert past.started_at.tzinfo is not None


def test_journals_are_for_the_user_alone(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "b"))
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "0001.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x00\xff\n", b"[]\n", b"{}\n", b'{"renai_journal": 2, "run": "0001"}\n', b"null\n"],
)
def test_a_foreign_or_damaged_journal_blocks_nothing(
    books: Path, state: Path, damage: bytes
) -> None:
    state.mkdir()
    (state / "0001.jsonl").write_bytes(damage)
    (state / "notes.jsonl").write_bytes(b"mine")
    assert recover(state) == []
    renamed(books, state, ("a", "b"))
    assert [run.run for run in history(state)] == ["0001", "0002"]
    assert undo(state).files[0].done
    assert (state / "0001.jsonl").read_bytes() == damage


@pytest.mark.parametrize("line", range(5))
def test_a_damaged_line_is_reported_and_never_acted_on(books: Path, state: Path, line: int) -> None:
    renamed(books, state, ("a", "b"))
    journal = state / "0001.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line][:5] + b"#" + lines[line][6:]
    journal.write_bytes(b"".join(lines))
    assert [run.state for run in history(state)] == ["damaged"]
    with pytest.raises(JournalError, match=f"line {line + 1}"):
        undo(state)
    assert contents(books) == {"b": "a"}


def test_a_torn_last_line_counts_as_not_written(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "b"), ("c", "d"))
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    for size in range(data.index(b'{"mark": 0'), len(data)):
        journal.write_bytes(data[:size])
        assert [run.state for run in history(state)] == ["open"]
        assert [(mended.finished, mended.failed) for mended in recover(state)] == [(2, ())]
        assert states(state) == [("done", 2, 0)]
    assert len(undo(state).files) == 2


def test_a_file_lost_in_a_crash_is_reported_and_others_are_left_alone(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "b"))
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b'{"mark": 0')])
    (books / "b").write_text("another of the name")
    (mended,) = recover(state)
    assert mended.failed == ("a: is at none of its names",)
    assert contents(books) == {"b": "another of the name"}


def test_names_that_are_no_text_are_recorded_too(books: Path, state: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(books) + b"/\xff\xfe"))
    odd.write_text("odd")
    execute([job_to_rename(odd, books / "plain")], state)
    assert json.loads((state / "0001.jsonl").read_text().splitlines()[1])["unit"] == 0
    undo(state)
    assert odd.read_text() == "odd"


def test_a_crash_in_an_undo_is_no_way_around_the_check_of_contents(
    books: Path, state: Path
) -> None:
    renamed(books, state, ("a", "b"), ("b", "a"))
    (books / "a").write_text("x")  # as long as before, and not what was renamed
    undo(state)
    journal = state / "0001u1.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b'{"mark"')])
    line = next(json.loads(line) for line in data.splitlines() if b'"unit": 0' in line)
    (books / "b").rename(line["moves"][0][2])  # it was parked when the process died
    recover(state)
    assert contents(books) == {"a": "x", "b": "a"}


def test_on_a_disk_that_is_not_there_nothing_is_given_up(books: Path, state: Path) -> None:
    renamed(books, state, ("a", "b"))
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b'{"mark": 0')])
    away = books.rename(books.with_name("away"))
    (mended,) = recover(state)
    assert "mounted?" in mended.failed[0]
    away.rename(books)
    (mended,) = recover(state)
    assert mended.finished == 1
    assert undo(state).files[0].done


@pytest.mark.parametrize(
    "line",
    [
        "[" * 200_000,
        '{"unit": 0, "moves": [], "file_hash": null, "stem": "", "number": 1, "undoes": null}',
        '{"planned": 0, "folders": ["a\\u0000b"]}',
        '{"planned": 0, "folders": ["a\\ud800"]}',
        '{"mark": -1, "state": "bogus", "reason": ""}',
    ],
    ids=["deep", "no moves", "zero byte", "not encodable", "no state"],
)
def test_a_hostile_journal_is_damaged_and_stops_nothing(state: Path, line: str) -> None:
    state.mkdir(parents=True, exist_ok=True)
    started = "2026-01-01T00:00:00+00:00"
    head = json.dumps({"renai_journal": 1, "run": "0001", "started_at": started, "words": ""})
    (state / "0001.jsonl").write_text(f"{head}\n{line}\n")
    assert recover(state) == []
    assert [run.state for run in history(state)] == ["damaged"]
