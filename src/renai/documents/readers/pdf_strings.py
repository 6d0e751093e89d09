"""Read the strings of a PDF's Info dictionary, whatever encoding they are in.

They should be in PDFDocEncoding or, behind a mark, in UTF-16 or UTF-8 (ISO 32000-2, 7.9.2.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.documents.readers.foreign_strings import LOST_BYTE, as_meant

if TYPE_CHECKING:
    from collections.abc import Mapping

_FROM_0X18 = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"
_FROM_0X80 = (
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018"
    "\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e"
)
_BYTES = {chr(byte): byte for byte in (*range(0x18), *range(0x20, 0x7F), *range(0xA1, 0x100))}
_BYTES |= {character: 0x18 + place for place, character in enumerate(_FROM_0X18)}
_BYTES |= {character: 0x80 + place for place, character in enumerate(_FROM_0X80)}
_BYTES |= {"\u20ac": 0xA0, "\0": LOST_BYTE}
"""PDFDocEncoding (ISO 32000-2, D.2). PDFium gives a zero for the bytes that are not in it."""


def strings_of_pdf(said: Mapping[str, str]) -> dict[str, str]:
    """Return what PDFium reads of a PDF's Info dictionary as it was meant."""
    return as_meant(said, _in_doc_encoding)


def is_foreign(value: str) -> bool:
    """Return whether a string is in another encoding than PDFium took it for."""
    return strings_of_pdf({"": value}) != {"": value}


def _in_doc_encoding(value: str) -> bytes | None:
    """Return the bytes of a string; None if it was in UTF-16."""
    try:
        return bytes(_BYTES[character] for character in value)
    except KeyError:
        return None
