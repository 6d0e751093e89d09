"""Other programs at work in the same folder: their files and their links stay theirs."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forks import exit_code, fork
from jobs import job_to_rename, without_checksums
from renai.renaming import no_replace
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.renaming.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable


def contents(books: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(books.iterdir())}


def before_each_rename(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Path, Path], None]
) -> None:
    """Do something between the last look at a name and the rename."""
    real = no_replace._rename_exclusively()

    def rename(source: Path, target: Path) -> None:
        meanwhile(source, target)
        real(source, target)

    monkeypatch.setattr(no_replace, "_rename_exclusively", lambda: rename)


def save_anew(path: Path, text: str) -> None:
    """Save as many programs do: to another file, which replaces the first one."""
    other = path.with_name("being saved")
    other.write_text(text)
    other.replace(path)


@pytest.mark.parametrize("text", ["quite another", "A"], ids=["other size", "same size"])
def test_a_document_saved_anew_just_before_its_rename_keeps_its_name(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (books / "a.pdf").write_text("a")
    (books / "a.jpg").write_text("cover")
    job = job_to_rename(books / "a.pdf", books / "b.pdf", (books / "a.jpg", books / "b.jpg"))
    before_each_rename(
        monkeypatch, lambda source, _: source.name == "a.pdf" and save_anew(source, text)
    )
    execute([job], state)
    assert (job.action, job.decision.reason) == ("skip", "changed since it was read")
    assert contents(books) == {"a.jpg": "cover", "a.pdf": text}
    assert undo(state).files == []


def test_a_document_written_to_just_before_its_rename_keeps_its_name(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a").write_text("a")
    job = job_to_rename(books / "a", books / "b")
    before_each_rename(monkeypatch, lambda source, _: source.name == "a" and source.write_text("A"))
    execute([job], state)
    assert job.action == "skip"
    assert contents(books) == {"a": "A"}


def test_a_document_saved_again_in_that_moment_loses_nothing(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a").write_text("a")
    job = job_to_rename(books / "a", books / "b")

    def meanwhile(source: Path, target: Path) -> None:
        if source.name == "a":
            save_anew(source, "another")
        else:
            target.write_text("a third")

    before_each_rename(monkeypatch, meanwhile)
    execute([job], state)
    assert job.action == "fail"
    assert contents(books) == {"a": "a third", "b": "another"}


def test_a_document_saved_anew_just_before_it_is_parked(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (books / name).write_text(name)
    jobs = [job_to_rename(books / "a", books / "b"), job_to_rename(books / "b", books / "a")]

    def meanwhile(_: Path, target: Path) -> None:
        if target.name.endswith(".tmp"):
            save_anew(books / "a", "another")
            save_anew(books / "b", "a third")

    before_each_rename(monkeypatch, meanwhile)
    execute(jobs, state)
    assert contents(books) == {"a": "another", "b": "a third"}


def test_a_document_saved_anew_just_before_an_undo_keeps_its_name(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a").write_text("a")
    execute([job_to_rename(books / "a", books / "b")], state)
    before_each_rename(
        monkeypatch, lambda source, _: source.name == "b" and save_anew(source, "another")
    )
    (file,) = undo(state).files
    assert not file.done
    assert "another file now" in file.reason
    assert contents(books) == {"b": "another"}


def test_a_folder_in_a_sidecars_place_is_no_sidecar(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a.pdf").write_text("a")
    (books / "a.jpg").write_text("cover")
    job = job_to_rename(books / "a.pdf", books / "b.pdf", (books / "a.jpg", books / "b.jpg"))

    def meanwhile(source: Path, _: Path) -> None:
        if source.name == "a.jpg" and source.is_file():
            source.unlink()
            source.mkdir()

    before_each_rename(monkeypatch, meanwhile)
    execute([job], state)
    assert job.action == "skip"
    assert sorted(path.name for path in books.iterdir()) == ["a.jpg", "a.pdf"]


def test_a_file_that_gets_another_inode_by_its_rename_is_told_by_its_content(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a").write_text("a")
    job = job_to_rename(books / "a", books / "b")

    def copy(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes())
        source.unlink()

    monkeypatch.setattr(no_replace, "_rename_exclusively", lambda: copy)
    execute([job], state)
    assert job.action == "rename"
    assert contents(books) == {"b": "a"}


# Second links: of others, and of a disk that offers no better way to rename.


def crash_at_the_plan(state: Path) -> None:
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b"\n", data.index(b'{"planned"')) + 1])


def only_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, _: Path) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(source))

    monkeypatch.setattr(no_replace, "_rename_exclusively", lambda: refuse)


@pytest.mark.parametrize("older", [False, True])
def test_recovery_leaves_covers_alone_that_are_two_names_of_one_file(
    books: Path, state: Path, older: bool
) -> None:
    names = {"x.pdf": "x", "good.pdf": "y", "x.jpg": "cover"}
    for name, text in names.items():
        (books / name).write_text(text)
    os.link(books / "x.jpg", books / "good.jpg")
    before = contents(books)
    jobs = [
        job_to_rename(
            books / f"{old}.pdf", books / f"{new}.pdf", (books / f"{old}.jpg", books / f"{new}.jpg")
        )
        for old, new in (("x", "good"), ("good", "other"))
    ]
    execute(jobs, state)
    assert contents(books) == {
        "good.jpg": "cover",
        "good.pdf": "x",
        "other.jpg": "cover",
        "other.pdf": "y",
    }
    crash_at_the_plan(state)
    if older:
        journal = state / "0001.jsonl"
        journal.write_bytes(without_checksums(journal.read_bytes()))
    # All was done, and no mark of it has reached the disk.
    assert [mended.finished for mended in recover(state)] == [2]
    undo(state)
    assert contents(books) == before
    for journal in state.iterdir():
        if journal.name != "0001.jsonl":
            journal.unlink()
    crash_at_the_plan(state)
    assert [mended.left for mended in recover(state)] == [2]
    assert contents(books) == before


def test_a_link_that_the_run_was_about_to_make_is_taken_away(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (books / "a").write_text("a")
    only_links(monkeypatch)
    execute([job_to_rename(books / "a", books / "b")], state)
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b'{"mark": 0')])
    os.link(books / "b", books / "a")
    assert [mended.left for mended in recover(state)] == [1]
    assert contents(books) == {"a": "a"}


@pytest.mark.parametrize("links_before", [0, 1])
def test_a_link_of_somebody_else_stays(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch, links_before: int
) -> None:
    (books / "a").write_text("a")
    if links_before:
        only_links(monkeypatch)
        os.link(books / "a", books / "c")
    execute([job_to_rename(books / "a", books / "b")], state)
    journal = state / "0001.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[: data.index(b'{"mark": 0')])
    (books / "c").unlink(missing_ok=True)
    os.link(books / "b", books / "a")  # with as many links as the run saw, this is none of its own
    recover(state)
    assert contents(books) == {"a": "a", "b": "a"}


@pytest.mark.parametrize("call", range(6))
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_death_between_two_links_is_mended(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    for name in ("a", "b", "c"):
        (books / name).write_text(name)
    only_links(monkeypatch)
    jobs = [
        job_to_rename(books / old, books / new) for old, new in (("a", "b"), ("b", "a"), ("c", "d"))
    ]
    before = contents(books)

    def dies() -> bool:
        real, left = Path.unlink, [call]

        def unlink(path: Path, missing_ok: bool = False) -> None:
            if not left[0]:
                os._exit(9)
            left[0] -= 1
            real(path, missing_ok)

        Path.unlink = unlink  # type: ignore[method-assign]
        execute(jobs, state)
        return True

    assert exit_code(fork(dies)) in (0, 9)
    recover(state)
    assert sorted(contents(books).values()) == ["a", "b", "c"]
    undo(state)
    assert contents(books) == before
