"""Bound what comes of one document, so that no file of a few kB fills a cache or a memory.

A worker bounds what a reader returns before it is sent; the pool does it again with what it
receives, since a worker that a hostile file has taken over may say anything.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from renai.extraction import Line

if TYPE_CHECKING:
    from renai.extraction import Extraction

MOST_CHARACTERS = 2000
"""The most characters of one property, and of one printed line."""

MOST_ITEMS = 200
"""The most properties, and the most items of one, such as authors."""

MOST_LINES = 1000
"""The most printed lines."""


def bounded(extraction: Extraction, text_limit: int) -> Extraction:
    """Return an extraction with all but the beginning of what is too long left out.

    Args:
        extraction: what a reader returned, or a worker said.
        text_limit: the most characters of the text.

    Raises:
        TypeError: a value is of a type that no extraction has.
    """
    pages = extraction.pages
    if not (pages is None or (isinstance(pages, int) and pages >= 0)):
        raise TypeError("a number of pages that is none")
    return replace(
        extraction,
        text=_text(extraction.text, text_limit),
        properties={
            _text(name): _property(value)
            for name, value in islice(extraction.properties.items(), MOST_ITEMS)
        },
        lines=tuple(map(_line, extraction.lines[:MOST_LINES])),
        extractor=_text(extraction.extractor),
    )


def _property(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [_text(item) for item in value[:MOST_ITEMS]]
    return _text(value)


def _line(line: Line) -> Line:
    return Line(
        text=_text(line.text),
        size=_number(line.size),
        page=int(_number(line.page)),
        top=_number(line.top),
        bold=bool(line.bold),
        page_height=_number(line.page_height),
    )


def _text(value: object, limit: int = MOST_CHARACTERS) -> str:
    """Return the beginning of a text, without halves of characters, which cannot be stored."""
    if not isinstance(value, str):
        raise TypeError("a text that is none")
    text = value[:limit]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("a number that is none")
    return value if math.isfinite(value) else 0.0
