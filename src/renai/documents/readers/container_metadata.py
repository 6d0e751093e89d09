"""What a file says of itself, read beside its text: the catalogue card of what mutool converts.

A conversion keeps the print and drops the card. It is also here that a file is refused which is
protected: mutool would try, and say that it is damaged.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from renai.documents.formats import FORMATS
from renai.documents.readers.ebook import book_properties
from renai.documents.readers.mobi import first_record, is_protected, mobi_properties
from renai.documents.readers.opening import open_file
from renai.documents.readers.package import BROKEN, xml_part
from renai.documents.readers.protection import PROTECTED
from renai.documents.readers.safe_xml import attribute_of, text_of
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction
from renai.identifiers import first_stated_isbn

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from renai.documents.readers.ebook import Properties

_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def read(path: Path, text_limit: int) -> Extraction:  # noqa: ARG001, RUF100 - as every reader
    """Read a file's properties, and none of its text.

    Raises:
        DocumentError: the file cannot be opened, or is protected.
    """
    form = FORMATS[path.suffix.lower()].name
    with open_file(path) as stream:
        if form in ("MOBI", "AZW3"):
            return Extraction("", properties=_mobi(path, form, stream))
        read_package = {"XPS": _xps, "CBZ": _cbz}.get(form)
        if read_package is None:
            return Extraction("", properties=book_properties(form, stream.read()))
        try:
            with zipfile.ZipFile(stream) as archive:
                found = read_package(archive)
        except BROKEN:
            found = {}  # mutool may make more of it
    return Extraction("", properties={name: value for name, value in found.items() if value})


def _mobi(path: Path, form: str, stream: FileIO) -> Properties:
    try:
        record = first_record(stream)
    except ValueError as error:
        raise DamagedDocumentError(path, f"is damaged or not {form}") from error
    if is_protected(record):
        raise DocumentError(path, PROTECTED)
    return mobi_properties(record)


def _xps(archive: zipfile.ZipFile) -> Properties:
    """Core properties, ISO/IEC 29500-2: a part that the package's relations lead to."""
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
    """ComicInfo.xml: https://anansi-project.github.io/docs/comicinfo/documentation."""
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
    """Most issues have no title but a series and a number."""
    series, number = text_of(comic, "Series"), text_of(comic, "Number")
    return f"{series} {number}".strip() if series else ""
