r"""The JSON codec: the fields of a result at the top level, the header's prefixed with `_`.

    {
      "title": …,
      "_provider": …,              the notes of the layer
      "_format": 1,
      "_name": "metadata/doc_….json",
      "_recipe": {…},
      "_recipe_digest": "…",
      "_checksum": "sha256:<64 hex digits>"
    }

The last two lines have a fixed length and form. The checksum is of everything before them, so
that together they cover every byte, white space included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from renai.entries.entry import Entry
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes

_FORMAT = 1
_TAIL = ',\n  "_checksum": "sha256:%s"\n}\n'
_TAIL_BYTES = len(_TAIL % ("0" * 64))
_OWN = ("_format", "_name", "_recipe", "_recipe_digest", "_checksum")


@dataclass(frozen=True)
class JsonCodec:
    """Frames a dictionary whose keys do not begin with `_`."""

    def encode(self, name: str, entry: Entry[dict[str, Any]]) -> bytes:
        """Frame the fields."""
        document = {
            **entry.value,
            **{f"_{note}": value for note, value in entry.notes.items()},
            "_format": _FORMAT,
            "_name": name,
            "_recipe": entry.recipe,
            "_recipe_digest": entry.recipe_digest,
        }
        body = json.dumps(document, ensure_ascii=False, indent=2).removesuffix("\n}").encode()
        return body + (_TAIL % digest_bytes(body)).encode()

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check and unframe the fields."""
        body, tail = data[:-_TAIL_BYTES], data[-_TAIL_BYTES:]
        if tail != (_TAIL % digest_bytes(body)).encode():
            raise DamagedEntryError(f"{name}: the checksum does not match")
        document = json.loads(data)
        if document.get("_format") != _FORMAT:
            raise DamagedEntryError(f"{name}: not of a format this version knows")
        if document["_name"] != name:
            raise DamagedEntryError(f"{name}: this is the entry {document['_name']}")
        return Entry(
            value={key: value for key, value in document.items() if not key.startswith("_")},
            recipe=document["_recipe"],
            recipe_digest=document["_recipe_digest"],
            notes={
                key[1:]: value
                for key, value in document.items()
                if key.startswith("_") and key not in _OWN
            },
        )
