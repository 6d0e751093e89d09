"""Read DjVu through the programs of DjVuLibre (https://djvu.sourceforge.net, GPL).

They are programs of their own: they are called, confined as mutool is, and no part of them is
linked or shipped. What they write is read from a pipe, and no more of it than is needed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from renai.documents.ocr.engine import engine_versions, recognise
from renai.documents.ocr.garbled import garbled_pages, is_noise
from renai.documents.ocr.pages import pages_to_recognise, unusable_pages
from renai.documents.ocr.rapidocr import LONGEST_SIDE
from renai.documents.ocr.trace import RecognisedPage, make_trace
from renai.documents.readers.opening import for_programs, open_file
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction, Line
from renai.text_cleaning import document_line, document_text

if TYPE_CHECKING:
    from renai.documents.ocr.engine import Ocr
    from renai.documents.ocr.layout import Pixels

_MARK = b"AT&TFORM"
_PROGRAMS = ("djvutxt", "djvused", "ddjvu")
_FEWEST_PAGES = 20  # covers, half titles and empty pages come first
_CHARACTERS_A_PAGE = 500  # of a page that is not full
_MOST_META_BYTES = 2**16
_MOST_PICTURE_BYTES = LONGEST_SIDE * LONGEST_SIDE * 3 + 64
_BYTES_A_CHARACTER = 4
_MEMORY = 2**30  # bytes of address space
_SECONDS = 60
_SECONDS_TO_END = 5  # for a program that has written all

_REFUSED = 10
"""The exit status of DjVuLibre's programs for a file that they cannot read."""

# `print-meta` of djvused(1): a key, a tab, and a value in quotes with escapes as in C.
_META = re.compile(r'^(\w+)\t"(.*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_NAMES = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "year": "year",
    "date": "year",
    "publisher": "publisher",
    "language": "language",
    "isbn": "isbn",
    "subject": "subject",
    "keywords": "keywords",
    "creator": "creator",
    "producer": "producer",
}
# The head of a picture that ddjvu writes (netpbm's ppm(5)).
_PPM = re.compile(rb"P6\s+(?:#[^\n]*\n)*(\d+)\s+(\d+)\s+255\s")


def find_djvulibre() -> str | None:
    """Return where DjVuLibre's programs are; None unless all that are needed are on PATH."""
    found = [shutil.which(program) for program in _PROGRAMS]
    return found[0] if all(found) else None


