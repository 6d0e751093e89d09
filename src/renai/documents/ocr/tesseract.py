"""Call the program Tesseract (tesseract(1)), and read what it says of a picture.

It is a program of its own with data for each language. A worker calls it, which limits what it may
use; what it says comes from its standard output.
"""

from __future__ import annotations

import re
import subprocess
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from renai.documents.ocr.layout import Piece
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.documents.ocr.layout import Pixels

_SECONDS = 120
_LANGUAGE = re.compile(r"[A-Za-z_]+")

# Its table (configfile `tsv`): a word a row, after rows of no word for what words are part of.
_LINE = ("block_num", "par_num", "line_num")
_COLUMNS = ("left", "top", "width", "height", "conf", "text")

_CLOSE = "[\u0e00-\u0eff\u1100-\u11ff\u2e80-\ud7ff]"  # Thai to Hangul; compiled when it is used
_LONGEST_GAP = 20  # characters of white space between two words of a line
_FEWEST_FOR_SCRIPT = 10
"""Characters that tell a script; the program itself asks for fifty."""


class DetectedScript(NamedTuple):
    """What Tesseract makes of the letters in a picture before it reads any.

    Attributes:
        name: of the script, as Tesseract names it (`Latin`, `Cyrillic`).
        certainty: how much better it fits than the next one; 0 and more.
        quarters: turns counter-clockwise after which the letters stand upright.
    """

    name: str
    certainty: float
    quarters: int


class _Row(NamedTuple):
    line: tuple[str, ...]
    word: Piece


def read_words(pixels: Pixels, languages: Iterable[str]) -> list[Piece]:
    """Read the words of a picture, in the program's order.

    Args:
        pixels: (height, width, 3), red, green and blue.
        languages: what it is written in, by the program's names; English where none is one.

    Raises:
        OSError, subprocess.SubprocessError: the program failed, or took too long.
    """
    return [row.word for row in _rows(_said_of(pixels, *_in(languages), "tsv"))]


def read_lines(pixels: Pixels, languages: Iterable[str]) -> list[Piece]:
    """Read a picture that shows nothing but lines of print, one below the other.

    The table has each character of Thai, Korean and Chinese as a word. Where the program sets
    spaces there only its plain text says, so it is asked for both.

    Args:
        pixels: (height, width, 3), red, green and blue.
        languages: what it is written in, by the program's names; English where none is one.

    Raises:
        OSError, subprocess.SubprocessError: the program failed, or took too long.
    """
    wanted = ("preserve_interword_spaces=1", "tessedit_create_tsv=1", "tessedit_create_txt=1")
    options = [part for setting in wanted for part in ("-c", setting)]
    said = _said_of(pixels, *_in(languages), "--psm", "6", *options)
    plain = " ".join(line for line in said.splitlines() if "\t" not in line)
    lines = []
    place = 0
    for _, rows in groupby(_rows(said), key=lambda row: row.line):
        words = [row.word for row in rows]
        text = ""
        for word in words:
            found = plain.find(word.text, place, place + len(word.text) + _LONGEST_GAP)
            is_close = found == place and re.search(_CLOSE, text[-1:] + word.text[0])
            text += word.text if is_close else f" {word.text}"
            place = place if found < 0 else found + len(word.text)
        lines.append(_line(text.strip(), words))
    return lines


def detect_script(pixels: Pixels) -> DetectedScript | None:
    """Return the script of a picture; None where too little is written in it.

    Raises:
        OSError, subprocess.SubprocessError: the program could not be run, or took too long.
    """
    fewest = f"min_characters_to_try={_FEWEST_FOR_SCRIPT}"
    try:
        said = _said_of(pixels, "--psm", "0", "-c", fewest)
    except subprocess.CalledProcessError:  # its way to say so
        return None
    found = dict(re.findall(r"^([\w ]+): (\S+)$", said, re.MULTILINE))
    try:
        clockwise = int(found["Rotate"]) // 90
        return DetectedScript(found["Script"], float(found["Script confidence"]), -clockwise % 4)
    except (KeyError, ValueError):
        return None


def certainty(pieces: Sequence[Piece]) -> float:
    """Return the mean confidence of the letters of what was read; 0 without any."""
    letters = sum(len(piece.text) for piece in pieces)
    return sum(len(piece.text) * piece.score for piece in pieces) / max(letters, 1)


def _rows(said: str) -> Iterator[_Row]:
    """Yield the words of a table, which other text may follow."""
    header, *lines = said.splitlines()
    names = header.split("\t")
    line_places = [names.index(name) for name in _LINE]
    places = [names.index(name) for name in _COLUMNS]
    for line in lines:
        cells = line.split("\t")
        if len(cells) <= max(places):
            continue
        left, top, wide, high, score = (float(cells[place]) for place in places[:5])
        text = document_line(cells[places[5]])
        if text and score >= 0:
            word = Piece(text, left, top, left + wide, top + high, score / 100)
            yield _Row(tuple(cells[place] for place in line_places), word)


def _line(text: str, words: Sequence[Piece]) -> Piece:
    return Piece(
        text,
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        certainty(words),
    )


def _in(languages: Iterable[str]) -> tuple[str, str]:
    return "-l", "+".join(name for name in languages if _LANGUAGE.fullmatch(name)) or "eng"


def _said_of(pixels: Pixels, *arguments: str) -> str:
    height, width, _ = pixels.shape
    picture = b"P6\n%d %d\n255\n" % (width, height) + pixels.tobytes()  # netpbm's ppm(5)
    said = subprocess.run(
        ["tesseract", "stdin", "stdout", *arguments],
        input=picture,
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    return said.stdout.decode("utf-8", "replace")
