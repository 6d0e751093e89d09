"""The codec of metadata entries: JSON whose values are such as renai stores.

A checksum proves that an entry is as it was written, and not that renai wrote it: whoever shares a
store can compute one, too. So the types and the sizes of all that is used of an entry are checked
here, once for whoever reads it. What fails is a damaged entry like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from renai.codecs.json import JsonCodec
from renai.errors import DamagedEntryError
from renai.providers.cleaning import AUTHORS_LIMIT, LATEST_YEAR, LINE_LIMIT
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renai.codecs.entry import Entry

_LINES = (
    *("title", "author", "category", "subtitle", "publisher", "series", "isbn", "doi"),
    *("language", "date", "camera", "place"),
)
_NUMBERS = {"year": (1, LATEST_YEAR), "series_index": (0, 1e6), "confidence": (0, 1)}
"""The numbers, each with the least and the most that it can be."""
_TEXTS = frozenset(_LINES)
_NOTES = ("provider", "model", "source", "extractor")
_LONGEST = 2 * AUTHORS_LIMIT * LINE_LIMIT
"""No value has so many characters; `author`, the longest, has all authors on one line."""

# Control characters, halves of surrogate pairs, line ends, and marks that change the direction.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# No parser lets a line end stand within a string, and an entry has them between its fields.
_UNFIT_IN_JSON = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True)
class MetadataCodec(JsonCodec):
    """Turns metadata into bytes and back, and checks what it reads."""

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check the bytes and the values of an entry; raises as `Codec.decode` does."""
        entry = super().decode(name, data)
        known = _are_plain(entry.value, data) or _are_fields(entry.value)
        if not (known and _are_notes(entry.notes)):
            raise DamagedEntryError(f"{name}: whole, but with values that renai never stores")
        if entry.notes.get("cost") and not Cost.is_one(entry.notes["cost"]):
            return replace(entry, notes={**entry.notes, "cost": None})
        return entry


def _are_plain(fields: Mapping[str, Any], data: bytes) -> bool:
    """Return whether values are what `_are_fields` wants, as is quickly told of nearly all entries.

    The whole entry is looked at in place of each value: JSON without an escape holds no control
    character within a string but those that are looked for here, and no string of an entry that is
    this short is too long.
    """
    if b"\\" in data or len(data) > _LONGEST or _UNFIT_IN_JSON.search(data.decode()):
        return False
    for name, value in fields.items():
        if value is None:
            continue
        kind = type(value)
        if name in _TEXTS:
            fits = kind is str
        elif name == "evidence":
            fits = kind is dict and _are_texts(value.values())
        elif name == "authors":
            fits = kind is list and len(value) <= AUTHORS_LIMIT and _are_texts(value)
        elif name in _NUMBERS:
            least, most = _NUMBERS[name]
            fits = (kind is int or (kind is float and name != "year")) and least <= value <= most
        else:
            fits = True
        if not fits:
            return False
    return True


def _are_texts(values: Iterable[Any]) -> bool:
    return all(type(value) is str for value in values)


def _are_fields(fields: Mapping[str, Any]) -> bool:
    authors, evidence = fields.get("authors", ()), fields.get("evidence")
    return (
        all(_is_line(fields.get(name)) for name in _LINES)
        and all(_is_number(fields.get(name), *range_) for name, range_ in _NUMBERS.items())
        and isinstance(fields.get("year"), int | None)
        and (authors is None or isinstance(authors, list | tuple))
        and len(authors or ()) <= AUTHORS_LIMIT
        and all(author is not None and _is_line(author) for author in authors or ())
        and (evidence is None or isinstance(evidence, dict))
        and all(line is not None and _is_line(line) for line in (evidence or {}).values())
    )


def _are_notes(notes: Mapping[str, Any]) -> bool:
    return all(notes.get(name) is None or isinstance(notes[name], str) for name in _NOTES)


def _is_line(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, str) and len(value) <= _LONGEST and not _UNFIT.search(value)


def _is_number(value: object, least: float, most: float) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
