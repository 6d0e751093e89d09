"""Read the lines of a PDF page with their type sizes, by which a title is told.

PDFium says where and how big each character is, but every question is a call through ctypes; so
only the first character of each word is asked for, which is enough to know a line's size.
"""

from __future__ import annotations

import ctypes
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium_c  # noqa: TID253 - imported by pdf.py, in a worker only

from renai.extraction import Line
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfPage, PdfTextPage

_COUNT_OF = pdfium_c.FPDFText_CountChars
_GLYPH_AT = pdfium_c.FPDFText_GetCharIndexFromTextIndex
_SIZE_OF = pdfium_c.FPDFText_GetFontSize
_MATRIX_OF = pdfium_c.FPDFText_GetMatrix

# Where PDFium puts what it is asked for; to make room for each answer takes as long as the answer.
_NAME = ctypes.create_string_buffer(128)
_FLAGS = ctypes.c_int()
_MATRIX = pdfium_c.FS_MATRIX()
_BOX = pdfium_c.FS_RECTF()

_MOST_LINES = 200
_MOST_WORDS = 12
_BOLD_WEIGHT = 600
_PRINTED_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"\S+")
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)


def page_lines(page: PdfPage, textpage: PdfTextPage, text: str, number: int) -> Iterator[Line]:
    """Yield the lines in reading order.

    Args:
        page: the page.
        textpage: its text.
        text: all of that text, as `get_text_range()` gives it.
        number: 0 for the first page.
    """
    height = page.get_height()
    raw = textpage.raw  # PDFium's own handle: to unwrap it at every call takes longer than the call
    is_whole = _COUNT_OF(raw) == len(text)  # then each glyph is the character at its place
    printed = [match for match in _PRINTED_LINE.finditer(text) if match[0].strip()]
    for match in printed[:_MOST_LINES]:
        line, start = match[0], match.start()
        cleaned = document_line(line)
        words = islice(_WORD.finditer(line), _MOST_WORDS)
        glyphs = [start + word.start() for word in words]
        if not is_whole:
            glyphs = [x for x in (_GLYPH_AT(raw, glyph) for glyph in glyphs) if x >= 0]
        if not cleaned or not glyphs:
            continue
        yield Line(
            text=cleaned,
            size=round(_largest(raw, glyphs), 1),
            page=number,
            top=_top(raw, glyphs[0], height),
            bold=_is_bold(raw, glyphs[len(glyphs) // 2]),
            page_height=round(height, 1),
        )


def _largest(textpage: Any, glyphs: list[int]) -> float:
    """Return the largest size as the text matrix scales it: many files set 1 and scale by 12."""
    largest = 0.0
    for glyph in glyphs:
        size = _SIZE_OF(textpage, glyph)
        if _MATRIX_OF(textpage, glyph, _MATRIX):
            size *= math.hypot(_MATRIX.c, _MATRIX.d)
        if size > largest:
            largest = size
    return largest


def _top(textpage: Any, glyph: int, height: float) -> float:
    """Return the distance from the page's top as a fraction; PDF counts from the bottom."""
    if height <= 0 or not pdfium_c.FPDFText_GetLooseCharBox(textpage, glyph, _BOX):
        return 0.0
    return round(min(max(1 - float(_BOX.top) / height, 0.0), 1.0), 4)


def _is_bold(textpage: Any, glyph: int) -> bool:
    if pdfium_c.FPDFText_GetFontWeight(textpage, glyph) >= _BOLD_WEIGHT:
        return True
    _NAME.value = b""
    pdfium_c.FPDFText_GetFontInfo(textpage, glyph, _NAME, len(_NAME), _FLAGS)
    return _BOLD_NAME.search(_NAME.value) is not None
