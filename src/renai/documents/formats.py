"""The formats renai reads: a table, to which other packages add rows.

A row says by which suffixes a format is known, which readers turn it into text, and what makes
pictures of it. A reader's name and revision enter the recipe of every text it made, so a revision
is bumped by hand when the same file can give another text or other facts than before.

Where a format has several readers they are tried in order, the next one where a file is damaged in
the eyes of the one before. mutool comes last: it mends nearly anything, but lays the text out anew.

Packages add rows by entry points in the group `renai.formats` (docs/extending.md).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from renai.errors import ConfigurationError, DocumentError, UsageError
from renai.plugins import find_plugins, load_plugin, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_log = logging.getLogger("renai")

Kind = Literal["document", "image"]

GROUP = "renai.formats"
"""The entry points by which other packages add rows."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read a file.

    Attributes:
        name: what the recipe calls it. A package's reader is called after the package.
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
    """One row of the table.

    Attributes:
        name: what people call it.
        suffixes: by which its files are known, in lower case with their dots.
        media_type: as registered with IANA, or as it is commonly spelt where it is not.
        readers: what reads it as a document, in the order they are tried; none for an image.
        viewer: what makes pictures of it for a vision model, where something does; its
            `read(path, text_limit, *, most_pages)` is like a reader's.

    Raises:
        ValueError: a suffix is none, or nothing reads or views the format.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    readers: tuple[Reader, ...] = ()
    viewer: Reader | None = None

    def __post_init__(self) -> None:
        for suffix in self.suffixes:
            if suffix.rfind(".") != 0 or suffix != suffix.lower() or len(suffix) < 2:
                raise ValueError(f"{suffix!r} is no suffix such as '.txt'")
        if not (self.readers or self.viewer):
            raise ValueError(f"{self.name} has neither readers nor a viewer")

    @property
    def kind(self) -> Kind:
        """Return whether it is read as a document or looked at as an image."""
        return "document" if self.readers else "image"


PDFIUM = Reader("pdfium", 3, "renai.documents.readers.pdf", has_pages=True)
XBERG = Reader("xberg", 2, "renai.documents.readers.markup")
TEXT = Reader("text", 2, "renai.documents.readers.plain")
MUTOOL = replace(PDFIUM, mutool=1)
DJVULIBRE = Reader("djvulibre", 1, "renai.documents.readers.djvu", has_pages=True)
PDF_PAGES = Reader("pdfium-pages", 1, "renai.documents.readers.pdf_pictures")
PILLOW = Reader("pillow", 3, "renai.documents.readers.images", has_pages=True)

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

BUILT_IN = (
    Format("PDF", (".pdf",), "application/pdf", (PDFIUM, MUTOOL), viewer=PDF_PAGES),
    Format("EPUB", (".epub",), "application/epub+zip", (XBERG,)),
    Format("DOCX", (".docx",), f"{_OFFICE}.wordprocessingml.document", (XBERG,)),
    Format("PPTX", (".pptx",), f"{_OFFICE}.presentationml.presentation", (XBERG,)),
    Format("DOC", (".doc",), "application/msword", (XBERG,)),
    Format("ODT", (".odt",), f"{_OPEN_DOCUMENT}.text", (XBERG,)),
    Format("ODP", (".odp",), f"{_OPEN_DOCUMENT}.presentation", (XBERG,)),
    Format("RTF", (".rtf",), "application/rtf", (XBERG,)),
    Format("FB2", (".fb2",), "application/x-fictionbook+xml", (XBERG, MUTOOL)),
    Format("HTML", (".html", ".htm"), "text/html", (XBERG,)),
    Format("text", (".txt",), "text/plain", (TEXT,)),
    Format("Markdown", (".md",), "text/markdown", (TEXT,)),
    Format("MOBI", (".mobi",), "application/x-mobipocket-ebook", (MUTOOL,)),
    Format("AZW3", (".azw3",), "application/vnd.amazon.mobi8-ebook", (MUTOOL,)),
    Format("DjVu", (".djvu", ".djv"), "image/vnd.djvu", (DJVULIBRE,)),
    Format("XPS", (".xps",), "application/vnd.ms-xpsdocument", (MUTOOL,)),
    Format("CBZ", (".cbz",), "application/vnd.comicbook+zip", (MUTOOL,)),
    Format("JPEG", (".jpg", ".jpeg"), "image/jpeg", viewer=PILLOW),
    Format("PNG", (".png",), "image/png", viewer=PILLOW),
    Format("WebP", (".webp",), "image/webp", viewer=PILLOW),
    Format("TIFF", (".tiff", ".tif"), "image/tiff", viewer=PILLOW),
    Format("GIF", (".gif",), "image/gif", viewer=PILLOW),
    Format("HEIC", (".heic",), "image/heic", viewer=PILLOW),
)
"""The rows that renai brings; no suffix of theirs can be taken away."""

FORMATS: dict[str, Format] = {suffix: form for form in BUILT_IN for suffix in form.suffixes}
"""The same by suffix."""


def find_format(suffix: str) -> Format | None:
    """Return the format of files with a suffix, in either case; None where there is none."""
    suffix = suffix.lower()
    return FORMATS.get(suffix) or _added().get(suffix)


def kinds() -> dict[str, Kind]:
    """Return the kind of every known suffix; suffixes are in lower case."""
    return {suffix: form.kind for suffix, form in {**_added(), **FORMATS}.items()}


def readers_for(path: Path, *, mutool: bool = True) -> tuple[Reader, ...]:
    """Return what reads this file as a document, by its suffix: at least one, in order of trying.

    Args:
        path: the file.
        mutool: whether files may be converted by mutool.

    Raises:
        DocumentError: nothing does.
    """
    form = find_format(path.suffix)
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


def what_is_read() -> str:
    """Return the names of all formats as one phrase, those of images apart."""
    forms = [*BUILT_IN, *_added().values()]
    named = {kind: [x.name for x in forms if x.kind == kind] for kind in ("document", "image")}
    documents, images = (", ".join(dict.fromkeys(names)) for names in named.values())
    return f"{documents}; with --rename-images also {images}"


def refuse_unknown_formats(paths: Sequence[Path]) -> None:
    """Raise if one of the files is of no format that is known.

    Raises:
        UsageError: one is; the message says which, and what is read.
    """
    unknown = [path for path in paths if find_format(path.suffix) is None]
    if unknown:
        raise UsageError(unknown_formats(unknown))


def unknown_formats(paths: Sequence[Path]) -> str:
    """Return a sentence on files of unknown formats, which says what is read."""
    shown = ", ".join(repr(path.name) for path in paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    are = "is" if len(paths) == 1 else "are"
    return f"{shown}{more} {are} of no format that renai reads. It reads {what_is_read()}"


def need_mutool() -> list[str]:
    """Return the names of renai's own formats that nothing but mutool reads."""
    return [form.name for form in BUILT_IN if form.readers == (MUTOOL,)]


