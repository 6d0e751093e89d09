"""What renai reads: one row a suffix, and for each format the readers that turn it into text.

A new format is a new row. A reader's name and revision enter the recipe of every text it made, so
a revision is bumped by hand when the same file can give another text or other facts than before.

Where a format has several readers they are tried in order, the next one where a file is damaged in
the eyes of the one before. mutool comes last: it mends nearly anything, but lays the text out anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["document", "image"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read a file.

    Attributes:
        name: what the recipe calls it.
        revision: bumped by hand when its result can change.
        module: where its `read(path, text_limit) -> Extraction` lives; a worker imports it.
        has_pages: it also takes `ocr`, how pages without usable text are read.
        mutool: the revision of converting a file to PDF with mutool before it is read; None where
            it is read as it is.
    """

    name: str
    revision: int
    module: str
    has_pages: bool = False
    mutool: int | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        name: what people call it.
        kind: whether it is read as a document or looked at as an image.
        media_type: as registered with IANA, or as it is commonly spelt where it is not.
        readers: what reads it as a document, in the order they are tried.
        viewer: what makes pictures of it for a vision model, where something does; its
            `read(path, text_limit, *, most_pages)` is like a reader's.
    """

    name: str
    kind: Kind
    media_type: str
    readers: tuple[Reader, ...] = ()
    viewer: Reader | None = None


PDFIUM = Reader("pdfium", 3, "renai.documents.readers.pdf", has_pages=True)
XBERG = Reader("xberg", 2, "renai.documents.readers.markup")
TEXT = Reader("text", 2, "renai.documents.readers.plain")
MUTOOL = replace(PDFIUM, mutool=1)

_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF_PAGES = Reader("pdfium-pages", 1, "renai.documents.readers.pdf_pictures")
PILLOW = Reader("pillow", 3, "renai.documents.readers.images", has_pages=True)

_HTML = Format("HTML", "document", "text/html", (XBERG,))
_JPEG = Format("JPEG", "image", "image/jpeg", viewer=PILLOW)
_TIFF = Format("TIFF", "image", "image/tiff", viewer=PILLOW)

FORMATS: dict[str, Format] = {
    ".pdf": Format("PDF", "document", "application/pdf", (PDFIUM, MUTOOL), viewer=PDF_PAGES),
    ".epub": Format("EPUB", "document", "application/epub+zip", (XBERG,)),
    ".docx": Format("DOCX", "document", f"{_OFFICE}.wordprocessingml.document", (XBERG,)),
    ".pptx": Format("PPTX", "document", f"{_OFFICE}.presentationml.presentation", (XBERG,)),
    ".odt": Format("ODT", "document", "application/vnd.oasis.opendocument.text", (XBERG,)),
    ".rtf": Format("RTF", "document", "application/rtf", (XBERG,)),
    ".fb2": Format("FB2", "document", "application/x-fictionbook+xml", (XBERG, MUTOOL)),
    ".html": _HTML,
    ".htm": _HTML,
    ".txt": Format("text", "document", "text/plain", (TEXT,)),
    ".md": Format("Markdown", "document", "text/markdown", (TEXT,)),
    ".mobi": Format("MOBI", "document", "application/x-mobipocket-ebook", (MUTOOL,)),
    ".azw3": Format("AZW3", "document", "application/vnd.amazon.mobi8-ebook", (MUTOOL,)),
    ".xps": Format("XPS", "document", "application/vnd.ms-xpsdocument", (MUTOOL,)),
    ".cbz": Format("CBZ", "document", "application/vnd.comicbook+zip", (MUTOOL,)),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": Format("PNG", "image", "image/png", viewer=PILLOW),
    ".webp": Format("WebP", "image", "image/webp", viewer=PILLOW),
    ".tiff": _TIFF,
    ".tif": _TIFF,
    ".gif": Format("GIF", "image", "image/gif", viewer=PILLOW),
    ".heic": Format("HEIC", "image", "image/heic", viewer=PILLOW),
}
"""Every known format, by its suffix in lower case."""


def readers_for(path: Path, *, mutool: bool = True) -> tuple[Reader, ...]:
    """What reads this file as a document, by its suffix; at least one, in the order of trying.

    Args:
        path: the file.
        mutool: whether files may be converted by mutool.

    Raises:
        DocumentError: nothing does.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        suffix = repr(path.suffix) if path.suffix else "a file without a suffix"
        raise DocumentError(path, f"{suffix} is not a format renai knows")
    if form.kind == "image":
        raise DocumentError(path, "is an image and has no text of its own")
    readers = tuple(reader for reader in form.readers if mutool or reader.mutool is None)
    if not readers:
        raise DocumentError(
            path, f"{form.name} is read through mutool, which --no-mutool rules out"
        )
    return readers


def need_mutool() -> list[str]:
    """The formats that nothing but mutool reads."""
    return [x.name for x in FORMATS.values() if x.readers == (MUTOOL,)]


def is_image(suffix: str) -> bool:
    """Whether files with this suffix are looked at rather than read."""
    form = FORMATS.get(suffix.lower())
    return form is not None and form.kind == "image"


def viewer_for(path: Path) -> Reader | None:
    """What makes pictures of this file, by its suffix; None where nothing does."""
    form = FORMATS.get(path.suffix.lower())
    return form.viewer if form else None
