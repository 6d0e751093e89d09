"""Print to standard output and standard error, and ask the person at the terminal.

Plain lines are written without rich, which is imported only for what a person sees, since that
import takes long compared with a warm run.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

T = TypeVar("T")

_UNFOLDED = 10_000  # the width of a table that is not shown on a terminal


def say(line: str) -> None:
    """Print a line that the user asked for, on standard output."""
    typer.echo(line)


def say_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output.

    It is ASCII, so that names that are not valid Unicode come through, as lone surrogates.
    """
    say(json.dumps(document, indent=2))


def remark(line: str = "") -> None:
    """Print a line about anything else, on standard error."""
    typer.echo(line, err=True)


@cache
def output() -> Console:
    """Return the console of standard output, for tables."""
    from rich.console import Console

    watched = sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=not watched, width=None if watched else _UNFOLDED)


@cache
def remarks() -> Console:
    """Return the console of standard error, for questions and progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def can_ask() -> bool:
    """Return whether there is a person who sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Ask a yes-or-no question and return whether the answer is yes; the end of input means no.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    from rich.prompt import Confirm
    from rich.text import Text

    return bool(_heard(lambda: Confirm.ask(Text(question), console=remarks(), default=False)))


def ask_for(question: str) -> str | None:
    """Ask for a line of text and return it; None at the end of input.

    Raises:
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    while True:
        typer.echo(question, nl=False, err=True)
        try:
            return _heard(input)
        except UnicodeDecodeError:
            remark("What came from the terminal is no text.")


def _heard(ask: Callable[[], T]) -> T | None:
    """Return the answer to a question; None at the end of input."""
    try:
        return ask()
    except (EOFError, KeyboardInterrupt) as left:
        remark()  # ends the line of the question
        if isinstance(left, KeyboardInterrupt):
            raise
        return None
