"""The title on the page: the largest print that can be one, or the first line of plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.typography import Block, blocks_of, body_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renai.documents.reading import Line

LABELLED = 0.9
BANNER = 0.85
HEADING = 0.75
FIRST_LINE = 0.45

_FIRST_LINES = 60
_LONGEST = 250
_LONGEST_FIRST_LINE = 120
_PAGE_WIDTH = 650.0
_CHARACTER_WIDTH = 0.4
"""Of its type size; narrower than any face, so that only impossible lines are left out."""
_LABEL = re.compile(r"^(?:title|titel|titre|t[ií]tulo)\s*:\s+(.+)$", re.IGNORECASE)
_GUTENBERG = re.compile(
    r"^(?:the )?project gutenberg(?:'s)? e-?(?:book|text)(?: of)?,? (.+?)(?:, by .+)?$", re.I
)
_HEADING = re.compile(r"^#{1,2}\s+(.+?)\s*#*$")
_UNDERLINE = re.compile(r"^[=*-]{3,}$")
_NOT_A_TITLE = re.compile(
    "|".join(
        (
            r"^arxiv:",
            r"^(doi|issn|isbn|pii)\b",
            r"https?://|www\.|@\w+\.",
            (
                r"^(abstract|contents|table of contents|introduction|summary|keywords|references"
                r"|acknowledge?ments|preface|foreword|inhalt|inhaltsverzeichnis|copyright)\W*$"
            ),
            r"^(chapter|part|section|page|volume|vol\.?|no\.?|issue)\s+[\divxlc]+\W*$",
            r"^(by|published by|edited by|prepared by|submitted (to|by)|prepared for)\b",
            r"^(copyright|\u00a9|\(c\))|all rights reserved",
            (
                r"^(january|february|march|april|may|june|july|august|september|october|november"
                r"|december)\b.{0,12}\d{4}$"
            ),
            (
                r"^(technical report|research article|original article|original paper|working paper"
                r"|review article|research paper|case report|open access|article|letter|editorial"
                r"|draft|confidential|preprint|press release|annual report)\W*$"
            ),
            r"^proceedings of\b|\bjournal of\b.*\d",
        )
    ),
    re.IGNORECASE,
)
_FOOTNOTE_MARK = re.compile(r"(?:\s*[*\u2020\u2021\u00a7\u00b6\u2217\u22c6])+$")


def in_print(lines: Sequence[Line]) -> Iterator[tuple[Candidate[str], Block]]:
    """Propose the blocks of print that can be a title, with their places."""
    body = body_size(lines)
    blocks = [block for block in blocks_of(lines) if can_be_title(block)]
    largest = max((block.size for block in blocks), default=0.0)
    for block in blocks:
        title = clean_line(_FOOTNOTE_MARK.sub("", block.text))
        if title is not None:
            yield Candidate(title, _score(block, largest, body), block.text), block


def in_text(lines: Sequence[str]) -> Iterator[Candidate[str]]:
    """Propose titles from the first lines of a text without sizes."""
    head = [line for line in lines[:_FIRST_LINES] if line]
    for place, line in enumerate(head):
        labelled, gutenberg = _LABEL.match(line), _GUTENBERG.match(line)
        underlined = place == 0 and len(head) > 1 and _UNDERLINE.match(head[1])
        heading = _HEADING.match(line)
        if labelled:
            yield Candidate(labelled[1], LABELLED, line)
        elif gutenberg:
            yield Candidate(gutenberg[1], BANNER, line)
        elif heading or underlined:
            yield Candidate(heading[1] if heading else line, HEADING, line)
    first = next((line for line in head if not _NOT_A_TITLE.search(line)), None)
    if first is not None and 3 <= len(first) <= _LONGEST_FIRST_LINE and _has_letters(first):
        yield Candidate(first, FIRST_LINE, first)


def can_be_title(block: Block) -> bool:
    """Whether a block's words can be a title at all."""
    if not 3 <= block.characters <= _LONGEST:
        return False
    text = block.text
    if _NOT_A_TITLE.search(text) or not _has_letters(text):
        return False
    # A line too long for the page at its size has one large initial, and is no large print.
    return all(len(x.text) * x.size * _CHARACTER_WIDTH <= _PAGE_WIDTH for x in block.lines)


def _has_letters(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= max(3, len(text) / 2)


def _score(block: Block, largest: float, body: float) -> float:
    """Weigh size first, then that it stands out from the body, and its place on the page."""
    size = block.size / largest
    stands_out = min(1.0, max(0.0, (block.size / body - 1.0) / 0.4)) if body else 0.0
    place = 1.0 if block.top < 0.6 else 0.5
    words = 1.0 if " " in block.text else 0.6
    page = 1.0 if block.page == 0 else 0.85
    return 0.85 * page * size**2 * (0.55 + 0.25 * stands_out + 0.1 * place + 0.1 * words)
