"""The two consoles, and questions to the person in front of them."""

from __future__ import annotations

import sys
from functools import cache

from rich.console import Console  # noqa: TID253 - this file is imported where there is a screen

_UNFOLDED = 10_000  # columns for a table that no person reads


@cache
def output() -> Console:
    """Standard output, for what was asked for."""
    watched = sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=not watched, width=None if watched else _UNFOLDED)


@cache
def remarks() -> Console:
    """Standard error, for everything else."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


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
        remarks().print()  # the question's line was not ended
        if isinstance(left, KeyboardInterrupt):
            raise
        return False
