"""`--review`, by a person at a terminal: narrow and wide, with names that would steer it."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from books import make_books, pdf
from endpoint import Call, Endpoint, Reply, fields
from program import Program, ended, interrupt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pexpect

PAID = ("--provider", "custom")
ANSWER = r"\[q\]uit: "
FIELD = "Which field"
NEW = "Enter keeps it, - empties it"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def say(terminal: pexpect.spawn[str], *answers: str, question: str = ANSWER) -> None:
    for answer in answers:
        terminal.expect(question)
        terminal.sendline(answer)


def by_number(sure: Sequence[float]) -> Endpoint:
    """An endpoint that is sure to this degree of `Harbour Tales 0`, `Harbour Tales 1`, …"""

    def behave(call: Call) -> Reply:
        found = re.search(r"Harbour Tales (\d)", json.dumps(call.body))
        return fields(confidence=sure[int(found[1]) if found else 0])(call)

    return Endpoint(always=behave)


@pytest.mark.parametrize("columns", [30, 200])
def test_apply_edit_and_skip(renai: Program, books: Path, columns: int) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=columns)
    say(terminal, "a", "e")
    say(terminal, "title", question=FIELD)
    say(terminal, "Ünïcode 読書", question=NEW)
    say(terminal, "nonsense", "a", "s")
    assert ended(terminal) == 0
    assert names(books) == {
        "Ada Quill - Harbour Tales 0 (1999).pdf",
        "Ada Quill - Ünïcode 読書 (1999).pdf",
        "scan2.pdf",
    }
    assert "1 kept" in terminal.before
    (kept,) = renai("corrections", "--json").json["corrections"]
    assert kept["metadata"]["title"] == "Ünïcode 読書"
    assert "2 of 2 files renamed back" in renai("undo").out


def test_fields_are_shown_with_their_evidence(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=100)
    terminal.expect(ANSWER)
    shown = terminal.before
    assert "1 of 3: scan0.pdf" in shown
    assert "-> Ada Quill - Harbour Tales 0 (1999).pdf" in shown
    assert "“by Ada Quill”" in shown
    assert re.search(r"\d\d%", shown)


def test_the_least_certain_come_first_and_the_certain_are_not_asked_about(tmp_path: Path) -> None:
    books = tmp_path / "books"
    make_books(books, 4)
    with by_number([0.5, 0.95, 0.1, 0.9]) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        assert renai(books, *PAID, "--yes", "--dry-run").code == 0
        terminal = renai.on_terminal(books, *PAID, "--review", "--min-confidence", "0.9")
        terminal.expect(r"1 of 2: scan2\.pdf")
        say(terminal, "s")
        terminal.expect(r"2 of 2: scan0\.pdf")
        say(terminal, "a")
        assert ended(terminal) == 0
    assert names(books) == {
        "scan2.pdf",
        *(f"Ada Quill - Harbour Tales {n} (1999).pdf" for n in (0, 1, 3)),
    }


def test_skip_the_rest_applies_what_was_said_before(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all")
    say(terminal, "a", "r")
    assert ended(terminal) == 0
    new = "Ada Quill - Harbour Tales 0 (1999).pdf"
    assert names(books) == {new, "scan1.pdf", "scan2.pdf"}


@pytest.mark.parametrize("way", ["q\r", "\x04"])
def test_who_quits_renames_nothing(renai: Program, books: Path, way: str) -> None:
    terminal = renai.on_terminal(books, "--review", "all")
    say(terminal, "a")
    terminal.expect(ANSWER)
    terminal.send(way)
    assert ended(terminal) == 4
    assert names(books) == {"scan0.pdf", "scan1.pdf", "scan2.pdf"}
    assert "renai undo" not in terminal.before


@pytest.mark.parametrize("question", [ANSWER, NEW])
def test_ctrl_c_renames_nothing_and_keeps_corrections(
    renai: Program, books: Path, question: str
) -> None:
    terminal = renai.on_terminal(books, "--review", "all")
    say(terminal, "e")
    say(terminal, "y", question=FIELD)
    say(terminal, "2020", question=NEW)
    say(terminal, "a")
    if question != ANSWER:
        say(terminal, "e")
    if question == NEW:
        say(terminal, "t", question=FIELD)
    terminal.expect(question)
    interrupt(terminal)
    assert ended(terminal) == 130
    assert names(books) == {"scan0.pdf", "scan1.pdf", "scan2.pdf"}
    (kept,) = renai("corrections", "--json").json["corrections"]
    assert kept["metadata"]["year"] == 2020


def test_a_corrected_file_is_not_paid_for_again(
    renai: Program, endpoint: Endpoint, books: Path
) -> None:
    terminal = renai.on_terminal(books, *PAID, "--review", columns=100)
    say(terminal, "y", question=r"Go on\?")
    say(terminal, "e")
    say(terminal, "t", question=FIELD)
    say(terminal, "Corrected", question=NEW)
    say(terminal, "r")
    assert ended(terminal) == 0
    assert len(endpoint.calls) == 3
    renai("cache", "--yes")
    again = renai(books, *PAID, "--yes", "--json")
    assert len(endpoint.calls) == 5
    assert "Ada Quill - Corrected (1999).pdf" in names(books)
    assert again.json["summary"]["calls"] == 2


def test_what_cannot_be_used_is_asked_for_again(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=100)
    say(terminal, "e")
    say(terminal, "colour", "y", question=FIELD)
    say(terminal, "soon", question=NEW)
    terminal.expect("'soon' cannot be used as year")
    say(terminal, "-", question=NEW)
    terminal.expect(r"-> Ada Quill - Harbour Tales 0\.pdf")
    say(terminal, "e")
    say(terminal, "", question=FIELD)
    say(terminal, "q")
    assert ended(terminal) == 4


def test_bytes_that_are_no_text_are_asked_for_again(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=100)
    terminal.expect(ANSWER)
    terminal.setecho(False)  # pexpect itself takes only text
    os.write(terminal.child_fd, b"\xff\xfe\r")
    say(terminal, "q")
    assert ended(terminal) == 4


def test_nothing_steers_the_terminal(tmp_path: Path) -> None:
    books = tmp_path / "books"
    books.mkdir()
    (books / "evil\x1b]0;owned\x07\u202e\n[ERROR] forged.pdf").write_bytes(pdf("Harbour Tales 0"))
    hostile = "Title \x1b[2J\u202e\r\n[ERROR] forged"
    always = fields(title=hostile, category="Fiction", evidence={"title": hostile})
    with Endpoint(always=always) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        renai(books, *PAID, "--yes", "--dry-run")
        terminal = renai.on_terminal(books, *PAID, "--review", columns=200)
        terminal.expect(ANSWER)
        shown = terminal.before
        assert "1 of 1: evil\\x1b]0;owned\\x07\\u202e\\n[ERROR] forged.pdf" in shown
        for steering in ("\x1b]", "\x07", "\u202e", "\x1b[2J", "\n[ERROR]"):
            assert steering not in shown
        terminal.sendline("q")
        assert ended(terminal) == 4


def test_json_has_standard_output_for_itself(renai: Program, books: Path) -> None:
    out = renai.home / "out"
    command = shlex.join([sys.executable, "-m", "renai", str(books), "--review", "all", "--json"])
    terminal = renai.on_terminal(command=f"{command} >{out}")
    say(terminal, "a", "s", "s")
    assert ended(terminal) == 0
    assert json.loads(out.read_text())["summary"]["renamed"] == 1


def test_a_dry_run_renames_nothing(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", "--dry-run")
    say(terminal, "a", "r")
    assert ended(terminal) == 0
    assert "1 to rename, 2 kept" in terminal.before
    assert names(books) == {"scan0.pdf", "scan1.pdf", "scan2.pdf"}


def test_without_a_terminal_it_is_refused_before_anything_is_spent(
    renai: Program, endpoint: Endpoint, books: Path
) -> None:
    finished = renai(books, *PAID, "--review")
    assert finished.code == 3
    assert "--review asks on a terminal, and there is none" in finished.err
    assert not endpoint.calls
    assert renai(books, *PAID, "--review", "--yes").code == 2
    assert renai(books, *PAID, "--review=most").code == 2


def test_the_folder_is_shown_whole(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    terminal.expect(ANSWER)
    assert f"in {books}\r\n" in terminal.before


@pytest.mark.parametrize("answer", ["l", "Apply the rest"])
def test_apply_the_rest(renai: Program, books: Path, answer: str) -> None:
    terminal = renai.on_terminal(books, "--review", "all")
    say(terminal, "s", answer)
    assert ended(terminal) == 0
    assert names(books) == {
        "scan0.pdf",
        *(f"Ada Quill - Harbour Tales {number} (1999).pdf" for number in (1, 2)),
    }


def test_who_goes_back_decides_anew(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    terminal.expect(ANSWER)
    assert "[b]ack" not in terminal.before
    terminal.sendline("s")
    terminal.expect(r"2 of 3: scan1\.pdf")
    say(terminal, "a")
    terminal.expect(r"3 of 3: scan2\.pdf")
    say(terminal, "b")
    terminal.expect(r"2 of 3: scan1\.pdf")
    say(terminal, "b")
    terminal.expect(r"1 of 3: scan0\.pdf")
    terminal.expect("-> Ada Quill - Harbour Tales 0")
    say(terminal, "a", "s", "a")
    assert ended(terminal) == 0
    assert names(books) == {
        "scan1.pdf",
        *(f"Ada Quill - Harbour Tales {number} (1999).pdf" for number in (0, 2)),
    }


def test_going_back_keeps_what_was_corrected(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    say(terminal, "e")
    say(terminal, "title", question=FIELD)
    say(terminal, "Corrected", question=NEW)
    say(terminal, "s", "b")
    terminal.expect("-> Ada Quill - Corrected")
    say(terminal, "a", "r")
    assert ended(terminal) == 0
    assert "Ada Quill - Corrected (1999).pdf" in names(books)


def test_unknown_answers_are_explained_once(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    say(terminal, "abort")
    terminal.expect("'abort' is none of the answers:")
    terminal.expect("give it the name shown")
    say(terminal, "zzz")
    terminal.expect(ANSWER)
    assert "none of the answers" not in terminal.before
    terminal.sendline("?")
    terminal.expect("let it keep its name")
    say(terminal, "q")
    assert ended(terminal) == 4
    assert names(books) == {"scan0.pdf", "scan1.pdf", "scan2.pdf"}


def opener(renai: Program, script: str) -> dict[str, str]:
    """Make an `xdg-open` that runs a shell script; return the variables with which it is found."""
    programs = renai.home / "programs"
    programs.mkdir()
    program = programs / "xdg-open"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{programs}:{os.environ['PATH']}", "DISPLAY": ":9", "WAYLAND_DISPLAY": ""}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems open files by other means")
def test_a_file_is_opened_in_its_program(renai: Program, books: Path) -> None:
    seen = renai.home / "seen"
    renai.environment |= opener(renai, f'printf "%s" "$1" >{seen}')
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    say(terminal, "o")
    terminal.expect("Opened .*scan0.pdf")
    assert seen.read_text() == str(books / "scan0.pdf")
    say(terminal, "q")
    assert ended(terminal) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems open files by other means")
@pytest.mark.parametrize(
    ("script", "display", "said"),
    [
        ("exit 3", ":9", r"xdg-open found no program that opens .*scan0\.pdf \(exit code 3\)"),
        ("exit 0", "", r"This terminal has no screen with windows to open .*scan0\.pdf on"),
    ],
)
def test_what_cannot_be_opened_is_said(
    renai: Program, books: Path, script: str, display: str, said: str
) -> None:
    renai.environment |= opener(renai, script) | {"DISPLAY": display}
    terminal = renai.on_terminal(books, "--review", "all", columns=200)
    say(terminal, "o")
    terminal.expect(said)
    say(terminal, "r")
    assert ended(terminal) == 0


def test_with_standard_error_in_a_file_the_terminal_is_asked(
    renai: Program, endpoint: Endpoint, books: Path
) -> None:
    out, log = renai.home / "out", renai.home / "log"
    words = [sys.executable, "-m", "renai", str(books), *PAID, "--review", "all", "--json"]
    terminal = renai.on_terminal(command=f"{shlex.join(words)} >{out} 2>{log}", columns=200)
    say(terminal, "y", question=r"Go on\?")
    terminal.expect("-> Ada Quill - Harbour Tales 0")
    say(terminal, "a", "s", "s")
    assert ended(terminal) == 0
    assert json.loads(out.read_text())["summary"]["renamed"] == 1
    assert "[INFO] Cached metadata for scan0.pdf" in log.read_text()
    assert "[q]uit" not in log.read_text()


EVIL_NAMES = (
    "\x1b[2J\x1b]0;owned\x07\x1bc\x9b31m\x9d0;owned\x9c.pdf",
    "safe\u202efdp.exe\u2066\u200f\u200b\u2028\ufeff.pdf",
    "two\nlines\r\x0b\x0c[ERROR] forged\n[q]uit: a.pdf",
    "[bold red]markup[] :smile: [link=evil]x[link].pdf",
    "$(touch owned);`touch owned`|touch owned&.pdf",
    "--yes.pdf",
    "👩‍👩‍👧‍👦🏳️‍🌈é̷̛̺.pdf",
    "x" * 251 + ".pdf",
    b"\xff\xfe\x80 no text.pdf",
)
ITS_OWN = re.compile(r"\x1b\[(\?25[lh]|[\d;]*m|[\dKA]*[KA])")
"""Colours, and what the progress display does to its lines."""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
@pytest.mark.parametrize("columns", [30, 300])
def test_evil_names_are_shown_escaped_and_all_answers_work(renai: Program, columns: int) -> None:
    shelf = renai.home / "shelf\x1b[31m\n[ERROR] forged$(touch owned)"
    shelf.mkdir()
    for number, name in enumerate(EVIL_NAMES):
        path = shelf / (os.fsdecode(name) if isinstance(name, bytes) else name)
        path.write_bytes(pdf(f"Harbour Tales {number}"))
    before = names(shelf)
    seen = renai.home / "seen"
    renai.environment |= opener(renai, f'printf "%s\\0" "$1" >>{seen}')
    terminal = renai.on_terminal(shelf, "--quiet", "--review", "all", columns=columns)
    shown = []

    def answer(*answers: str, question: str = ANSWER) -> None:
        for each in answers:
            terminal.expect(question)
            shown.append(terminal.before)
            terminal.sendline(each)

    for _ in EVIL_NAMES[:-2]:
        answer("o", "a")
    answer("b", "s", "e")
    answer("title", question=FIELD)
    answer("\u202eMore \u2066tales", question=NEW)
    answer("a", "?", "no\u202esuch answer", "l")
    assert ended(terminal) == 0
    shown.append(terminal.before)
    plain = ITS_OWN.sub("", "".join(shown))
    for typed in ("\u202eMore \u2066tales", "no\u202esuch answer"):
        plain = plain.replace(typed, "", 1)
    assert {character for character in plain if not character.isprintable()} == {"\r", "\n"}
    assert not re.search(r"^\[ERROR", plain, re.MULTILINE)
    folded = re.sub(r"\s", "", plain)
    for said in (r"shelf\x1b[31m\n[ERROR]", r"\x1b[2J\x1b]0;owned", r"safe\u202efdp.exe\u2066"):
        assert said in folded
    assert not list(renai.home.rglob("owned"))
    opened = seen.read_bytes().split(b"\0")[:-1]
    assert {os.fsencode(shelf / name) for name in before} >= set(opened)
    assert len(opened) == len(EVIL_NAMES) - 2
    renamed = names(shelf) - before
    assert len(renamed) == len(EVIL_NAMES) - 1
    assert all(name.isprintable() for name in renamed)
    assert names(shelf) & before
