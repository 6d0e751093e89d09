"""Which pages of a document are read by OCR, and what comes of one.

A name stands on the first pages, or on the last where a book ends with its imprint. So of the
pages that need it, the first few are recognised and the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.extraction import Line, Trace

_FIRST = 4

MOST_RECOGNISED = _FIRST + 1
"""Pages of one document that are recognised."""


class RecognisedPage(NamedTuple):
    """What OCR made of a page.

    Attributes:
        lines: in reading order.
        trace: what was seen, where that was wanted.
    """

    lines: list[Line]
    trace: Trace | None = None


def pages_to_recognise(unusable: Sequence[int]) -> list[int]:
    """Choose among pages, given by their numbers in order."""
    return [*unusable[:_FIRST], *unusable[_FIRST:][-1:]]