def read(path: Path, text_limit: int, ocr: Ocr | None = None) -> Extraction:
    """Read at most `text_limit` characters of the first pages.

    Args:
        path: the file.
        text_limit: the most characters to return.
        ocr: how pages without usable text are read; None leaves them out.

    Raises:
        DocumentError: the programs are missing, or the file cannot be opened or is damaged.
    """
    with open_file(path) as stream:
        if stream.read(len(_MARK)) != _MARK:
            raise DamagedDocumentError(path, "is damaged or not DjVu", lasting=True)
    if find_djvulibre() is None:
        raise DocumentError(
            path, "DjVu is read through djvutxt, which is not on PATH: install djvulibre-bin"
        )
    pages = max(_FEWEST_PAGES, text_limit // _CHARACTERS_A_PAGE)
    count = _count(path)
    numbers = f"--page=1-{min(pages, count)}"
    most = (text_limit + pages) * _BYTES_A_CHARACTER
    said = _run("djvutxt", numbers, path, most=most).data.decode("utf-8", "replace")
    texts = [document_text(text) for text in said.split("\f")][: min(pages, count)]
    texts += [""] * (min(pages, count) - len(texts))
    for place in garbled_pages(texts):
        texts[place] = ""
    recognised = _recognise(path, texts, ocr) if ocr else {}
    own = [text for place, text in enumerate(texts) if place not in recognised]
    if not any(own) and is_noise("\n".join(texts)):
        texts, recognised = [], {}
    lines = [line for page in recognised.values() for line in page.lines]
    is_scan = all(place in recognised for place, text in enumerate(texts[:2]) if text)
    extractor = "DjVuLibre"
    return Extraction(
        text="\n\n".join(filter(None, texts))[:text_limit],
        properties=_properties(path),
        lines=tuple(line for line in lines if line.page < 2) if is_scan else (),
        pages=count,
        extractor=f"{extractor}, {engine_versions(ocr)}" if ocr and recognised else extractor,
        traces=tuple(page.trace for page in recognised.values() if page.trace),
    )


def _count(path: Path) -> int:
    """Return how many pages there are.

    Raises:
        DamagedDocumentError: none can be counted.
    """
    said, status = _run("djvused", path, "-e", "n", most=_MOST_META_BYTES)
    count = said.strip()
    if not count.isdigit() or int(count) < 1:
        lasting = status in (0, _REFUSED)
        raise DamagedDocumentError(path, "is damaged or not DjVu", lasting=lasting)
    return int(count)


def _properties(path: Path) -> dict[str, str | list[str]]:
    script = "print-meta; select 1; print-meta"  # of the whole document, then of its first page
    said = _run("djvused", "-u", path, "-e", script, most=_MOST_META_BYTES)
    properties: dict[str, str | list[str]] = {}
    for key, value in _META.findall(said.data.decode("utf-8", "replace")):
        name = _NAMES.get(key.lower())
        if name and (line := document_line(_unescaped(value))):
            properties.setdefault(name, line)
    return properties


def _unescaped(value: str) -> str:
    def plain(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        if escape.isdigit():
            return bytes([int(escape, 8) & 0xFF])
        return b" " if escape in b"nrt" else escape

    return _ESCAPE.sub(plain, value.encode()).decode("utf-8", "replace")


def _recognise(path: Path, texts: list[str], ocr: Ocr) -> dict[int, RecognisedPage]:
    """Read those pages by OCR that need it, and put what they say into `texts`."""
    recognised: dict[int, RecognisedPage] = {}
    for place in pages_to_recognise(unusable_pages(texts)):
        pixels = _picture(path, place + 1)
        if pixels is None:
            continue
        upright, pieces = recognise(pixels, ocr)
        height = len(upright)
        lines = [
            Line(piece.text, round(piece.height, 1), place, round(max(0.0, piece.top) / height, 4))
            for piece in pieces
        ]
        trace = make_trace(place + 1, upright, pieces, ocr) if ocr.traced else None
        recognised[place] = RecognisedPage(lines, trace)
        texts[place] = document_text("\n".join(line.text for line in lines))
    return recognised


def _picture(path: Path, page: int) -> Pixels | None:
    """Return a page as (height, width, 3) pixels; None where it cannot be rendered."""
    import numpy as np

    size = f"-size={LONGEST_SIDE}x{LONGEST_SIDE}"
    options = ("-format=ppm", f"-page={page}", size)
    data = _run("ddjvu", *options, path, most=_MOST_PICTURE_BYTES).data
    head = _PPM.match(data)
    if head is None:
        return None
    width, height = int(head[1]), int(head[2])
    body = data[head.end() :]
    if len(body) < width * height * 3 or not width * height:
        return None
    return np.frombuffer(body, np.uint8, width * height * 3).reshape(height, width, 3)


class _Written(NamedTuple):
    """What a program wrote, and its exit status; negative for a signal."""

    data: bytes
    status: int


def _run(program: str, *arguments: str | Path, most: int) -> _Written:
    """Return at most so many bytes of what a program writes; it is ended when there are more."""
    limits = [str(_MEMORY), str(_SECONDS), "0"]
    command = [sys.executable, "-BP", "-m", "renai.documents.sandbox.confine", *limits, program]
    descriptors: tuple[int, ...] = ()
    for argument in arguments:
        if isinstance(argument, Path):
            argument, descriptors = for_programs(argument)
        command.append(argument)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
    ) as process:
        assert process.stdout is not None
        data = process.stdout.read(most)
        if len(data) < most:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SECONDS_TO_END)
        process.kill()
    return _Written(data, process.returncode)
