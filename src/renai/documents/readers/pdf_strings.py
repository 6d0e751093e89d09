"""Read the strings of a PDF's Info dictionary that are in no encoding that PDF knows.

They should be in PDFDocEncoding or, behind a mark, in UTF-16 or UTF-8 (ISO 32000-2, 7.9.2.2). Many
programs write them in UTF-8 without the mark, or in an encoding of their country, and whoever
follows the standard takes such bytes for Western letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FROM_0X18 = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"
_FROM_0X80 = (
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018"
    "\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e"
)
_BYTES = {chr(byte): byte for byte in (*range(0x18), *range(0x20, 0x7F), *range(0xA1, 0x100))}
_BYTES |= {character: 0x18 + place for place, character in enumerate(_FROM_0X18)}
_BYTES |= {character: 0x80 + place for place, character in enumerate(_FROM_0X80)}
_BYTES |= {"\u20ac": 0xA0}
"""PDFDocEncoding (ISO 32000-2, D.2)."""
_LOST = "\N{REPLACEMENT CHARACTER}"
_FEWEST = 3
"""Letters besides ASCII from which on strings can be told to be in another encoding."""
_MOSTLY = 0.4
"""Share of such letters that no language has which is written in PDFDocEncoding."""


def as_meant(said: Mapping[str, str]) -> dict[str, str]:
    """Return strings as they were meant, without those that are garbled for good.

    Args:
        said: the strings by their names, as a reader that follows the standard takes them.
    """
    meant = dict(said)
    others: dict[str, bytes] = {}
    for name, value in said.items():
        written = _written(value)
        if written is None:
            continue
        try:
            meant[name] = written.decode()
        except UnicodeDecodeError:
            others[name] = written
    if not any("\0" in said[name] or _looks_foreign(said[name]) for name in others):
        return meant
    for name, line in zip(others, _decoded(others.values()), strict=True):
        if line is not None:
            meant[name] = line
        elif "\0" in said[name] or _share_of_letters(said[name]) >= _MOSTLY:
            del meant[name]
    return meant


def is_foreign(value: str) -> bool:
    """Return whether a string is in another encoding than whoever read it took it for."""
    return as_meant({"": value}) != {"": value}


def _written(value: str) -> bytes | None:
    """Return the bytes of a string; None of ASCII alone, or if they were in UTF-16."""
    if value.isascii():
        return None
    try:
        return bytes(_BYTES[character] for character in value)
    except KeyError:
        return None


def _looks_foreign(value: str) -> bool:
    from renai.documents.readers.characters import is_western  # most strings need no such table

    letters = "".join(filter(str.isalpha, value))
    return sum(not x.isascii() for x in letters) >= _FEWEST and not is_western(letters)


def _share_of_letters(value: str) -> float:
    """Return how many of the letters of a string are not of ASCII."""
    letters = list(filter(str.isalpha, value))
    return sum(not x.isascii() for x in letters) / max(len(letters), 1)


def _decoded(written: Collection[bytes]) -> list[str | None]:
    """Return strings in the encoding that they have in common, which more bytes tell better.

    None stands where it cannot be told, where it is the Western one, and where a byte is lost,
    since PDFDocEncoding has not all.
    """
    from renai.documents.readers.characters import UnknownEncodingError, decode
    from renai.documents.readers.legacy_encodings import LATIN

    together = b"\n".join(written)
    try:
        text = decode(together)
    except UnknownEncodingError:
        return [None] * len(written)
    lines = text.split("\n")
    if text == together.decode(LATIN, "replace") or len(lines) != len(written):
        return [None] * len(written)
    return [
        None if b"\0" in one or _LOST in line else line
        for one, line in zip(written, lines, strict=True)
    ]
