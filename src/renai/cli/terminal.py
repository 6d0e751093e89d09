"""What is said, on which of the two streams, and questions to the person in front of them.

Plain lines are written plainly. rich is imported for what only a person sees: that takes as long
as a warm run over a thousand files.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

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

    try:
        return Confirm.ask(Text(question), console=remarks(), default=False)
    except (EOFError, KeyboardInterrupt) as left:
        remark()  # the question's line was not ended
        if isinstance(left, KeyboardInterrupt):
            raise
        return False
