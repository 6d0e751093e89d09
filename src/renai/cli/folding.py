"""Fold text into the lines of a terminal without breaking words.

A line ends at a space or after a slash. Only what is longer than a whole line, such as a name of
many words without a space, is broken elsewhere: at a hyphen, an underscore or a dot if it has one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len  # noqa: TID253 - this file is imported where lines are folded

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[int, int]
"""Where a part of a text begins and ends."""

_WORD = re.compile(r"\s+|[^\s/]*/|[^\s/]+")
_PART_OF_WORD = re.compile(r"\.?[^-_.,;)&+]*[-_,;)&+]*")


def fold(text: str, width: int) -> list[Span]:
    """Return the spans of a text that stand on one line each, without the spaces between them.

    Args:
        text: one line of printable text.
        width: the number of terminal cells of a line, at least 2: the widest character has two.
    """
    if cell_len(text) <= width:  # true for most texts
        return [(0, len(text))]
    lines: list[Span] = []
    start = end = 0
    for begin, until in _units(text, width):
        if text[begin].isspace():
            continue
        if end > start and cell_len(text[start:until]) > width:
            lines.append((start, end))
            start = end = begin
        if end == start:  # the spaces before the first word of a line are dropped
            start = begin
        end = until
    if end > start:
        lines.append((start, end))
    return lines or [(0, 0)]


def _units(text: str, width: int) -> Iterator[Span]:
    """Yield the parts of a text between which a line may end; none is wider than a line."""
    for word in _WORD.finditer(text):
        if cell_len(word[0]) <= width and cell_len(word[0]) == len(word[0]):
            yield word.span()
        elif not word[0].isspace():
            yield from _parts(text, word.span(), width)


def _parts(text: str, word: Span, width: int) -> Iterator[Span]:
    begin, until = word
    # Chinese and Japanese have no spaces between words: a line may end after any of their letters.
    wide = cell_len(text[begin:until]) > until - begin
    if cell_len(text[begin:until]) <= width and not wide:
        yield word
        return
    for part in _PART_OF_WORD.finditer(text, begin, until):
        if part[0] and not wide and cell_len(part[0]) <= width:
            yield part.span()
        elif wide:
            yield from _by_letters(text, part.span(), width)
        else:
            yield from _by_width(part.span(), width)


def _by_letters(text: str, part: Span, width: int) -> Iterator[Span]:
    """Yield runs of narrow characters, and wide characters one by one."""
    begin, until = part
    start = begin
    for at in range(begin, until):
        if cell_len(text[at]) > 1:
            yield from _by_width((start, at), width)
            yield at, at + 1
            start = at + 1
    yield from _by_width((start, until), width)


def _by_width(part: Span, width: int) -> Iterator[Span]:
    """Cut what offers no better place."""
    begin, until = part
    for at in range(begin, until, width):
        yield at, min(at + width, until)
