"""Nothing that is printed controls the terminal, or begins a line of its own."""

from __future__ import annotations

import logging
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from rich.table import Table
from rich.text import Text

from books import make_books
from renai.cli import terminal
from renai.cli.logs import log_above, log_to_stderr
from renai.cli.main import _escaping_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from program import Program

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202ex\n[INFO] forged\r\x08"


@pytest.fixture(autouse=True)
def consoles() -> Iterator[None]:
    """Consoles that write to what pytest captures."""
    for console in (terminal.output, terminal.remarks):
        console.cache_clear()
    yield
    for console in (terminal.output, terminal.remarks):
        console.cache_clear()


def harmless(shown: str) -> None:
    assert "owned" in shown
    assert not set(shown) & set(EVIL) - set("\n") - {c for c in EVIL if c.isprintable()}
    assert not any(line.startswith("[INFO] forged") for line in shown.splitlines())


def test_lines_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(EVIL)
    terminal.remark(EVIL)
    out, err = capsys.readouterr()
    harmless(out)
    harmless(err)


def test_questions_are_escaped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _="": "n")
    terminal.ask_for(EVIL)
    harmless(capsys.readouterr().err)
    terminal.ask(EVIL)
    harmless(capsys.readouterr().err)


def test_tables_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("Name", "Of\x1b[2J what", width=200)
    evil = EVIL.replace("\n", "")  # the lines of a cell are told by its column
    table.add_row(evil, Text(evil, style="bold"))
    terminal.output().print(table)
    terminal.remarks().print(evil)
    out, err = capsys.readouterr()
    harmless(out)
    harmless(err)


@pytest.mark.parametrize("above", [False, True])
def test_log_lines_are_escaped(capsys: pytest.CaptureFixture[str], above: bool) -> None:
    log_to_stderr()
    log_above(terminal.remarks() if above else None)
    try:
        logging.getLogger("renai").warning("cannot read %s", EVIL)
    finally:
        log_above(None)
    harmless(capsys.readouterr().err)


def test_errors_about_the_command_line_are_escaped() -> None:
    class WrongError(Exception):
        message = EVIL

    with pytest.raises(WrongError) as caught, _escaping_errors():
        raise WrongError
    harmless(caught.value.message)


def test_json_keeps_names_and_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say_json({"path": EVIL})
    out = capsys.readouterr().out
    harmless(out)
    assert out.isascii()


def test_a_rename_that_fails_repeats_a_hostile_name_escaped(renai: Program, tmp_path: Path) -> None:
    books = tmp_path / os.fsdecode(EVIL.replace("\x9b", "").encode() + b"\xff")
    make_books(books, 1)
    (book,) = books.iterdir()
    book.rename(books / f"{EVIL}{book.suffix}")
    for category in ("Other", "Fiction"):
        (books / category).write_text("a file where a folder is to be made")
    finished = renai(books, "--yes", "--organize", "--provider", "custom", "--min-confidence", "0")
    assert finished.code == 1
    assert "no folder" in finished.out
    harmless(finished.out)
    harmless(finished.err)


SGR = re.compile(r"\x1b\[([\d;]*)m([^\x1b]*)")
OF_A_THEME = {"", *map(str, (0, 1, 2, 3, 22, 23, *range(30, 38), 39))}
"""Codes whose colours a person's theme chooses, so that they can be read on light and on dark."""


def test_words_have_no_colour_but_those_of_the_persons_theme(
    renai: Program, tmp_path: Path
) -> None:
    make_books(tmp_path / "books", 2)
    renai.environment |= {"COLORTERM": "truecolor", "PAGER": "cat"}
    command = shlex.join([sys.executable, "-m", "renai", "books"])
    terminal = renai.on_terminal(command=f"TERM=xterm-256color {command} --review all; {command}")
    terminal.expect(r"\[q\]uit: ")
    shown = terminal.before
    terminal.sendline("r")
    terminal.expect(r"\[y/n\]")
    shown += terminal.before
    terminal.sendline("n")
    terminal.expect(pexpect.EOF)
    shown += terminal.before
    assert "Rename 2 files?" in shown
    coloured = 0
    for codes, text in SGR.findall(shown):
        if text.strip(" ━╸╺\r\n"):  # the bar of the progress display is no text
            assert set(codes.split(";")) <= OF_A_THEME, (codes, text)
            coloured += codes in ("31", "32")
    assert coloured
