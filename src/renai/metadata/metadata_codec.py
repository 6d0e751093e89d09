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
    from collections.abc import Mapping

    from renai.codecs.entry import Entry

_LINES = (
    *("title", "author", "category", "subtitle", "publisher", "series", "isbn", "doi"),
    *("language", "date", "camera", "place"),
)
_NUMBERS = {"year": (1, LATEST_YEAR), "series_index": (0, 1e6), "confidence": (0, 1)}
"""The numbers, each with the least and the most that it can be."""
_NOTES = ("provider", "model", "source", "extractor")
_LONGEST = 2 * AUTHORS_LIMIT * LINE_LIMIT
"""No value has so many characters; `author`, the longest, has all authors on one line."""

# Control characters, halves of surrogate pairs, line ends, and marks that change the direction.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class MetadataCodec(JsonCodec):
    """Turns metadata into bytes and back, and checks what it reads."""

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check the bytes and the values of an entry; raises as `Codec.decode` does."""
        entry = super().decode(name, data)
        if not (_are_fields(entry.value) and _are_notes(entry.notes)):
            raise DamagedEntryError(f"{name}: whole, but with values that renai never stores")
        if entry.notes.get("cost") and Cost.from_json(entry.notes["cost"]) is None:
            return replace(entry, notes={**entry.notes, "cost": None})
        return entry


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
