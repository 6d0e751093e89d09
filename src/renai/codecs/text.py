r"""The text codec: one header line, then the text, so that a person can open an entry.

    renai-text/1 <checksum> {"name": …, "recipe": …, …}\n<the text, UTF-8>

The checksum is the SHA-256, 64 hex digits, of everything behind it. What stands before it is fixed,
so that every byte is covered.
"""

from __future__ import annotations

import json

from renai.codecs.entry import Entry, parse_header
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes

_MAGIC = b"renai-text/1 "
_BODY = len(_MAGIC) + 64
_SURROGATES = "surrogatepass"  # any `str` can be stored, also one from a damaged file


class TextCodec:
    """Turns a `str` into bytes and back."""

    def encode(self, name: str, entry: Entry[str]) -> bytes:
        """Return the bytes of a text's entry."""
        header = {
            "name": name,
            "recipe": entry.recipe,
            "recipe_digest": entry.recipe_digest,
            "notes": entry.notes,
        }
        line = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
        body = f" {line}\n{entry.value}".encode(errors=_SURROGATES)
        return _MAGIC + digest_bytes(body).encode() + body

    def decode(self, name: str, data: bytes) -> Entry[str]:
        """Check the bytes of a text's entry and return the entry; raises as `Codec.decode` does."""
        if not data.startswith(_MAGIC):
            raise DamagedEntryError(f"{name}: not a text entry of a format this version knows")
        body = data[_BODY:]
        if data[len(_MAGIC) : _BODY] != digest_bytes(body).encode():
            raise DamagedEntryError(f"{name}: the checksum does not match")
        line, _, text = body.partition(b"\n")
        match parse_header(name, line):
            case {
                "name": str(own_name),
                "recipe": dict(recipe),
                "recipe_digest": str(recipe_digest),
                "notes": dict(notes),
            } if own_name == name:
                return Entry(_decoded(name, text), recipe, recipe_digest, notes)
        raise DamagedEntryError(f"{name}: these bytes are not the text entry of this name")


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode(errors=_SURROGATES)
    except UnicodeDecodeError as error:
        raise DamagedEntryError(f"{name}: it is no text") from error
