"""Values as parts of a name: whether one says anything, and how it is cut short."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from renai.providers.placeholders import NO_VALUE
from renai.text_cleaning import name_part

_LETTER = re.compile(r"[^\W_]")
EDGES = " -–—,;:"
"""Punctuation that says nothing at either end of a value or of a name."""

_PLACEHOLDERS = NO_VALUE | {"n-a"}  # what `name_part` makes of "n/a"


@lru_cache(maxsize=4096)  # a library has fewer authors and categories than files
def usable(text: str | None) -> str:
    """Clean a value; empty if it says nothing: only punctuation, or a word like `Unknown`."""
    if not text:
        return ""
    value = name_part(text).strip(EDGES)
    if not (_LETTER.search(value) or any(map(_is_symbol, value))):
        return ""
    return "" if value.lower() in _PLACEHOLDERS else value


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] == "S"


def cut(text: str, size: int) -> str:
    """The first `size` bytes of a text, less what would tear a character, an emoji or a word."""
    if len(text.encode()) <= size:
        return text
    end = len(text.encode()[:size].decode(errors="ignore"))
    while end > 0 and _joined(text, end):
        end -= 1
    head = text[:end]
    whole_words = head.rpartition(" ")[0]
    if text[end] != " " and 4 * len(whole_words) > 3 * len(head):
        head = whole_words
    return head.rstrip(EDGES)


def _joined(text: str, position: int) -> bool:
    """Whether a cut here would part what is seen as one character."""
    character = text[position]
    if _is_flag_letter(character):
        start = position
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (position - start) % 2 == 1
    return unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
