"""Gather lines of print into the blocks a reader sees: a title over three lines is one block."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.providers.offline.not_titles import VERSION_OR_DATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.extraction import Line

_SAME_SIZE = 0.06
"""Relative difference of size within one block."""
_LEADING = 2.1
"""Distance of two lines' tops in one block, in type sizes."""
_LEADING_OF_ANOTHER_FACE = 1.6
"""The same where one is bold: a title may name a program in another face."""
_ADDRESS = re.compile(r"https?://|www\.|\w@\w", re.IGNORECASE)
"""Lines that belong to no other, though they are set like one."""
_LOOKED_AT = 200
"""Characters of a line; what is longer is no title."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size that follow each other closely.

    Attributes:
        lines: at least one, in reading order.
        first: the place of the first line among all lines.
    """

    lines: tuple[Line, ...]
    first: int

    @property
    def text(self) -> str:
        """The lines as one, with words that were broken at a line's end joined."""
        return joined([line.text for line in self.lines])

    @property
    def characters(self) -> int:
        """The number of characters, without joining the lines."""
        return sum(len(line.text) for line in self.lines)

    @property
    def size(self) -> float:
        """Its type size in points."""
        return max(line.size for line in self.lines)

    @property
    def page(self) -> int:
        """Its page, 0 for the first."""
        return self.lines[0].page

    @property
    def top(self) -> float:
        """The distance from the page's top, as a fraction of its height."""
        return self.lines[0].top

    @property
    def after(self) -> int:
        """The place of the line that follows it."""
        return self.first + len(self.lines)


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Gather lines into blocks, in reading order."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    blocks, first = [], 0
    for group in groups:
        blocks.append(Block(tuple(group), first))
        first += len(group)
    return blocks


def body_size(lines: Sequence[Line]) -> float:
    """Return the size that most characters are set in; 0 without lines."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[round(line.size, 1)] += len(line.text)
    return characters.most_common(1)[0][0] if characters else 0.0


def joined(lines: Sequence[str]) -> str:
    """Put lines together; a hyphen before a small letter goes, since it parted a word."""
    text = ""
    for line in lines:
        if text.endswith("-") and text[-3:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text


def _continues(previous: Line, line: Line) -> bool:
    """Return whether a line continues the block of another, as size and distance tell."""
    if line.page != previous.page:
        return False
    if abs(line.size - previous.size) > _SAME_SIZE * max(line.size, previous.size):
        return False
    leading = (line.top - previous.top) * line.page_height / max(previous.size, 1.0)
    most = _LEADING if line.bold == previous.bold else _LEADING_OF_ANOTHER_FACE
    return 0 < leading <= most and not _stands_apart(line.text[:_LOOKED_AT])


def _stands_apart(text: str) -> bool:
    return bool(VERSION_OR_DATE.match(text) or _ADDRESS.search(text))
