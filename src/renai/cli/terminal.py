"""What is said, on which of the two streams, and questions to the person in front of them.

Plain lines are written plainly. rich is imported for what only a person sees: that takes as long
as a warm run over a thousand files.
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

_UNFOLDED = 10_000  # columns for a table that no person reads


def say(line: str) -> None:
    """Say on standard output what was asked for."""
    typer.echo(line)


def say_json(document: Mapping[str, Any]) -> None:
    """Say one JSON object on standard output.

    It is ASCII, so that names that are no valid Unicode come through, as lone surrogates.
    """
    say(json.dumps(document, indent=2))


def remark(line: str = "") -> None:
    """Say everything else on standard error."""
    typer.echo(line, err=True)


@cache
def output() -> Console:
    """Standard output, for tables."""
    from rich.console import Console

    watched = sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=not watched, width=None if watched else _UNFOLDED)


@cache
def remarks() -> Console:
    """Standard error, for questions and progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def can_ask() -> bool:
    """Whether there is a person who sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Ask a person, who says yes or no; the end of the input is a no.

    Raises:
        KeyboardInterrupt: the person would rather leave.
    """
    from rich.prompt import Confirm
    from rich.text import Text

    return bool(_heard(lambda: Confirm.ask(Text(question), console=remarks(), default=False)))


def ask_for(question: str) -> str | None:
    """Ask a person for a line of text; None at the end of the input.

    Raises:
        KeyboardInterrupt: the person would rather leave.
    """
    while True:
        typer.echo(question, nl=False, err=True)
        try:
            return _heard(input)
        except UnicodeDecodeError:
            remark("What came from the terminal is no text.")


def _heard(ask: Callable[[], T]) -> T | None:
    """The answer to a question; None at the end of the input."""
    try:
        return ask()
    except (EOFError, KeyboardInterrupt) as left:
        remark()  # the question's line was not ended
        if isinstance(left, KeyboardInterrupt):
            raise
        return None
