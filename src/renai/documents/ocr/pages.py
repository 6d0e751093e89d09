"""Choose the pages of a document that are read by OCR.

A scan may carry no text, a page number, or the scanner's watermark; a broken font map gives
letters that nobody can read. A name stands on the first pages, or on the last where a book ends
with its imprint. So of the pages without usable text the first few are recognised and the last one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from renai.documents.ocr.garbled import Characters, is_garbled

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 4

MOST_RECOGNISED = _FIRST + 1
"""Pages of one document that are recognised."""

_FEWEST_LETTERS = 8
_MOST_GARBAGE = 0.15  # of all characters but white space
_REPEATED = 3  # pages with the very same words, and no others
_MOST_WATERMARK = 200  # characters; what is longer is a page's own text
_NO_GLYPH_NAME = re.compile(r"\(cid:\d+\)")  # what some producers write for glyphs without a name
_GARBAGE = {"Co", "Cn", "Cc", "Cs"}  # private use, unassigned, control, surrogate
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def pages_to_recognise(unusable: Sequence[int]) -> list[int]:
    """Choose among pages, given by their numbers in order."""
    return [*unusable[:_FIRST], *unusable[_FIRST:][-1:]]


def unusable_pages(texts: Sequence[str]) -> list[int]:
    """Find the pages whose text layer cannot be used.

    Args:
        texts: of all pages that were looked at, in order.

    Returns:
        Their places in `texts`.
    """
    folded = [" ".join(text.split()) for text in texts]
    times = Counter(folded)
    return [
        number
        for number, text in enumerate(folded)
        if not is_readable(text) or (len(text) <= _MOST_WATERMARK and times[text] >= _REPEATED)
    ]


def is_readable(text: str) -> bool:
    """Return whether a text holds words rather than nothing, a number, or garbage."""
    characters = Characters(text)
    if characters.count(str.isalpha) < _FEWEST_LETTERS:
        return False
    if _NO_GLYPH_NAME.search(text) or is_garbled(text):
        return False
    visible = len(text) - characters.count(str.isspace)
    return characters.count(_is_garbage) <= _MOST_GARBAGE * visible


def _is_garbage(character: str) -> bool:
    if character.isspace():
        return False
    return character == _REPLACEMENT or unicodedata.category(character) in _GARBAGE
