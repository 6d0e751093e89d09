"""What a MOBI or AZW3 says of itself: the EXTH records in the first record of its Palm database.

The format is undocumented by its maker; it is described at https://wiki.mobileread.com/wiki/MOBI
and https://wiki.mobileread.com/wiki/PDB.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from renai.documents.readers.ebook import Properties

_MOST_BYTES = 2**20  # a first record holds a few thousand
_FIRST_RECORD = 78  # where the database's table of records begins
_DATABASE_TYPES = (b"BOOKMOBI", b"TEXtREAd")
_UTF8 = 65001

# Numbers of EXTH records, and what an Extraction calls them. 503 is the title as last changed.
_RECORDS = {
    100: "authors",
    101: "publisher",
    104: "isbn",
    105: "subject",
    106: "year",
    503: "title",
    524: "language",
}
_LISTS = {"authors", "subject"}


def first_record(stream: BinaryIO) -> bytes:
    """The record with all headers.

    Raises:
        ValueError: this is no Palm database of a book.
    """
    head = stream.read(_FIRST_RECORD + 8)
    if len(head) < _FIRST_RECORD + 8 or head[60:68] not in _DATABASE_TYPES:
        raise ValueError("not a MOBI")
    (start,) = struct.unpack_from(">I", head, _FIRST_RECORD)
    stream.seek(start)
    return stream.read(_MOST_BYTES)


def is_protected(record: bytes) -> bool:
    """Whether the text is encrypted: the PalmDOC header has a flag for it."""
    return len(record) >= 14 and struct.unpack_from(">H", record, 12)[0] != 0


def mobi_properties(record: bytes) -> Properties:
    """What the first record tells; what is damaged in it is left out."""
    if record[16:20] != b"MOBI":
        return {}  # a plain PalmDOC
    try:
        return dict(_properties(record))
    except struct.error:
        return {}


def _properties(record: bytes) -> Iterator[tuple[str, str | list[str]]]:
    length, _, encoding = struct.unpack_from(">III", record, 20)
    codec = "utf-8" if encoding == _UTF8 else "cp1252"
    found: dict[str, list[str]] = {}
    for number, value in _exth(record[16 + length :]):
        name = _RECORDS.get(number)
        if name and (line := document_line(value.decode(codec, errors="replace"))):
            found.setdefault(name, []).append(line)
    if "title" not in found:
        start, size = struct.unpack_from(">II", record, 84)
        if title := document_line(record[start : start + size].decode(codec, errors="replace")):
            found["title"] = [title]
    for name, lines in found.items():
        yield name, lines if name in _LISTS else lines[0]


def _exth(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each record, as far as they are whole."""
    if data[:4] != b"EXTH":
        return
    (count,) = struct.unpack_from(">I", data, 8)
    place = 12
    for _ in range(count):
        if place + 8 > len(data):
            return
        number, length = struct.unpack_from(">II", data, place)
        if length < 8:
            return
        yield number, data[place + 8 : place + length]
        place += length
