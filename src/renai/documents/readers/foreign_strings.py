"""Read strings that a file says of itself in another encoding than its format allows.

Many programs write them in UTF-8, or in an encoding of their country, and whoever follows the
standard takes such bytes for Western letters: "Ñòàðûé" was "Старый".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

LOST_BYTE = 0
"""Stands in written bytes for one that the reader lost."""

_LOST = "\N{REPLACEMENT CHARACTER}"
_FEWEST = 3
"""Letters besides ASCII from which on strings can be told to be in another encoding."""
_MOSTLY = 0.4
"""Share of such letters that no Western language has."""


def as_meant(said: Mapping[str, str], written: Callable[[str], bytes | None]) -> dict[str, str]:
    """Return strings as they were meant, without those that are garbled for good.

    Args:
        said: the strings by their names, as a reader that follows the standard takes them.
        written: gives the bytes of a string that is not ASCII; None if it cannot have been read
            wrongly.
    """
    meant = dict(said)
    others: dict[str, bytes] = {}
    for name, value in said.items():
        data = None if value.isascii() else written(value)
        if data is None:
            continue
        try:
            meant[name] = data.decode()
        except UnicodeDecodeError:
            others[name] = data
    if not any(LOST_BYTE in data or _looks_foreign(said[name]) for name, data in others.items()):
        return meant
    for name, line in zip(others, _decoded(others.values()), strict=True):
        if line is not None:
            meant[name] = line
        elif LOST_BYTE in others[name] or _share_of_letters(said[name]) >= _MOSTLY:
            del meant[name]
    return meant


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

    None stands where it cannot be told, where it is the Western one, and where a byte is lost.
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
        None if LOST_BYTE in one or _LOST in line else line
        for one, line in zip(written, lines, strict=True)
    ]
