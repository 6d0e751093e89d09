"""Show more lines than fit the screen in the person's pager: PAGER, or less.

What a person decides about must have been on the screen: a pager that is missing, fails or is
killed is told of, and all lines are printed instead.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from renai.cli.terminal import remark, say_styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_SUFFICIENT = ("less", "more")
_NONE = ("", "cat")
_NO_TERMINALS = ("", "dumb", "unknown")

_LESS = "-FRXK -Ps{}, line %lt to %lb of {}\\. Space\\: on, b\\: back, /\\: find, q\\: done$"
"""Of less: not for what fits the screen, with colours, leave the lines there, end at Ctrl-C."""

_TO_END = 5.0  # seconds in which a pager that is told to end does so, or is killed


def show_all(lines: Sequence[str], what: str) -> None:
    """Show lines by the pager, and return when the person leaves it.

    They are printed if there is no pager, or if it does not end well.

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
    with _terminal_put_back(), _ctrl_c_is_the_pagers() as pressed:
        failed = _run(command, environment, text)
    if pressed and failed:
        raise KeyboardInterrupt
    if failed:
        remark(f"The pager {shlex.join(command)} {failed}; here is all of it.")
        say_styled(lines)


def _run(command: Sequence[str], environment: dict[str, str], text: bytes) -> str:
    """Let a pager show a text until the person leaves it; return what went wrong, or nothing."""
    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError as error:
        return f"cannot be run ({error.strerror})"
    try:
        pager.communicate(text)  # one that is left early, or dies, takes only a part of it
    except BaseException:
        pager.terminate()
        try:
            pager.wait(_TO_END)
        except subprocess.TimeoutExpired:
            pager.kill()
            pager.wait()
        raise
    if pager.returncode < 0:
        return f"was ended by signal {-pager.returncode}"
    return f"failed with exit code {pager.returncode}" if pager.returncode else ""


def _command() -> list[str] | None:
    """Return the pager as a person has set it, else one that is installed."""
    if os.environ.get("TERM", "") in _NO_TERMINALS and os.name != "nt":
        return None
    if (wanted := os.environ.get("PAGER")) is not None:
        try:
            command = shlex.split(wanted)
        except ValueError:  # a quote is left open
            command = [wanted]
        return None if " ".join(command) in _NONE else command
    found = next(filter(None, map(shutil.which, _SUFFICIENT)), None)
    return [found] if found else None


@contextmanager
def _terminal_put_back() -> Iterator[None]:
    """Set the terminal as it was before the block: a pager that is killed leaves it without echo.

    Nothing is done where standard input is no terminal, or on Windows.
    """
    if sys.platform == "win32":
        yield
        return
    import termios

    before = None
    with suppress(OSError, ValueError, termios.error):
        before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        if before is not None:
            with suppress(termios.error):  # the terminal was closed
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


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
