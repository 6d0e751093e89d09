"""Tell the format of a file by its bytes, whatever its suffix says.

An entry is named after the bytes of a file and not after its suffix. So the bytes decide how they
are read where they tell it; where they leave it open the suffix decides, and is in the recipe.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from renai.documents.formats import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

    from renai.documents.formats import Format

OLE = b"\xd0\xcf\x11\xe0"
RTF = b"{\\rtf"
ZIP = b"PK\x03\x04"
DATABASE_TYPE = slice(60, 68)
"""Where type and creator of a Palm database stand in it."""
BOOK_TYPES = (b"BOOKMOBI", b"TEXtREAd")
"""The types and creators of books."""

_WORD_STREAM = "WordDocument".encode("utf-16-le")
_FB2 = re.compile(rb"<FictionBook[\s>]")
_HEAD = 4096
_PDF_HEAD = 1024  # ISO 32000-1, implementation note 13: Acrobat finds the header that far behind
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".jp2", ".jxl")


def format_told_by(data: bytes) -> Format | None:
    """Return the format, of those that are read as markup, that bytes are of.

    Returns:
        None where the bytes leave it open.
    """
    if data.startswith(RTF):
        return format_named("RTF")
    if data.startswith(OLE):
        return format_named("DOC") if _WORD_STREAM in data else None
    if data.startswith(ZIP):
        return _of_package(io.BytesIO(data), _MARKUP_PACKAGES)
    return _of_fb2(data[:_HEAD])


def convertible_format_told_by(stream: BinaryIO) -> Format | None:
    """Return the format, of those that are converted before they are read, of a whole file.

    MOBI and AZW3 are one format here.

    Returns:
        None where the bytes leave it open.
    """
    head = stream.read(_HEAD)
    if head[DATABASE_TYPE] in BOOK_TYPES:
        return format_named("MOBI")
    if head.startswith(ZIP):
        return _of_package(stream, _CONVERTIBLE_PACKAGES)
    if b"%PDF-" in head[:_PDF_HEAD]:
        return format_named("PDF")
    return _of_fb2(head)


def format_named(name: str) -> Format:
    """Return the row of a format of renai's own."""
    return next(form for form in BUILT_IN if form.name == name)


_MARKUP_PACKAGES = ("EPUB", "ODT", "ODP", "DOCX", "PPTX")
_CONVERTIBLE_PACKAGES = ("EPUB", "XPS", "CBZ")
_WITH_MEDIA_TYPE = {format_named(name).media_type: name for name in ("EPUB", "ODT", "ODP")}


def _of_fb2(head: bytes) -> Format | None:
    return format_named("FB2") if _FB2.search(head.replace(b"\0", b"")) else None  # also UTF-16


def _of_package(stream: BinaryIO, known: Collection[str]) -> Format | None:
    """Return which of the known formats a ZIP archive is of."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as part:
                    found = _WITH_MEDIA_TYPE.get(part.read(_HEAD).decode("latin-1").strip())
            else:
                found = _by_parts(names)
    except _NO_PACKAGE:
        return None
    return format_named(found) if found is not None and found in known else None


def _by_parts(names: Collection[str]) -> str | None:
    """Tell a package by the names of its parts."""
    if "[Content_Types].xml" in names:
        for folder, name in (("word/", "DOCX"), ("ppt/", "PPTX")):
            if any(inner.startswith(folder) for inner in names):
                return name
        return "XPS" if any(inner.lower().endswith(".fdseq") for inner in names) else None
    files = [name.lower() for name in names if not name.endswith("/")]
    is_comic = "comicinfo.xml" in files or (files and all(x.endswith(_PICTURES) for x in files))
    return "CBZ" if is_comic else None


_NO_PACKAGE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    KeyError,
    zlib.error,
    EOFError,
)
