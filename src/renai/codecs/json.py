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
from functools import lru_cache
from typing import Any, NamedTuple

from jiter import from_json

from renai.codecs.entry import Entry, parse_header
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes

_FORMAT = 1
_TAIL = ',\n  "_checksum": "sha256:%s"\n}\n'
_TAIL_BYTES = len(_TAIL % ("0" * 64))
_DIGEST_BYTES = 64 + len('"')  # of the recipe, with the quotation mark behind it
_RECIPE = b',\n  "_recipe": '
_ENDS = 64  # that a codec remembers: as many as there are recipes in a store, or nearly


class _End(NamedTuple):
    """What an entry ends with before its checksum: its recipe and the digest of that.

    It is the larger part of an entry, and the same in all that were made by one recipe.
    """

    data: bytes
    recipe: Any
    recipe_digest: Any


class JsonCodec:
    """Turns a dictionary whose keys do not begin with `_` into bytes and back."""

    def __init__(self) -> None:
        self._ends: dict[bytes, _End] = {}  # by their last bytes, which nearly always tell them

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
        if not data.endswith((_TAIL % digest).encode()):
            raise DamagedEntryError(f"{name}: the checksum does not match")
        # The header is taken out, so that what is left are the fields of the result.
        fields, recipe, recipe_digest = self._parsed(name, data)
        known = fields.pop("_format", None) == _FORMAT and fields.pop("_name", None) == name
        if not (known and isinstance(recipe, dict) and isinstance(recipe_digest, str)):
            raise DamagedEntryError(
                f"{name}: not the entry of this name, in a format this version knows"
            )
        notes = {note: fields.pop(key) for note, key in _notes_among(tuple(fields))}
        return Entry(fields, recipe, recipe_digest, notes)

    def _parsed(self, name: str, data: bytes) -> tuple[dict[str, Any], Any, Any]:
        """Return an entry's fields and notes, its recipe, and the digest of that.

        The recipe is parsed once for all entries that end alike. It is looked for as it is laid
        out, and no string of JSON holds a line end. An entry that is laid out otherwise is parsed
        as a whole.
        """
        last = data[-_TAIL_BYTES - _DIGEST_BYTES : -_TAIL_BYTES]
        end = self._ends.get(last)
        if end is None or not data.endswith(end.data, 0, -_TAIL_BYTES):
            end = _find_end(name, data[:-_TAIL_BYTES])
            if end is None:
                document = _parse(name, data)
                document.pop("_checksum", None)
                return document, document.pop("_recipe", None), document.pop("_recipe_digest", None)
            if len(self._ends) >= _ENDS:
                self._ends.clear()
            self._ends[last] = end
        rest = data[: -_TAIL_BYTES - len(end.data)] + b"\n}"
        return _parse(name, rest), end.recipe, end.recipe_digest


@lru_cache(maxsize=64)
def _notes_among(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the notes among the keys of an entry, each without and with its `_`.

    There are few sets of keys, so that this is worked out for each of them and not for each entry.
    """
    return [(key[1:], key) for key in keys if key[:1] == "_"]


def _find_end(name: str, data: bytes) -> _End | None:
    """Return the end of an entry without its checksum; None if it is laid out otherwise."""
    start = data.rfind(_RECIPE)
    if start < 0:
        return None
    try:
        end = _parse(name, b"{" + data[start + 1 :] + b"}")
    except DamagedEntryError:
        return None
    if list(end) != ["_recipe", "_recipe_digest"]:
        return None
    return _End(data[start:], end["_recipe"], end["_recipe_digest"])


def _parse(name: str, data: bytes) -> dict[str, Any]:
    try:
        document = from_json(data)  # faster than `json`, and every look-up comes here
    except ValueError:  # for example at a lone surrogate, which `json` accepts
        document = parse_header(name, data)
    return document if isinstance(document, dict) else {}
