"""Read pages by Tesseract that are in scripts which RapidOCR's models do not know.

Where RapidOCR made too little of the lines it found, Tesseract tells the script of these lines, and
reads them if it has data of that script. What it reads counts only if it is sure of the words and
most letters are of that script, so that a photograph, or a script nobody here has data of, is left
as it was.
"""

from __future__ import annotations

import subprocess
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from renai.documents.ocr.known_scripts import LATIN, SCRIPTS, Script
from renai.documents.ocr.layout import Piece, in_reading_order
from renai.documents.ocr.sheet import Page, Sheet, squares_of
from renai.documents.ocr.tesseract import certainty, detect_script, read_lines
from renai.documents.ocr.upright import Upright

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.documents.ocr.layout import Corners
    from renai.documents.ocr.tesseract import DetectedScript

_LEAST_COVERED = 1.0  # characters in a square of a line: Latin has two, Chinese more than one
_SURE_OF_LATIN = 0.87  # mean confidence; where other letters are taken for Latin, it is less
_SURE_OF_SCRIPT = 5.0  # below, the detector may take one script for another
_SURE_OF_WORDS = 0.8  # mean confidence; what is read by the wrong data has less
_SURE_OF_LINE = 0.5
_SAMPLE = 80  # squares of the longest lines, by which data is tried before it reads them all
_LEAST_OF_SCRIPT = 0.5  # of all letters


def is_doubtful(lines: Sequence[Piece]) -> bool:
    """Return whether RapidOCR made too little of the lines it found.

    Args:
        lines: what it read, and the lines that it could not read, which have no text.
    """
    squares = sum(squares_of(line.right - line.left, line.height) for line in lines)
    lengths = [len("".join(line.text.split())) for line in lines]
    sure = sum(length * line.score for length, line in zip(lengths, lines, strict=True))
    return sum(lengths) < _LEAST_COVERED * squares or sure < _SURE_OF_LATIN * sum(lengths)


def read_other_script(page: Upright, data: Sequence[str]) -> Upright | None:
    """Read a page that may be in one of these scripts.

    Args:
        page: with all lines that RapidOCR found, read or not.
        data: what is used of Tesseract's data, as `usable_data` returns it.

    Returns:
        The page, upright, with its lines in reading order; None if nothing certain was read.
    """
    found = Page(page.pixels, [line.corners for line in page.pieces if line.corners])
    if not found.lines:
        return None
    try:
        return _read(found.turned(1) if found.is_on_its_side else found, data)
    except (OSError, subprocess.SubprocessError):  # what RapidOCR made of it stands
        return None


def _read(page: Page, data: Sequence[str]) -> Upright | None:
    detected = detect_script(Sheet(page).pixels)
    if detected is None:
        return None
    turns = [2, 0] if detected.quarters == 2 else [0, 2]  # the lines lie level
    if detected.certainty >= _SURE_OF_SCRIPT:
        turns.pop()
    for turned in map(page.turned, turns):
        sample = Sheet(turned.sample(_SAMPLE))
        for script in _candidates(detected, data):
            languages = (*script.data(data), *({LATIN} & set(data)))
            read = read_lines(sample.pixels, languages)
            if certainty(read) < _SURE_OF_WORDS:
                continue
            if not _are_of(script, read):
                return None  # it is in Latin script after all
            sheet = Sheet(turned)
            lines = [
                _in_place(corners, parts)
                for corners, parts in sheet.by_line(read_lines(sheet.pixels, languages))
                if certainty(parts) >= _SURE_OF_LINE
            ]
            return Upright(turned.pixels, _in_order(lines, turned.pixels.shape[1], script))
    return None


def _candidates(detected: DetectedScript, data: Sequence[str]) -> list[Script]:
    """Return the scripts that there is data of, unless the detector is sure of another one."""
    known = [script for script in SCRIPTS if script.data(data)]
    known.sort(key=lambda script: detected.name not in (script.name, script.detected_as))
    is_known = any(detected.name in (script.name, script.detected_as) for script in known)
    return known if is_known or detected.certainty < _SURE_OF_SCRIPT else []


def _are_of(script: Script, lines: Sequence[Piece]) -> bool:
    """Return whether most letters are of a script, Chinese characters aside."""
    names = [_name(letter) for line in lines for letter in line.text if letter.isalpha()]
    letters = [name for name in names if not name.startswith("CJK")]
    own = sum(name.startswith(script.letters) for name in letters)
    return own > _LEAST_OF_SCRIPT * len(letters)


@lru_cache(maxsize=4096)
def _name(letter: str) -> str:
    return unicodedata.name(letter, "")


def _in_place(corners: Corners, parts: Sequence[Piece]) -> Piece:
    """Return a line that was read of the sheet, in one or more parts, at its place on the page."""
    text = " ".join(part.text for part in parts)
    across, down = zip(*corners, strict=True)
    return Piece(text, min(across), min(down), max(across), max(down), certainty(parts))


def _in_order(lines: Sequence[Piece], width: float, script: Script) -> list[Piece]:
    if not script.is_leftward:
        return in_reading_order(lines)
    mirrored = in_reading_order([_mirrored(line, width) for line in lines])
    return [_mirrored(line, width) for line in mirrored]


def _mirrored(piece: Piece, width: float) -> Piece:
    return replace(piece, left=width - piece.right, right=width - piece.left)
