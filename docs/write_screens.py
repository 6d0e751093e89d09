"""Write docs/screens.md from what the program shows on a terminal: `python docs/write_screens.py`.

Every screen is one run in a home of its own, on a terminal of 80 columns. What is on the screen in
the end stands on the page: what the progress display wrote over is gone.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import socket
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pexpect

COLUMNS, ROWS = 80, 40
_AT_ONCE = 4
PAGE = Path(__file__).with_name("screens.md")
SAMPLE = Path(__file__).parents[1] / "examples" / "sample_library.py"

_HEAD = """\
# Screens

What the commonest situations look like on a terminal of 80 columns. This page is made from the
program by `python docs/write_screens.py`; a test compares the two. A person's answers stand behind
the questions. [All options](commands.md).
"""


@dataclass(frozen=True)
class Situation:
    """One screen, and how it comes about.

    Attributes:
        title: the heading.
        words: what a reader should know.
        command: what the person types.
        files: which files of the sample library are in the folder; empty for all.
        before: commands that ran before, unseen.
        answers: what the person answers to which question.
    """

    title: str
    words: str
    command: str
    files: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


_TEMPORARY = "/tmp"  # noqa: S108 - where paths are folded must not depend on the machine

GOOD = ("scan0042.pdf", "download (3).pdf", "b00k_salt.epub")
YES = ((r"\[y/n\]", "y"),)

SITUATIONS = (
    Situation(
        "A first look",
        "Nothing is renamed. In front of each file stands how sure its new name is; on a terminal "
        "with colours, what is new in a name is green, and what goes is red.",
        "renai books --dry-run",
    ),
    Situation(
        "A rename",
        "The plan is shown, and you are asked. A plan that is longer than the screen is shown by "
        "your pager first.",
        "renai books",
        files=GOOD,
        answers=YES,
    ),
    Situation(
        "Nothing to do",
        "A second run finds every file named already, and asks nobody.",
        "renai books",
        files=GOOD,
        before=("renai books --yes",),
    ),
    Situation(
        "Uncertain ones",
        "What would be a guess keeps its name. `--review` asks about it.",
        "renai books",
        files=("scan0042.pdf", "hostile.pdf"),
        answers=YES,
    ),
    Situation(
        "Duplicates",
        "Files with the same content are told.",
        "renai books",
        files=("download (3).pdf", "old disk/TIDES_final_FINAL.pdf"),
        answers=YES,
    ),
    Situation(
        "A damaged file",
        "It costs itself, and the others go on.",
        "renai books",
        files=("scan0042.pdf", "damaged.pdf", "empty.pdf", "encrypted.pdf"),
        answers=YES,
    ),
    Situation(
        "A provider that is down",
        "No file is lost, and nothing is cached for what failed: run it again later.",
        "renai books --provider custom --model llama3.2",
        files=GOOD[:2],
        answers=YES,
    ),
    Situation(
        "No key",
        "It ends before it does anything.",
        "renai books --provider openai",
        files=GOOD,
    ),
    Situation(
        "A review",
        "You see what the name rests on. [All about reviews](review.md).",
        "renai books --review all",
        files=GOOD[:1],
        answers=((r"\[q\]uit: ", "a"),),
    ),
    Situation(
        "Undo",
        "The names of before are back, of every file that still is the one that was renamed.",
        "renai undo",
        files=GOOD,
        before=("renai books --yes",),
        answers=YES,
    ),
)


class Screen:
    """What a terminal shows in the end, from all that was written to it."""

    _CODE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b[()].|[\r\n]|[^\x1b\r\n]+")

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines: list[str] = [""]
        self._row = self._column = 0

    def write(self, text: str) -> None:
        """Take what a program writes."""
        for code in self._CODE.finditer(text):
            if code[0] == "\r":
                self._column = 0
            elif code[0] == "\n":
                self._down()
            elif code[2] == "A":
                self._row = max(0, self._row - int(code[1] or 1))
            elif code[2] == "K":
                self._erase(code[1] or "0")
            elif not code[0].startswith("\x1b"):
                for character in code[0]:
                    self._put(character)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append("")

    def _erase(self, how: str) -> None:
        line = self._lines[self._row]
        self._lines[self._row] = "" if how == "2" else line[: self._column]

    def _put(self, character: str) -> None:
        if self._column == self._columns:
            self._down()
            self._column = 0
        line = self._lines[self._row].ljust(self._column)
        self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
        self._column += 1

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")


def shown(situation: Situation, library: Path) -> str:
    """Carry out a situation, and return its screen."""
    with tempfile.TemporaryDirectory(dir=_TEMPORARY) as name:  # a path of known length
        home = Path(name)
        if situation.files:
            for file in situation.files:
                (home / "books" / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library / file, home / "books" / file)
        else:
            shutil.copytree(library, home / "books")
        for command in situation.before:
            _run(command, home)
        screen = Screen(COLUMNS)
        screen.write(_run(situation.command, home, situation.answers))
        return f"$ {situation.command}\n{screen}"


def _run(command: str, home: Path, answers: tuple[tuple[str, str], ...] = ()) -> str:
    """Run a command on a terminal to its end, and return all that it wrote."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", *command.split()],
        cwd=str(home),
        env=_environment(home),  # type: ignore[arg-type]
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=60,
    )
    written = ""
    for question, answer in answers:
        terminal.expect(question)
        terminal.sendline(answer)
        written += terminal.before + terminal.after
    terminal.expect(pexpect.EOF)
    terminal.close()
    return written + terminal.before


def _environment(home: Path) -> dict[str, str]:
    kept = ("PATH", "PYTHONPATH", "TESSDATA_PREFIX")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "CUSTOM_API_BASE_URL": f"http://localhost:{_closed_port()}/v1",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "TZ": "UTC",
        "PAGER": "cat",
    }


def _closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def steady(text: str) -> str:
    """Return a screen without what differs from run to run."""
    text = re.sub(r"localhost:\d+", "localhost:11434", text)
    text = re.sub(rf"{_TEMPORARY}/tmp\w+", "/home/ada", text)  # noqa: S108
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-11-26 20:30", text)
    text = re.sub(r"\b\d+\.\d s\b", "0.5 s", text)
    return _with_lines_in_order(text)


def _with_lines_in_order(text: str) -> str:
    """Sort log lines about files, which come as files are done with."""
    lines: list[str] = []
    for line in text.splitlines():
        is_full = bool(lines) and len(lines[-1].split("\n")[-1]) == COLUMNS
        if is_full and lines[-1].startswith("[INFO]") and line and not line.startswith("["):
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    sorted_lines: list[str] = []
    for is_one, group in groupby(lines, lambda line: "ached metadata for" in line):
        run = list(group)
        sorted_lines += sorted(run) if is_one else run
    return "\n".join(sorted_lines)


def page() -> str:
    """Return the whole page."""
    sections = [_HEAD]
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "books"
        runpy.run_path(str(SAMPLE))["make_sample_library"](library)
        with ThreadPoolExecutor(_AT_ONCE) as threads:  # they wait for programs most of the time
            screens = threads.map(lambda it: steady(shown(it, library)), SITUATIONS)
        for situation, screen in zip(SITUATIONS, screens, strict=True):
            words = textwrap.fill(situation.words, 110)
            sections.append(f"## {situation.title}\n\n{words}\n\n```text\n{screen}\n```\n")
    return "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
