"""The lines of a PDF page with their type sizes: how a title shows that it is one.

PDFium says where and how big each character is, but every question is a call through ctypes; so
only the first character of each word is asked for, which is enough to know a line's size.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium_c  # noqa: TID253 - imported by pdf.py, in a worker only

from renai.documents.clean import clean_line
from renai.documents.reading import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfPage, PdfTextPage

_MOST_LINES = 200
_MOST_WORDS = 12
_BOLD_WEIGHT = 600
_PRINTED_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"\S+")
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)


def page_lines(page: PdfPage, textpage: PdfTextPage, text: str, number: int) -> Iterator[Line]:
    """Lines in reading order.

    Args:
        page: the page.
        textpage: its text.
        text: all of that text, as `get_text_range()` gives it.
        number: 0 for the first page.
    """
    height = page.get_height()
    printed = [match for match in _PRINTED_LINE.finditer(text) if match[0].strip()]
    for match in printed[:_MOST_LINES]:
        cleaned = clean_line(match[0])
        glyphs = [
            pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage, match.start() + word.start())
            for _, word in zip(range(_MOST_WORDS), _WORD.finditer(match[0]), strict=False)
        ]
        glyphs = [glyph for glyph in glyphs if glyph >= 0]
        if not cleaned or not glyphs:
            continue
        yield Line(
            text=cleaned,
            size=round(max(_size(textpage, glyph) for glyph in glyphs), 1),
            page=number,
            top=_top(textpage, glyphs[0], height),
            bold=_is_bold(textpage, glyphs[len(glyphs) // 2]),
            page_height=round(height, 1),
        )


def _size(textpage: PdfTextPage, glyph: int) -> float:
    """The font's nominal size as the text matrix scales it: many files set 1 and scale by 12."""
    nominal = float(pdfium_c.FPDFText_GetFontSize(textpage, glyph))
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFText_GetMatrix(textpage, glyph, matrix):
        return nominal
    return nominal * math.hypot(float(matrix.c), float(matrix.d))


def _top(textpage: PdfTextPage, glyph: int, height: float) -> float:
    """Distance from the page's top as a fraction of its height; PDF counts from the bottom."""
    box = pdfium_c.FS_RECTF()
    if height <= 0 or not pdfium_c.FPDFText_GetLooseCharBox(textpage, glyph, box):
        return 0.0
    return round(min(max(1 - float(box.top) / height, 0.0), 1.0), 4)


def _is_bold(textpage: PdfTextPage, glyph: int) -> bool:
    if pdfium_c.FPDFText_GetFontWeight(textpage, glyph) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(textpage, glyph, name, len(name), flags)
    return _BOLD_NAME.search(name.value) is not None