def is_image(suffix: str) -> bool:
    """Return whether files with this suffix are looked at rather than read."""
    form = find_format(suffix)
    return form is not None and form.kind == "image"


def viewer_for(path: Path) -> Reader | None:
    """Return what makes pictures of this file, by its suffix; None where nothing does."""
    form = find_format(path.suffix)
    return form.viewer if form else None


def added_formats() -> Iterator[tuple[str, Format | ConfigurationError]]:
    """Yield the entry points of other packages, each with its format or why it cannot be used."""
    for name, point in find_plugins(GROUP).items():
        try:
            form = load_plugin(point, Format)
            if fault := _fault(form):
                raise ConfigurationError(
                    f"The format {name!r}, which the package {package_of(point)} adds, {fault}; "
                    "mend that package, or uninstall it"
                )
        except ConfigurationError as error:
            yield name, error
        else:
            yield name, form


def _fault(form: Format) -> str:
    """Return what keeps a package's format from being used; empty if nothing does."""
    taken = [suffix for suffix in form.suffixes if suffix in FORMATS]
    if taken:
        return f"would take {taken[0]} from renai, which reads it itself"
    own = {reader for row in BUILT_IN for reader in (*row.readers, row.viewer) if reader}
    names = {reader.name for reader in own}
    for reader in filter(None, (*form.readers, form.viewer)):
        # Texts by readers of one name and revision are taken for each other.
        if reader.name in names and reader not in own:
            return f"has a reader called {reader.name!r}, as one of renai's own is"
    return ""


@cache
def _added() -> Mapping[str, Format]:
    """Return the formats of other packages by suffix; log a warning for each that is broken."""
    added: dict[str, Format] = {}
    for _, form in added_formats():
        if isinstance(form, ConfigurationError):
            _log.warning("%s", form)
            continue
        for suffix in form.suffixes:
            added.setdefault(suffix, form)
    return added
