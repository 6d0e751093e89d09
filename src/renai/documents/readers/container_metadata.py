"""Read container metadata: what a file says of itself that mutool converts.

A conversion keeps the print and drops the metadata, so it is read by itself. A protected file is
refused here, too: mutool would try to convert it and call it damaged.

The format of MOBI and AZW3 is undocumented by its maker; it is described at
https://wiki.mobileread.com/wiki/MOBI and https://wiki.mobileread.com/wiki/PDB.
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

from renai.documents.formats import find_format
from renai.documents.readers.ebook import book_properties, is_protected_epub
from renai.documents.readers.opening import PROTECTED, open_file
from renai.documents.readers.safe_xml import BROKEN, attribute_of, text_of, xml_part
from renai.documents.readers.sniffing import (
    BOOK_TYPES,
    DATABASE_TYPE,
    convertible_format_told_by,
)
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction
from renai.identifiers import first_stated_isbn
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from renai.documents.readers.ebook import Properties

_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"

_MOST_RECORD_BYTES = 2**20  # a first record holds a few thousand
_RECORD_TABLE = 78  # where the database's table of records begins
_UTF8 = 65001

# Numbers of EXTH records, and what an Extraction calls them. 503 is the title as last changed.
_EXTH_NAMES = {
    100: "authors",
    101: "publisher",
    104: "isbn",
    105: "subject",
    106: "year",
    503: "title",
    524: "language",
}
_EXTH_LISTS = {"authors", "subject"}


def read(path: Path, text_limit: int) -> Extraction:
    """Read a file's properties, and none of its text.

    Returns:
        An extraction whose `extractor` is the name of the format that the bytes are of; empty, and
        with `read_as`, where only the suffix tells it.

    Raises:
        DocumentError: the file cannot be opened, or is protected.
    """
    by_suffix = find_format(path.suffix)
    with open_file(path) as stream:
        by_bytes = convertible_format_told_by(stream)
        stream.seek(0)
        form = by_bytes or by_suffix
        found = _properties(path, form.name, stream) if form else {}
    return Extraction(
        "",
        properties={name: value for name, value in found.items() if value},
        extractor=by_bytes.name if by_bytes else "",
        read_as=by_suffix.media_type if by_suffix and not by_bytes else "",
    )


def _properties(path: Path, form: str, stream: FileIO) -> Properties:
    if form in ("MOBI", "AZW3"):
        return _mobi(path, form, stream)
    read_package = {"XPS": _xps, "CBZ": _cbz}.get(form)
    if read_package is None:
        data = stream.read()
        if form == "EPUB" and is_protected_epub(data):
            raise DocumentError(path, PROTECTED, lasting=True)
        return book_properties(form, data)
    try:
        with zipfile.ZipFile(stream) as archive:
            return read_package(archive)
    except BROKEN:
        return {}  # mutool may still read it


def _mobi(path: Path, form: str, stream: FileIO) -> Properties:
    try:
        record = _first_record(stream)
    except ValueError as error:
        raise DamagedDocumentError(path, f"is damaged or not {form}", lasting=True) from error
    if _is_protected(record):
        raise DocumentError(path, PROTECTED, lasting=True)
    return _mobi_properties(record)


def _first_record(stream: FileIO) -> bytes:
    """Return the record that has all headers.

    Raises:
        ValueError: this is no Palm database of a book.
    """
    head = stream.read(_RECORD_TABLE + 8)
    if len(head) < _RECORD_TABLE + 8 or head[DATABASE_TYPE] not in BOOK_TYPES:
        raise ValueError("not a MOBI")
    (start,) = struct.unpack_from(">I", head, _RECORD_TABLE)
    stream.seek(start)
    return stream.read(_MOST_RECORD_BYTES)


def _is_protected(record: bytes) -> bool:
    """Return whether the text is encrypted: the PalmDOC header has a flag for it."""
    return len(record) >= 14 and struct.unpack_from(">H", record, 12)[0] != 0


def _mobi_properties(record: bytes) -> Properties:
    """Return what the first record tells, without what is damaged in it."""
    if record[16:20] != b"MOBI":
        return {}  # a plain PalmDOC
    try:
        return dict(_exth_properties(record))
    except struct.error:
        return {}


def _exth_properties(record: bytes) -> Iterator[tuple[str, str | list[str]]]:
    length, _, encoding = struct.unpack_from(">III", record, 20)
    codec = "utf-8" if encoding == _UTF8 else "cp1252"
    found: dict[str, list[str]] = {}
    for number, value in _exth(record[16 + length :]):
        name = _EXTH_NAMES.get(number)
        if name and (line := document_line(value.decode(codec, errors="replace"))):
            found.setdefault(name, []).append(line)
    if "title" not in found:
        start, size = struct.unpack_from(">II", record, 84)
        if title := document_line(record[start : start + size].decode(codec, errors="replace")):
            found["title"] = [title]
    for name, lines in found.items():
        yield name, lines if name in _EXTH_LISTS else lines[0]


def _exth(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each EXTH record, as far as they are whole."""
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


def _xps(archive: zipfile.ZipFile) -> Properties:
    """Read the core properties (ISO/IEC 29500-2), a part that the package's relations lead to."""
    relations = xml_part(archive, "_rels/.rels")
    name = attribute_of(relations, f"{{*}}Relationship[@Type='{_CORE}']", "Target")
    core = xml_part(archive, name.lstrip("/"))
    return {
        "title": text_of(core, "{*}title"),
        "authors": [x] if (x := text_of(core, "{*}creator")) else [],
        "subject": text_of(core, "{*}subject"),
        "keywords": text_of(core, "{*}keywords"),
        "language": text_of(core, "{*}language"),
        "created": text_of(core, "{*}created"),
        "modified": text_of(core, "{*}modified"),
    }


def _cbz(archive: zipfile.ZipFile) -> Properties:
    """Read ComicInfo.xml (https://anansi-project.github.io/docs/comicinfo/documentation)."""
    comic = xml_part(archive, "ComicInfo.xml")
    writers = text_of(comic, "Writer").split(",")
    return {
        "title": text_of(comic, "Title") or _issue(comic),
        "authors": [name for x in writers if (name := x.strip())],
        "year": text_of(comic, "Year"),
        "publisher": text_of(comic, "Publisher"),
        "language": text_of(comic, "LanguageISO"),
        "isbn": first_stated_isbn([text_of(comic, "GTIN")]),
        "series": text_of(comic, "Series"),
        "series_index": text_of(comic, "Number"),
    }


def _issue(comic: Element) -> str:
    """Return series and number, which stand for the title that most issues lack."""
    series, number = text_of(comic, "Series"), text_of(comic, "Number")
    return f"{series} {number}".strip() if series else ""
