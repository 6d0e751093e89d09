r"""The text codec: one header line, then the text, so that a person can open an entry.

    renai-text/1 <checksum> {"name": …, "recipe": …, …}\n<the text, UTF-8>

The checksum is the SHA-256, 64 hex digits, of everything behind it, so together with the fixed
beginning it covers every byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from renai.entries.entry import Entry
from renai.errors import DamagedEntryError
from renai.keys.digest import digest_bytes

_MAGIC = b"renai-text/1 "
_BODY = len(_MAGIC) + 64


@dataclass(frozen=True)
class TextCodec:
    """Frames a `str`."""

    def encode(self, name: str, entry: Entry[str]) -> bytes:
        """Frame a text."""
        header = {
            "name": name,
            "recipe": entry.recipe,
            "recipe_digest": entry.recipe_digest,
            "notes": entry.notes,
        }
        line = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
        body = f" {line}\n{entry.value}".encode()
        return _MAGIC + digest_bytes(body).encode() + body

    def decode(self, name: str, data: bytes) -> Entry[str]:
        """Check and unframe a text."""
        if not data.startswith(_MAGIC):
            raise DamagedEntryError(f"{name}: not a text entry of a format this version knows")
        body = data[_BODY:]
        if data[len(_MAGIC) : _BODY] != digest_bytes(body).encode():
            raise DamagedEntryError(f"{name}: the checksum does not match")
        line, _, text = body.decode().partition("\n")
        header = json.loads(line)
        if header["name"] != name:
            raise DamagedEntryError(f"{name}: this is the entry {header['name']}")
        return Entry(text, header["recipe"], header["recipe_digest"], header["notes"])
