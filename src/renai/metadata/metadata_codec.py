"""The codec of metadata entries: JSON whose values are such as renai stores.

A checksum proves that an entry is as it was written, and not that renai wrote it: whoever shares a
store can compute one, too. So the types and the sizes of all that is used of an entry are checked
here, once for whoever reads it. What fails is a damaged entry like any other.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from renai.codecs.json import JsonCodec
from renai.errors import DamagedEntryError
from renai.providers.cleaning import AUTHORS_LIMIT, LATEST_YEAR, LINE_LIMIT
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from renai.codecs.entry import Entry

_NUMBER = (int, float)  # what JSON has; a `bool`, which is an `int`, is of another type
_NOTES = ("provider", "model", "source", "extractor")
_LONGEST = 2 * AUTHORS_LIMIT * LINE_LIMIT
"""No value has so many characters; `author`, the longest, has all authors on one line."""

# Control characters, halves of surrogate pairs, line ends, and marks that change the direction.
# Compiled with the first line that is looked through, and most runs meet none.
_UNFIT = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


class MetadataCodec(JsonCodec):
    """Turns metadata into bytes and back, and checks what it reads."""

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check the bytes and the values of an entry; raises as `Codec.decode` does."""
        entry = super().decode(name, data)
        if not (_are_fields(entry.value) and _are_notes(entry.notes)):
            raise DamagedEntryError(f"{name}: whole, but with values that renai never stores")
        if entry.notes.get("cost") and not Cost.is_one(entry.notes["cost"]):
            return replace(entry, notes={**entry.notes, "cost": None})
        return entry


def _are_fields(fields: Mapping[str, Any]) -> bool:
    lines = []
    for name, value in fields.items():
        is_right = _CHECKS.get(name)
        if value is None or is_right is None:
            continue
        if is_right is _is_line:
            lines.append(value)
        elif not is_right(value):
            return False
    return _are_lines(lines)


def _are_notes(notes: Mapping[str, Any]) -> bool:
    for name in _NOTES:
        note = notes.get(name)
        if note is not None and not isinstance(note, str):
            return False
    return True


def _is_line(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    # Nothing of what is unfit can be printed, and `isprintable` is told much faster.
    return value.isprintable() or not re.search(_UNFIT, value)


def _are_lines(values: Collection[Any]) -> bool:
    try:
        joined = "".join(values)
    except TypeError:
        return False
    # If the lines are one line together, each of them is one, and that is told faster.
    return _is_line(joined) or all(map(_is_line, values))


def _are_authors(value: object) -> bool:
    return isinstance(value, list) and len(value) <= AUTHORS_LIMIT and _are_lines(value)


def _are_quotes(value: object) -> bool:
    return isinstance(value, dict) and _are_lines(value.values())


def _is_year(value: Any) -> bool:
    return type(value) is int and 1 <= value <= LATEST_YEAR


def _is_index(value: Any) -> bool:
    return type(value) in _NUMBER and 0 <= value <= 1e6


def _is_confidence(value: Any) -> bool:
    return type(value) in _NUMBER and 0 <= value <= 1


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "title": _is_line,
    "author": _is_line,
    "authors": _are_authors,
    "year": _is_year,
    "category": _is_line,
    "subtitle": _is_line,
    "publisher": _is_line,
    "series": _is_line,
    "series_index": _is_index,
    "isbn": _is_line,
    "doi": _is_line,
    "language": _is_line,
    "date": _is_line,
    "camera": _is_line,
    "place": _is_line,
    "confidence": _is_confidence,
    "evidence": _are_quotes,
}
"""What the value of a field must be; of one that is not known it is None."""
