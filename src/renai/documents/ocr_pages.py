"""Which pages of a document are read by OCR.

A name stands on the first pages, or on the last where a book ends with its imprint. So of the
pages that need it, the first few are recognised and the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 4

MOST_RECOGNISED = _FIRST + 1
"""Pages of one document that are recognised."""


def pages_to_recognise(unusable: Sequence[int]) -> list[int]:
    """Choose among pages, given by their numbers in order."""
    return [*unusable[:_FIRST], *unusable[_FIRST:][-1:]]
