"""Read PDFs with PDFium, page by page, until the text limit is reached.

A book has hundreds of pages and a name stands on the first few: what lies beyond the limit is
never parsed. PDFium is not thread-safe and its input is hostile, so this runs in a worker process.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pypdfium2  # noqa: TID253 - workers import this module when they meet their first PDF
import pypdfium2.raw as pdfium_c  # noqa: TID253 - the same

from renai.documents.ocr.engine import engine_versions, recognise
from renai.documents.ocr.garbled import garbled_pages, is_noise
from renai.documents.ocr.pages import pages_to_recognise, unusable_pages
from renai.documents.ocr.trace import RecognisedPage, make_trace
from renai.documents.readers.opening import PROTECTED, open_file
from renai.documents.readers.pdf_lines import page_lines
from renai.documents.readers.pdf_notices import is_notice
from renai.documents.readers.pdf_strings import strings_of_pdf
from renai.documents.readers.xmp import xmp_properties
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction, Line
from renai.text_cleaning import document_line, document_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from renai.documents.ocr.engine import Ocr
    from renai.documents.ocr.layout import Pixels

_PAGES_WITH_LINES = 2
_MOST_MAPPED = 2**28  # bytes; a worker's memory is for what is in the file as well

_DOTS_PER_INCH = 200  # what the engines scale to anyway
_POINTS_PER_INCH = 72
_MOST_PIXELS = 16_000_000
_TYPE_OF_BOX = 0.75  # a line's box is taller than its type is large


# Fonts of TeX that do not say what their glyphs are: where ligatures stand in the encodings T1 (at
# 0x1b) and OT1 (at 0x0b, of which white space is left alone). (LaTeX font encodings, encguide.pdf)
_LIGATURES = dict(
    zip("\x1b\x1c\x1d\x1e\x1f\x0e\x0f", "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb03\ufb04", strict=True)
)
_LIGATURE = re.compile(r"(?<=[^\W\d_])[\x0e\x0f\x1b-\x1f]|[\x0e\x0f\x1b-\x1f](?=[^\W\d_])")


@dataclass(slots=True)
class _Page:
    """The text of one page, and its lines where they are wanted."""

    number: int
    text: str
    lines: list[Line]
    recognised: bool = False  # by OCR


# Keys of the Info dictionary (ISO 32000-2, 14.3.3) and what an Extraction calls them.
_INFO = {
    "Title": "title",
    "Author": "authors",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "modified",
}

_REFUSALS = {
    pdfium_c.FPDF_ERR_PASSWORD: "is encrypted and opens with a password only",
    pdfium_c.FPDF_ERR_SECURITY: PROTECTED,
}


def read(path: Path, text_limit: int, ocr: Ocr | None = None) -> Extraction:
    """Read at most `text_limit` characters; a PDF without a text layer gives the empty text.

    Args:
        path: the file.
        text_limit: characters.
        ocr: how pages without usable text are read; None leaves them out.

    Raises:
        DocumentError: the file cannot be opened, is encrypted or damaged.
    """
    with open_file(path) as stream, _opened(path, stream) as document:
        pages = _print(document, text_limit)
        extractor = f"pypdfium2 {pypdfium2.PYPDFIUM_INFO} (pdfium {pypdfium2.PDFIUM_INFO})"
        _drop_garbled(pages)
        recognised = _recognise(document, pages, ocr) if ocr else []
        _drop_noise(pages)
        if ocr and recognised:
            extractor += f", {engine_versions(ocr)}"
        return Extraction(
            text="\n\n".join(page.text for page in pages if page.text)[:text_limit],
            properties=_properties(document, stream),
            lines=tuple(
                line for page in pages if page.number < _PAGES_WITH_LINES for line in page.lines
            ),
            pages=len(document),
            extractor=extractor,
            traces=tuple(page.trace for page in recognised if page.trace),
        )


@contextmanager
def open_pdf(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF.

    Raises:
        DocumentError: the file cannot be opened, is encrypted or damaged.
    """
    with open_file(path) as stream, _opened(path, stream) as document:
        yield document


def _opened(path: Path, stream: FileIO) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(_in_memory(stream))
    except pypdfium2.PdfiumError as error:
        if error.err_code in _REFUSALS:
            raise DocumentError(path, _REFUSALS[error.err_code], lasting=True) from error
        lasting = error.err_code == pdfium_c.FPDF_ERR_FORMAT
        raise DamagedDocumentError(path, "is damaged or not a PDF", lasting=lasting) from error


