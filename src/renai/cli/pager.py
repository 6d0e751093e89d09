"""Show more lines than fit the screen in the person's pager: PAGER, or less."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from renai.cli.terminal import say_styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_SUFFICIENT = ("less", "more")
_NONE = ("", "cat")
_NO_TERMINALS = ("", "dumb", "unknown")

_LESS = "-FRXK -Ps{}, line %lt to %lb of {}\\. Space\\: on, b\\: back, /\\: find, q\\: done$"
"""Of less: not for what fits the screen, with colours, leave the lines there, end at Ctrl-C."""


def show_all(lines: Sequence[str], what: str) -> None:
    """Show lines by the pager, and return when the person leaves it; print them if there is none.

    Args:
        lines: what to show; nothing in it controls the terminal but its own styles.
        what: a word for all of it.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C, and the pager ended by that.
    """
    command = _command()
    if command is None:
        say_styled(lines)
        return
    environment = {"LESS": _LESS.format(what, f"{len(lines):,}"), **os.environ}
    text = "".join(f"{line}\n" for line in lines).encode(sys.stdout.encoding, "replace")
    sys.stdout.flush()
    with _ctrl_c_is_the_pagers() as pressed:
        try:
            pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        except OSError:  # there is no such program
            say_styled(lines)
            return
        try:
            pager.communicate(text)
        except BaseException:
            pager.terminate()
            pager.wait()
            raise
    if pressed and pager.returncode:
        raise KeyboardInterrupt


def _command() -> list[str] | None:
    """Return the pager as a person has set it, else one that is installed."""
    if os.environ.get("TERM", "") in _NO_TERMINALS and os.name != "nt":
        return None
    if (wanted := os.environ.get("PAGER")) is not None:
        command = shlex.split(wanted)
        return None if " ".join(command) in _NONE else command
    found = next(filter(None, map(shutil.which, _SUFFICIENT)), None)
    return [found] if found else None


@contextmanager
def _ctrl_c_is_the_pagers() -> Iterator[list[int]]:
    """Note Ctrl-C while the block runs, since the pager heeds it; other signals end it as ever."""
    pressed: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield pressed
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
