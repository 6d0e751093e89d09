"""`renai undo`, by a person at a terminal and by a script: which run, and what is said of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

from books import make_books, pdf
from forks import exit_code, fork
from jobs import job_to_rename
from program import Program, ended, interrupt
from renai.renaming.execute import execute
from renai.renaming.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from renai.file_job import FileJob

OLD = {"scan0.pdf", "scan1.pdf", "scan2.pdf"}
NEW = {f"Ada Quill - Harbour Tales {number} (1999).pdf" for number in range(3)}
QUESTION = r"Run 0001 \([-\d: ]{16}\) renamed 3 files in (.*)\. Take that back\?"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_names_the_run_its_folder_and_the_files_and_asks(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    terminal = renai.on_terminal("undo", columns=200)
    terminal.expect(QUESTION)
    assert terminal.match[1] == str(books)
    assert names(books) == NEW
    terminal.sendline("y")
    terminal.expect("Run 0001: 3 of 3 files renamed back.")
    assert ended(terminal) == 0
    assert names(books) == OLD


@pytest.mark.parametrize("no", ["n\r", "\r", "\x04"])
def test_who_says_no_keeps_the_new_names(renai: Program, books: Path, no: str) -> None:
    renai(books, "--yes")
    terminal = renai.on_terminal("undo", columns=200)
    terminal.expect(QUESTION)
    terminal.send(no)
    assert ended(terminal) == 4
    assert names(books) == NEW
    assert renai("undo").code == 0
    assert names(books) == OLD


def test_ctrl_c_at_the_question_keeps_the_new_names(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    terminal = renai.on_terminal("undo", columns=200)
    terminal.expect(QUESTION)
    interrupt(terminal)
    assert ended(terminal) == 130
    assert names(books) == NEW


def test_yes_asks_nothing_and_names_all_the_same(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    terminal = renai.on_terminal("undo", "--yes", columns=200)
    assert ended(terminal) == 0
    assert "Take that back?" not in terminal.before
    assert re.search(rf"renamed 3 files in {re.escape(str(books))}\.", terminal.before)
    assert names(books) == OLD


def test_without_a_terminal_it_names_the_run_and_does_not_ask(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    undone = renai("undo")
    assert undone.code == 0
    assert undone.out == "Run 0001: 3 of 3 files renamed back.\n"
    assert re.search(r"Run 0001 \(.*\) renamed 3 files in /.*books\.", undone.err)
    assert names(books) == OLD


def test_after_a_run_that_renamed_nothing_another_must_be_named(
    renai: Program, books: Path, tmp_path: Path
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (others / "Harbour Tales 0.pdf").write_bytes(pdf("Harbour Tales 0"))
    renai(books, "--yes")
    assert renai(others, "--yes", "--template", "{title}").code == 0
    undone = renai("undo", "--yes")
    assert undone.code == 0
    assert "There is nothing to take back." in undone.out
    assert re.search(r"The last run \(.*: renai .*others --yes .*\) renamed nothing\.", undone.err)
    assert re.search(
        r"renamed 3 files in /.*books\. To take that back: renai undo 0001", undone.err
    )
    assert names(books) == NEW
    assert renai("undo", "0001").code == 0
    assert names(books) == OLD
    nothing = renai("undo")
    assert "To take that back" not in nothing.err


def test_a_run_that_was_only_a_look_is_not_the_last_one(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    renai(books, "--yes", "--dry-run", "--template", "{year} {title}")
    renai("cache", "--yes")
    renai(books / "not there")
    assert "Run 0001: 3 of 3 files renamed back." in renai("undo").out


def test_a_run_that_ended_with_a_no_is_the_last_one(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    terminal = renai.on_terminal(books, "--template", "{year} {title}")
    terminal.expect(r"Rename 3 files\?")
    terminal.sendline("n")
    assert ended(terminal) == 4
    assert "There is nothing to take back." in renai("undo").out
    assert names(books) == NEW


def test_a_run_of_which_all_renames_failed_is_the_last_one(
    renai: Program, books: Path, tmp_path: Path
) -> None:
    others = tmp_path / "others"
    make_books(others, 1)
    for category in ("Fiction", "Other"):
        (others / category).write_text("a file where a folder is to be made")
    renai(books, "--yes")
    assert renai(others, "--yes", "--organize", "--provider", "custom").code == 1
    undone = renai("undo")
    assert "The last run, 0002, renamed nothing." in undone.err
    assert "renai undo 0001" in undone.err
    assert names(books) == NEW


def test_a_run_that_is_renamed_back_is_not_taken_back_twice(renai: Program, books: Path) -> None:
    renai(books, "--yes", "--template", "{title}")
    middle = names(books)
    renai(books, "--yes", "--template", "{year} {title}")
    renai("undo")
    again = renai("undo")
    assert "There is nothing to take back." in again.out
    assert "The last run, 0002, is renamed back already." in again.err
    assert "renai undo 0001" in again.err
    assert names(books) == middle
    assert "Run 0002 is renamed back already." in renai("undo", "2").err


def test_what_is_left_of_a_run_is_counted(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    (books / "scan1.pdf").write_bytes(b"somebody else's")
    assert renai("undo").code == 1
    (books / "scan1.pdf").unlink()
    terminal = renai.on_terminal("undo", columns=200)
    terminal.expect(r"renamed 3 files in .*; 1 of them still has its new name\. Take that back\?")
    terminal.sendline("y")
    assert ended(terminal) == 0
    assert names(books) == OLD


@pytest.fixture
def journals(renai: Program) -> Path:
    return renai.home / "state" / "renAI" / "journal"


def renames(folder: Path, number_of: int) -> list[FileJob]:
    folder.mkdir()
    for number in range(number_of):
        (folder / f"{number}.txt").write_text(str(number))
    return [
        job_to_rename(folder / f"{number}.txt", folder / f"new {number}.txt")
        for number in range(number_of)
    ]


def test_it_shows_how_far_it_has_come(renai: Program, journals: Path, tmp_path: Path) -> None:
    execute(renames(tmp_path / "books", 60), journals)
    terminal = renai.on_terminal("undo", "--yes", columns=200)
    terminal.expect("/60 files renamed back")
    terminal.expect("60 of 60 files renamed back")
    assert ended(terminal) == 0


@pytest.mark.parametrize("words", [("undo",), ("nothing here",)])
def test_so_does_the_mending_of_a_run_that_crashed(
    renai: Program, journals: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = count()

    def die(_: FileJob) -> None:
        if next(done) == 20:
            os.kill(os.getpid(), signal.SIGKILL)

    jobs = renames(tmp_path / "books", 60)
    assert exit_code(fork(lambda: bool(execute(jobs, journals, on_step=die)))) == -signal.SIGKILL
    seen: list[object] = []

    @contextmanager
    def watching(total: int) -> Iterator[Callable[[object], None]]:
        assert total == 39
        yield seen.append

    (tmp_path / "nothing here").mkdir()
    copy = tmp_path / "copy"
    shutil.copytree(journals, copy)
    terminal = renai.on_terminal(*words, columns=200)
    terminal.expect("/39 files of an interrupted run looked after")
    if words == ("undo",):
        terminal.expect("renamed 21 files")
        terminal.sendline("n")
        assert ended(terminal) == 4
    else:
        terminal.expect(r"Files with their new names: 21; with the old ones: 39\.")
        assert ended(terminal) == 0
    (mended,) = recover(copy, watching=watching)
    assert (mended.finished, mended.left, len(seen)) == (21, 39, 39)