def _in_memory(stream: FileIO) -> ctypes.Array[ctypes.c_char] | FileIO:
    """Map a file into memory: of a stream PDFium would ask for every block by way of Python."""
    if os.fstat(stream.fileno()).st_size > _MOST_MAPPED:
        return stream
    mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    return (ctypes.c_char * len(mapped)).from_buffer(mapped)


def _print(document: pypdfium2.PdfDocument, limit: int) -> list[_Page]:
    """Read pages until they have so many characters, and the lines of the first two.

    A page that cannot be loaded is left out: the others may still say what the book is.
    """
    pages: list[_Page] = []
    length = 0
    for number in range(len(document)):
        if length >= limit and number >= _PAGES_WITH_LINES:
            break
        try:
            page = document[number]
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError:
            continue
        raw = _LIGATURE.sub(lambda glyph: _LIGATURES[glyph[0]], textpage.get_text_range())
        lines: list[Line] = []
        if number < _PAGES_WITH_LINES:
            lines += page_lines(page, textpage, raw, number)
        text = document_text(raw)
        if is_notice(document, text):
            continue
        pages.append(_Page(number, text, lines))
        length += len(pages[-1].text) + 2
        page.close()
    return pages


def _recognise(
    document: pypdfium2.PdfDocument, pages: list[_Page], ocr: Ocr
) -> list[RecognisedPage]:
    """Read those pages by OCR that need it."""
    recognised = []
    for place in pages_to_recognise(unusable_pages([page.text for page in pages])):
        page = pages[place]
        recognised.append(_recognise_page(document, page.number, ocr))
        page.lines = recognised[-1].lines
        page.text = document_text("\n".join(line.text for line in page.lines))
        page.recognised = True
    return recognised


def _drop_garbled(pages: list[_Page]) -> None:
    """Drop the text of pages whose letters are not what is printed; OCR may read them."""
    for place in garbled_pages([page.text for page in pages]):
        pages[place].text, pages[place].lines = "", []


def _drop_noise(pages: list[_Page]) -> None:
    """Drop what OCR took for text in a document that has none, such as an album of photographs."""
    seen = [page for page in pages if page.text]
    if all(page.recognised for page in seen) and is_noise("\n".join(page.text for page in seen)):
        for page in seen:
            page.text, page.lines = "", []


def _recognise_page(document: pypdfium2.PdfDocument, number: int, ocr: Ocr) -> RecognisedPage:
    """Read a page, 0 being the first; one that is blank, or cannot be rendered, has no lines."""
    try:
        page = document[number]
        scale = _scale(*page.get_size())
        pixels = _render(page, scale)
    except pypdfium2.PdfiumError:
        return RecognisedPage([])
    upright, pieces = recognise(pixels, ocr)
    height = len(upright)
    lines = [
        Line(
            text=piece.text,
            size=round(piece.height * _TYPE_OF_BOX / scale, 1),
            page=number,
            top=round(min(max(piece.top / height, 0.0), 1.0), 4),
            page_height=round(height / scale, 1),
        )
        for piece in pieces
    ]
    trace = make_trace(number + 1, upright, pieces, ocr) if ocr.traced else None
    return RecognisedPage(lines, trace)


def _render(page: pypdfium2.PdfPage, scale: float) -> Pixels:
    pixels: Pixels = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False).to_numpy()
    return pixels[:, :, :3] if pixels.ndim == 3 else pixels[:, :, None].repeat(3, axis=2)


def _scale(width: float, height: float) -> float:
    """Return how many pixels a point gets on a page of so many points."""
    usual = _DOTS_PER_INCH / _POINTS_PER_INCH
    return min(usual, math.sqrt(_MOST_PIXELS / max(width * height, 1)))


def _properties(document: pypdfium2.PdfDocument, stream: FileIO) -> dict[str, str | list[str]]:
    """Read Info dictionary and XMP; XMP counts more, since PDF 2.0 deprecates the other."""
    info = strings_of_pdf(document.get_metadata_dict(skip_empty=True))
    cleaned = {_INFO[key]: document_line(value) for key, value in info.items() if key in _INFO}
    properties = {name: value for name, value in cleaned.items() if value}
    return properties | xmp_properties(stream, properties.get("producer", ""))
