"""Read a page of a PDF whose text layer cannot be used, by OCR."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pypdfium2  # noqa: TID253 - imported by pdf.py, in a worker only

from renai.documents.ocr.engine import recognise
from renai.documents.ocr.pages import RecognisedPage
from renai.documents.ocr.trace import make_trace
from renai.extraction import Line

if TYPE_CHECKING:
    from renai.documents.ocr.engine import Ocr
    from renai.documents.ocr.layout import Pixels

_DOTS_PER_INCH = 200  # what the engines scale to anyway
_POINTS_PER_INCH = 72
_MOST_PIXELS = 16_000_000
_TYPE_OF_BOX = 0.75  # a line's box is taller than its type is large


def recognise_page(document: pypdfium2.PdfDocument, number: int, ocr: Ocr) -> RecognisedPage:
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
    """Pixels per point for a page of so many points."""
    usual = _DOTS_PER_INCH / _POINTS_PER_INCH
    return min(usual, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
