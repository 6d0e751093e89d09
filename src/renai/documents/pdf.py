"""Read PDFs with PDFium, page by page, until the text limit is reached.

A book has hundreds of pages and a name stands on the first few: what lies beyond the limit is
never parsed. PDFium is not thread-safe and its input is hostile, so this runs in a worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2  # noqa: TID253 - workers import this module when they meet their first PDF
import pypdfium2.raw as pdfium_c  # noqa: TID253 - the same

from renai.documents.clean import clean, clean_line
from renai.documents.opening import open_file
from renai.documents.pdf_lines import page_lines
from renai.documents.reading import Line, Reading
from renai.documents.xmp import xmp_properties
from renai.errors import DocumentError

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

_PAGES_WITH_LINES = 2

# Keys of the Info dictionary (ISO 32000-2, 14.3.3) and what a Reading calls them.
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
    pdfium_c.FPDF_ERR_SECURITY: "is encrypted in a way PDFium does not know",
}


def read(path: Path, text_limit: int) -> Reading:
    """Read at most `text_limit` characters; a PDF without a text layer gives the empty text.

    Raises:
        DocumentError: the file cannot be opened, is encrypted or damaged.
    """
    with open_file(path) as stream:
        try:
            document = pypdfium2.PdfDocument(stream)
        except pypdfium2.PdfiumError as error:
            reason = _REFUSALS.get(error.err_code, "is damaged or not a PDF")
            raise DocumentError(path, reason) from error
        with document:
            text, lines = _print(document, text_limit)
            return Reading(
                text=text,
                properties=_properties(document, stream),
                lines=lines,
                pages=len(document),
                extractor=f"pypdfium2 {pypdfium2.PYPDFIUM_INFO} (pdfium {pypdfium2.PDFIUM_INFO})",
            )


def _print(document: pypdfium2.PdfDocument, limit: int) -> tuple[str, tuple[Line, ...]]:
    """The text of the first pages, and the lines of the first two.

    A page that cannot be loaded is left out: the others may still say what the book is.
    """
    texts: list[str] = []
    lines: list[Line] = []
    length = 0
    for number in range(len(document)):
        if length >= limit and number >= _PAGES_WITH_LINES:
            break
        try:
            page = document[number]
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError:
            continue
        raw = textpage.get_text_range()
        if number < _PAGES_WITH_LINES:
            lines += page_lines(page, textpage, raw, number)
        text = clean(raw)
        if text:
            texts.append(text)
            length += len(text) + 2
        page.close()
    return "\n\n".join(texts)[:limit], tuple(lines)


def _properties(document: pypdfium2.PdfDocument, stream: FileIO) -> dict[str, str | list[str]]:
    """Of the Info dictionary and XMP; XMP counts more, since PDF 2.0 deprecates the other."""
    info = document.get_metadata_dict(skip_empty=True)
    cleaned = {_INFO[key]: clean_line(value) for key, value in info.items() if key in _INFO}
    properties = {name: value for name, value in cleaned.items() if value}
    return properties | xmp_properties(stream, properties.get("producer", ""))
