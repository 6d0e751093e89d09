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

The last two lines have a fixed length and form. The checksum is that of everything before them, so
that every byte is covered, white space included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jiter import from_json

from renai.codecs.entry import Entry, parse_header
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes

_FORMAT = 1
_TAIL = ',\n  "_checksum": "sha256:%s"\n}\n'
_TAIL_BYTES = len(_TAIL % ("0" * 64))
_RECIPE = b'\n  "_recipe": '
_RECIPE_DIGEST = b'\n  "_recipe_digest": '


@dataclass(frozen=True)
class JsonCodec:
    """Turns a dictionary whose keys do not begin with `_` into bytes and back."""

    def encode(self, name: str, entry: Entry[dict[str, Any]]) -> bytes:
        """Return the bytes of an entry: its fields as JSON, with header and checksum."""
        document = {
            **entry.value,
            **{f"_{note}": value for note, value in entry.notes.items()},
            "_format": _FORMAT,
            "_name": name,
            "_recipe": entry.recipe,
            "_recipe_digest": entry.recipe_digest,
        }
        text = json.dumps(document, ensure_ascii=False, indent=2).removesuffix("\n}")
        # UTF-8 cannot spell a lone surrogate; Python's escape for it is also JSON's.
        body = text.encode(errors="backslashreplace")
        return body + (_TAIL % digest_bytes(body)).encode()

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check the bytes of an entry and return the entry; raises as `Codec.decode` does."""
        digest = digest_bytes(data[:-_TAIL_BYTES])
        if data[-_TAIL_BYTES:] != (_TAIL % digest).encode():
            raise DamagedEntryError(f"{name}: the checksum does not match")
        # The header is taken out, so that what is left are the fields of the result.
        fields = _document(name, data)
        known = fields.pop("_format", None) == _FORMAT and fields.pop("_name", None) == name
        fields.pop("_checksum", None)
        recipe, recipe_digest = fields.pop("_recipe", None), fields.pop("_recipe_digest", None)
        if not (known and isinstance(recipe, dict) and isinstance(recipe_digest, str)):
            raise DamagedEntryError(
                f"{name}: not the entry of this name, in a format this version knows"
            )
        notes = {note: fields.pop(key) for note, key in _notes_among(tuple(fields))}
        return Entry(fields, recipe, recipe_digest, notes)


@lru_cache(maxsize=64)
def _notes_among(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the notes among the keys of an entry, each without and with its `_`.

    There are few sets of keys, so that this is worked out for each of them and not for each entry.
    """
    return [(key[1:], key) for key in keys if key[:1] == "_"]


def _document(name: str, data: bytes) -> dict[str, Any]:
    """Parse an entry; its recipe, which is the larger part and that of many, once for all of them.

    The two keys are looked for as they are laid out, and no string of JSON holds a line end. An
    entry that is laid out otherwise is parsed as a whole.
    """
    end = data.rfind(_RECIPE_DIGEST)
    start = data.rfind(_RECIPE, 0, max(end, 0))  # from the end, to which both are nearer
    if start < 0 or data[end - 1 : end] != b",":
        return _parse(name, data)
    document = _parse(name, data[:start] + data[end:])
    document["_recipe"] = _parse_recipe(data[start + len(_RECIPE) : end - 1])
    return document


@lru_cache(maxsize=64)
def _parse_recipe(data: bytes) -> Any:
    try:
        return from_json(data)
    except ValueError:  # as in `_parse`
        return _parse("the recipe of an entry", data)


def _parse(name: str, data: bytes) -> dict[str, Any]:
    try:
        document = from_json(data)  # faster than `json`, and every look-up comes here
    except ValueError:  # for example at a lone surrogate, which `json` accepts
        document = parse_header(name, data)
    return document if isinstance(document, dict) else {}
