"""Print to standard output and standard error, and ask the person at the terminal.

Whatever is printed passes here, and nothing in it controls the terminal or begins a line of its
own: names of files, reasons and error messages hold what strangers wrote.

Plain lines are written without rich, which is imported only for what a person sees, since that
import takes long compared with a warm run.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.console import Console
    from rich.segment import Segment

T = TypeVar("T")

_UNFOLDED = 10_000  # the width of a table that is not shown on a terminal


def say(line: str) -> None:
    """Print a line that the user asked for, on standard output."""
    typer.echo(printable(line))


def say_folded(line: str) -> None:
    """Print a line as `say` does; on a terminal that is narrower it is folded between words."""
    line = printable(line)
    width = shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or len(line) <= width // 2:  # no character has more than two cells
        typer.echo(line)
        return
    from renai.cli.folding import fold

    for begin, end in fold(line, width):
        typer.echo(line[begin:end])


def say_styled(lines: Iterable[str]) -> None:
    """Print lines that have styles, on a standard output that is a terminal.

    Their texts are escaped already; to escape them here would escape the styles as well.
    """
    for line in lines:
        typer.echo(line)


def say_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output.

    It is ASCII, so that names that are not valid Unicode come through, as lone surrogates.
    """
    typer.echo(json.dumps(document, indent=2))


def remark(line: str = "") -> None:
    """Print a line about anything else, on standard error."""
    typer.echo(printable(line), err=True)


@cache
def output() -> Console:
    """Return the console of standard output, for tables."""
    watched = sys.stdout.isatty()
    return _console(soft_wrap=not watched, width=None if watched else _UNFOLDED)


@cache
def remarks() -> Console:
    """Return the console of standard error, for progress."""
    return _console(stderr=True)


_TERMINAL = "CONOUT$" if os.name == "nt" else "/dev/tty"

_reached: Console | None = None  # the terminal itself, where it had to be reached


def reach_person() -> bool:
    """Ask on the terminal itself from now on, where standard error is none; return `can_ask`.

    Commands that are a conversation and could do nothing else call this. In others nobody is asked
    who has sent standard error into a file.
    """
    global _reached
    if not can_ask() and sys.stdin.isatty():
        with suppress(OSError):
            # Closed when the program ends, as the other streams are.
            stream = open(  # noqa: SIM115, PTH123
                _TERMINAL, "w", encoding=sys.stdin.encoding, errors="backslashreplace"
            )
            _reached = _console(file=stream)
    return can_ask()


def can_ask() -> bool:
    """Return whether there is a person who sees a question and can answer it."""
    return sys.stdin.isatty() and (sys.stderr.isatty() or _reached is not None)


def tell(line: str = "", *, end: str = "\n") -> None:
    """Print a line that belongs to a question, where the question is seen."""
    stream = None if _reached is None else _reached.file
    typer.echo(f"{printable(line)}{end}", file=stream, nl=False, err=True)


def dialogue() -> Console:
    """Return the console of questions and of what belongs to them."""
    return _reached or remarks()


def ask(question: str) -> bool:
    """Ask a yes-or-no question and return whether the answer is yes; the end of input means no.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    from rich.prompt import Confirm
    from rich.text import Text

    return bool(
        _heard(lambda: Confirm.ask(Text(printable(question)), console=dialogue(), default=False))
    )


def ask_for(question: str) -> str | None:
    """Ask for a line of text and return it; None at the end of input.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    while True:
        tell(question, end="")
        try:
            return _heard(input)
        except UnicodeDecodeError:
            tell("What came from the terminal is no text.")


def _heard(ask: Callable[[], T]) -> T | None:
    """Return the answer to a question; None at the end of input."""
    try:
        return ask()
    except (EOFError, KeyboardInterrupt) as left:
        tell()  # ends the line of the question
        if isinstance(left, KeyboardInterrupt):
            raise
        return None


def _console(**options: Any) -> Console:
    """Return a console that escapes what is unprintable but line ends; rich passes escapes on."""
    from rich.console import Console
    from rich.segment import Segment

    class Escaping(Console):
        def render(self, *args: Any, **kwargs: Any) -> Iterable[Segment]:
            for text, style, control in super().render(*args, **kwargs):
                if control is None and not text.isprintable():
                    text = "\n".join(map(printable, text.split("\n")))
                yield Segment(text, style, control)

    return Escaping(highlight=False, **options)
