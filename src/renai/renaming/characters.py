"""What may stand in a name: one set of rules for characters, the strictest of all platforms.

Values come from models and from hostile documents. Whatever is in them, what leaves this module
is one line of visible, portable characters.

Source: Unicode Standard Annex 44 for general categories and `Default_Ignorable_Code_Point`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_STRANGE = re.compile(r"[^\w ,.'&()!+#‘’“”„«»–—…-]")
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")  # letters to Unicode, nothing to the eye

_REPLACED = str.maketrans(
    {"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "<": None, ">": None, "?": None, "*": None}
)

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""Characters without a look of their own that are neither controls nor format characters."""

_LETTER = re.compile(r"[^\W_]")
_COLON = re.compile(r"\s*:\s+")

_STACKED_MARKS = 8
"""Marks over one letter; more than any script needs is a picture, not a name."""

EDGES = " -–—,;:"
"""Punctuation that says nothing at either end of a value or of a name."""

_PLACEHOLDERS = frozenset(
    ("unknown", "unknown author", "unknown title", "untitled", "no title", "none", "null", "n-a")
)


def clean(text: str) -> str:
    """Take out of a text, or replace, whatever must not stand in a name."""
    if is_plain(text):
        return text
    text = _COLON.sub(" - ", unicodedata.normalize("NFC", text)).translate(_REPLACED)
    if is_plain(text):
        return text
    kept: list[str] = []
    marks = _STACKED_MARKS  # a mark without a letter before it is dropped
    for character in _INVISIBLE.sub("", text):
        kind = unicodedata.category(character)[0]
        if character.isspace():  # asked before the controls: a newline is both
            kept.append(" ")
            marks = _STACKED_MARKS
            continue
        marks = marks + 1 if kind == "M" else 0
        if kind != "C" and marks <= _STACKED_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", single_spaced("".join(kept)))


def is_plain(text: str) -> bool:
    """Whether a text can stand in a name as it is; true for most, and soon told."""
    if _STRANGE.search(text) or "  " in text:
        return False
    return text.isascii() or (unicodedata.is_normalized("NFC", text) and not _FILLERS.search(text))


@lru_cache(maxsize=4096)  # a library has fewer authors and categories than files
def usable(text: str | None) -> str:
    """Clean a value; empty if it says nothing: only punctuation, or a word like `Unknown`."""
    if not text:
        return ""
    value = clean(text).strip(EDGES)
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


def single_spaced(text: str) -> str:
    """Fold white space."""
    return " ".join(text.split())


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
