"""Write docs/commands.md from the help of the commands: `python docs/write_commands.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = (
    (),
    ("process",),
    ("undo",),
    ("history",),
    ("corrections",),
    ("corrections", "forget"),
    ("eval",),
    ("eval", "metadata"),
    ("eval", "retrieval"),
    ("cache",),
    ("cache", "stats"),
    ("cache", "list"),
    ("cache", "explain"),
    ("cache", "verify"),
    ("cache", "prune"),
    ("cache", "forget"),
    ("cache", "trust"),
    ("cache", "export"),
    ("cache", "import"),
    ("web",),
    ("gateway",),
    ("doctor",),
)
PAGE = Path(__file__).with_name("commands.md")

_HEAD = """\
# Commands

This page is made from the program by `python docs/write_commands.py`; a test compares the two.
"""

_EXIT_CODES = """\
## Exit codes

| code | meaning |
|---|---|
| 0 | done; files that cannot be read were skipped with their reason |
| 1 | some model call or rename failed, or the run ended early (`--max-cost`); the rest is done |
| 2 | wrong usage, or a path that does not exist |
| 3 | no key, a refused key, a cache that cannot be written; or a question could not be asked |
| 4 | the person asked said no |
| 130 | interrupted |
"""


LOOK = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
"""Variables with which help is shown without colours and 100 columns wide."""


def help_of(command: tuple[str, ...]) -> str:
    """What `renai COMMAND --help` prints."""
    return subprocess.run(
        [sys.executable, "-m", "renai", *command, "--help"],
        env=os.environ | LOOK,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def page(help_of: Callable[[tuple[str, ...]], str] = help_of) -> str:
    """The whole page, with the help that a function gives."""
    sections = [_section(command, help_of(command)) for command in COMMANDS]
    return "\n".join([_HEAD, *sections, _EXIT_CODES])


def _section(command: tuple[str, ...], printed: str) -> str:
    shown = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return f"## {' '.join(('renai', *command))}\n\n```text\n{shown}\n```\n"


if __name__ == "__main__":
    if added := entry_points(group="renai.providers").names:
        sys.exit(f"The page would name what other packages add ({', '.join(added)}): remove them")
    PAGE.write_text(page(), encoding="utf-8")
