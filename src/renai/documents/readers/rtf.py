r"""Decode the properties of an RTF file, which xberg hands on as they are escaped.

(Rich Text Format Specification 1.9.1: `\ansicpg`, `\'hh`, `\uN`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from renai.documents.readers.ebook import Properties

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_HEAD = 1024
_BYTES = re.compile(r"(?:\\'[0-9a-fA-F]{2})+")
# The character after `\uN` stands for it where Unicode is not understood.
_UNICODE = re.compile(r"\\u(-?\d{1,5}) ?(?:\\'[0-9a-fA-F]{2}|\?)?")


def rtf_properties(properties: Properties, data: bytes) -> Properties:
    """Return properties without escapes.

    Args:
        properties: as xberg found them.
        data: the file.
    """
    found = _CODE_PAGE.search(data, 0, _HEAD)
    encoding = f"cp{int(found[1])}" if found else "cp1252"
    return {
        name: _plain(value, encoding)
        if isinstance(value, str)
        else [_plain(one, encoding) for one in value]
        for name, value in properties.items()
    }


def _plain(value: str, encoding: str) -> str:
    def of_unicode(match: re.Match[str]) -> str:
        return chr(int(match[1]) % 0x10000)

    def of_bytes(match: re.Match[str]) -> str:
        written = bytes.fromhex(match[0].replace("\\'", ""))
        try:
            return written.decode(encoding, "replace")
        except LookupError:
            return written.decode("cp1252", "replace")

    if "\\" not in value:
        return value
    text = _BYTES.sub(of_bytes, _UNICODE.sub(of_unicode, value))
    return document_line(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
