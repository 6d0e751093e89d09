"""A person at a terminal: what is asked, what a no and a Ctrl-C leave behind."""

from __future__ import annotations

import re
import shlex
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

import endpoint as wire
from books import make_books
from endpoint import Endpoint
from program import Program, ended, interrupt
from waiting import until

PAID = ("--provider", "custom")
OLD = {"scan0.pdf", "scan1.pdf", "scan2.pdf"}
NEW = {f"Ada Quill - Harbour Tales {number} (1999).pdf" for number in range(3)}

SPEND = r"3 of 3 files need custom:first-model, about [\d.]+ k tokens\. Go on\?"
RENAME = r"Rename 3 files\?"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def open_files(pid: int) -> set[Path]:
    """Which files a process has open, on a system that tells."""
    descriptors = Path(f"/proc/{pid}/fd")
    if not descriptors.is_dir():
        pytest.skip("needs /proc")
    found = set()
    for descriptor in descriptors.iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(descriptor.readlink())
    return found


def test_yes_twice(renai: Program, endpoint: Endpoint, books: Path) -> None:
    terminal = renai.on_terminal(books, *PAID)
    terminal.expect(SPEND)
    assert not endpoint.calls
    terminal.sendline("y")
    terminal.expect(RENAME)
    assert names(books) == OLD
    terminal.sendline("y")
    assert ended(terminal) == 0
    assert names(books) == NEW
    assert len(endpoint.calls) == 3


@pytest.mark.parametrize("no", ["n\r", "\r", "\x04"])
def test_no_to_spending(renai: Program, endpoint: Endpoint, books: Path, no: str) -> None:
    terminal = renai.on_terminal(books, *PAID)
    terminal.expect(SPEND)
    terminal.send(no)
    assert ended(terminal) == 4
    assert not endpoint.calls
    assert names(books) == OLD


def test_no_to_renaming(renai: Program, endpoint: Endpoint, books: Path) -> None:
    terminal = renai.on_terminal(books, *PAID)
    terminal.expect(SPEND)
    terminal.sendline("y")
    terminal.expect(RENAME)
    terminal.sendline("n")
    assert ended(terminal) == 4
    assert names(books) == OLD
    assert renai(books, *PAID, "--yes").code == 0
    assert len(endpoint.calls) == 3


def test_free_runs_ask_only_to_rename(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books)
    terminal.expect(RENAME)
    assert "Go on" not in terminal.before
    terminal.sendline("y")
    assert ended(terminal) == 0


def test_yes_asks_nothing_and_says_what_it_spends(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, *PAID, "--yes")
    assert ended(terminal) == 0
    assert "Go on?" not in terminal.before
    assert re.search(r"3 of 3 files need custom:first-model", terminal.before)


def test_what_is_cached_is_not_asked_about(renai: Program, books: Path) -> None:
    renai(books, *PAID, "--yes", "--dry-run")
    make_books(books, 4)
    terminal = renai.on_terminal(books, *PAID)
    terminal.expect(r"1 of 4 files needs custom:first-model")
    terminal.sendline("n")
    assert ended(terminal) == 4


@pytest.mark.parametrize("question", [SPEND, RENAME])
def test_ctrl_c_at_a_question(renai: Program, books: Path, question: str) -> None:
    terminal = renai.on_terminal(books, *PAID)
    if question == RENAME:
        terminal.expect(SPEND)
        terminal.sendline("y")
    terminal.expect(question)
    interrupt(terminal)
    assert ended(terminal) == 130
    assert "Traceback" not in terminal.before
    assert names(books) == OLD


def test_ctrl_c_during_calls(tmp_path: Path, books: Path) -> None:
    make_books(books, 12)
    interrupted = threading.Event()
    held = wire.held_until(interrupted.is_set)
    with Endpoint(wire.answer, wire.answer, always=held) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        terminal = renai.on_terminal(books, *PAID, "--yes", "--concurrency", "2")
        terminal.expect(r"Cached metadata for scan\d+\.pdf")
        interrupt(terminal)
        assert ended(terminal) == 130
        interrupted.set()
        assert "Traceback" not in terminal.before
        kept = len(renai.entries("metadata"))
        assert kept >= 1
        before = len(endpoint.calls)
        assert renai(books, *PAID, "--yes").code == 0
        assert len(endpoint.calls) - before == 12 - kept


def test_ctrl_c_during_hashing(renai: Program, books: Path) -> None:
    large = books / "large.txt"
    with large.open("wb") as stream:
        stream.truncate(4 << 40)  # a hole; to read it takes an hour all the same
    terminal = renai.on_terminal(books)
    until(lambda: large in open_files(terminal.pid))
    interrupt(terminal)
    assert ended(terminal) == 130
    assert "Traceback" not in terminal.before
    assert names(books) == {*OLD, "large.txt"}


def test_emptying_the_cache_asks(renai: Program, books: Path) -> None:
    renai(books, "--dry-run")
    for answer, code, left in (("n", 4, 3), ("y", 0, 0)):
        terminal = renai.on_terminal("cache", columns=200)
        terminal.expect(r"Empty .*cache \(6 entries, [\d,]+ bytes\)\?")
        terminal.sendline(answer)
        assert ended(terminal) == code
        assert len(renai.entries("metadata")) == len(renai.entries("text")) == left


def test_without_a_terminal_a_paid_run_stops(
    renai: Program, endpoint: Endpoint, books: Path
) -> None:
    finished = renai(books, *PAID)
    assert finished.code == 3
    assert "--yes" in finished.err
    assert "3 of 3 files need custom:first-model" in finished.err
    assert not endpoint.calls
    assert names(books) == OLD


def test_a_question_that_nobody_would_see_is_not_asked(renai: Program, books: Path) -> None:
    log = renai.home / "log"
    command = shlex.join([sys.executable, "-m", "renai", str(books)])
    terminal = renai.on_terminal(command=f"{command} 2>{log}")
    assert ended(terminal) == 0
    assert "--yes" in log.read_text()
    assert names(books) == OLD


def test_without_a_terminal_a_free_run_only_shows(renai: Program, books: Path) -> None:
    finished = renai(books)
    assert finished.code == 0
    assert "scan0.pdf -> Ada Quill - Harbour Tales 0 (1999).pdf" in finished.out
    assert names(books) == OLD


def test_without_a_terminal_a_paid_run_that_costs_nothing_goes_on(
    renai: Program, books: Path
) -> None:
    renai(books, *PAID, "--yes", "--dry-run")
    assert renai(books, *PAID).code == 0


def test_a_dry_run_shows_and_renames_nothing(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--dry-run")
    assert ended(terminal) == 0
    assert "Ada Quill" in terminal.before
    assert names(books) == OLD
