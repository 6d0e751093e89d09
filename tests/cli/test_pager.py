"""What a person must see is seen, whatever becomes of the pager; and what uses it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from jobs import job_to_rename
from program import ended
from renai.renaming.execute import execute
from renai.renaming.undo import undo
from waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

SHOW = """
from renai.cli.pager import show_all
show_all([f"line {number} of all" for number in range(5_000)], "All")
print("answered", input("Go on? "))
"""
SHOWING = shlex.join([sys.executable, "-c", SHOW])
LAST = "line 4999 of all"

needs_less = pytest.mark.skipif(shutil.which("less") is None, reason="install less to run this")


def shown_by(renai: Program, pager: str, **variables: str) -> pexpect.spawn[str]:
    renai.environment.update({"PAGER": pager} | variables)
    return renai.on_terminal(command=f"exec {SHOWING}")


def answer(terminal: pexpect.spawn[str]) -> str:
    """All up to the question; the answer is given, and was read as a line."""
    terminal.expect(r"Go on\? ")
    shown = terminal.before
    terminal.sendline("yes")
    terminal.expect("answered yes")
    assert ended(terminal) == 0
    return shown


@pytest.mark.parametrize(
    ("pager", "said"),
    [
        ("false", "The pager false failed with exit code 1; here is all of it."),
        ("/nonexistent", "The pager /nonexistent cannot be run (No such file or directory)"),
        ("/", "The pager / cannot be run (Permission denied)"),
        ("less '", "cannot be run (No such file or directory)"),
        ("sh -c 'head -c 70000; kill -9 $$'", "was ended by signal 9"),
        ("sh -c 'kill -PIPE $$'", "was ended by signal 13"),
    ],
)
def test_what_a_pager_does_not_show_is_printed(renai: Program, pager: str, said: str) -> None:
    shown = answer(shown_by(renai, pager))
    assert said in re.sub(r"\s+", " ", shown)
    assert shown.count(LAST) == 1


@pytest.mark.parametrize("pager", ["true", "head -n 3", "sh -c 'head -n 3; exec 0<&-'"])
def test_a_pager_that_is_left_early_is_a_persons_choice(renai: Program, pager: str) -> None:
    shown = answer(shown_by(renai, pager))
    assert LAST not in shown
    assert "here is all" not in shown


@needs_less
def test_a_pager_that_is_killed_leaves_a_terminal_that_can_be_used(renai: Program) -> None:
    terminal = shown_by(renai, "less")
    terminal.expect(r"line 1 of all")
    until(lambda: not terminal.getecho())  # less has made the terminal its own
    (pid,) = children(terminal.pid)
    os.kill(pid, signal.SIGKILL)
    terminal.expect("was ended by signal 9")
    terminal.expect(r"Go on\? ")
    assert terminal.getecho()
    assert terminal.before.count(LAST) == 1
    terminal.sendline("yes")
    terminal.expect("answered yes")
    assert ended(terminal) == 0


def children(pid: int) -> list[int]:
    """The processes that a process has started, on Linux."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        return [int(child) for child in file.read().split()]


def test_without_less_more_is_used_and_without_both_all_is_printed(
    renai: Program, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    renai.environment["PATH"] = str(programs)
    assert answer(renai.on_terminal(command=SHOWING)).count(LAST) == 1
    more = programs / "more"
    more.write_text('#!/bin/sh\nwhile read -r line; do echo "more: $line"; done\n')
    more.chmod(0o700)
    assert answer(renai.on_terminal(command=SHOWING)).count(f"more: {LAST}") == 1


def test_a_pager_that_heeds_nothing_does_not_keep_the_program_from_ending(renai: Program) -> None:
    begin = "from renai.cli import interrupts, pager\npager._TO_END = 0.1\n"
    begin += "interrupts.interrupts_end(); interrupts.interrupts_raise()"
    renai.environment["PAGER"] = "sh -c 'trap \"\" TERM; echo begun; read line </dev/tty'"
    terminal = renai.on_terminal(command=f"exec {shlex.join([sys.executable, '-c', begin + SHOW])}")
    terminal.expect("begun")
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.expect("KeyboardInterrupt")
    terminal.expect(pexpect.EOF)


def journals(renai: Program) -> Path:
    return renai.home / "state" / "renAI" / "journal"


@pytest.fixture
def run_of_60(renai: Program, tmp_path: Path) -> Path:
    """A folder of files that have been renamed; the program's records say so."""
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(str(number))
    jobs = [
        job_to_rename(folder / f"{number}.txt", folder / f"new {number}\x1b[2J.txt")
        for number in range(60)
    ]
    assert execute(jobs, journals(renai), words="books") == "0001"
    return folder


@needs_less
def test_a_long_history_is_shown_by_the_pager(renai: Program, run_of_60: Path) -> None:
    terminal = renai.on_terminal("history", "1", columns=200)
    terminal.expect(r"Run 0001, line 1 to 39 of 122\. Space: on")
    terminal.send("G")
    terminal.expect(r"-> .*new 59\\x1b\[2J\.txt")
    terminal.send("q")
    assert ended(terminal) == 0
    assert "\x1b[2J" not in terminal.before


def test_a_pipe_gets_the_history_without_one(renai: Program, run_of_60: Path) -> None:
    shown = renai("history", "1", PAGER="false").out
    assert shown.count(" -> ") == 60


def test_a_short_history_needs_no_pager(renai: Program, run_of_60: Path) -> None:
    undo(journals(renai))
    renai.environment["PAGER"] = "false"
    (run_of_60 / "0.txt").rename(run_of_60 / "only.txt")
    job = job_to_rename(run_of_60 / "only.txt", run_of_60 / "one.txt")
    assert execute([job], journals(renai)) == "0002"
    terminal = renai.on_terminal("history", "2", columns=200)
    terminal.expect("-> .*one.txt")
    assert ended(terminal) == 0
    assert "pager" not in terminal.before
