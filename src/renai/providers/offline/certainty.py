"""How certain a title is: the probability that it is right, by where it stands and what it heads.

One table. Each row is a way to know a title, and its figure is how often titles that were known so
were right, measured on documents of strangers that were labelled by hand (docs/reading.md). Print
alone is judged by its size and place (`titles`), and by a second table.

What is known so is weighed with signs of its document, such as how much text there is, and how
often the words of the title come again in it. Hardly any text is that of a test, a form or an
example far more often than a work, unless it has an imprint; and a work speaks of what its title
says.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from renai.text_cleaning import words_of, words_of_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.extraction import Extraction

EMBEDDED_AND_HEADING = 0.99
"""The file says it and a line or block of its first pages is the same."""
EMBEDDED_AND_WORDS = 0.97
"""The file says it, and its words stand together in the text."""
EMBEDDED_IN_BOOK = 0.92
"""An e-book says it; reading software shows it, so it is tended."""
EMBEDDED_MOSTLY_PRINTED = 0.93
"""The file says it, and most of its words stand on the first page."""
EMBEDDED_WITHOUT_TEXT = 0.9
"""A PDF says it in several words, and there is no text that could contradict.

The labelled documents have too few of these to measure.
"""
EMBEDDED_HALF_SEEN_IN_PAGE = 0.9
"""A web page says it in several words, and half of them and more stand in its text."""
EMBEDDED_UNSEEN_IN_PAGE = 0.7
"""A web page says it in several words, which its text does not bear out."""
EMBEDDED_ONE_WORD = 0.6
"""The file says one word, which may be its name, and shows it nowhere as a heading."""
EMBEDDED_UNSEEN = 0.45
"""A PDF or an office document says it, and its first pages say something else.

All that is made of one template may.
"""

MARKED = 0.93
"""The writer of an office document marked it, by a style or its place on the title slide."""
LARGEST_PRINT = 0.93
"""An office document begins with a paragraph in the largest print of all that follows."""
MARKED_DOUBTFULLY = 0.6
"""It is marked so, and may be a template's, a name, an event, or a word that many works have."""

LABELLED = 0.93
"""The text has a line "Title: …"."""
BANNER = 0.9
"""The text begins as those of Project Gutenberg do, or as standards of the Internet."""
MARKED_HEADING = 0.97
"""The text begins with a heading that is marked as one."""
ONE_OF_SEVERAL_HEADINGS = 0.7
"""The text begins with a word for a heading, which is marked like others below it."""
LATER_HEADING = 0.15
"""The text has a marked heading, and other text before it."""
BY_LINE_BELOW = 0.9
"""The text begins with a line of its own, and the next one names the author or a copyright."""
LINE_ABOVE_PROSE = 0.9
"""The text begins with a line of its own, and goes on in sentences that fill lines."""
LINE_OF_ITS_OWN = 0.68
"""The text begins with a short line of its own, written like a title."""
FIRST_LINE = 0.6
"""The text begins with a line of its own."""
LINE_OF_LITTLE_TEXT = 0.12
"""The text has little more than that line."""

AUTHOR_BAR = 0.6
"""Authors below it are left out: a wrong one is worse than none."""

_PRINT = (
    (0.0, 0.0),
    (0.1, 0.09),
    (0.29, 0.2),
    (0.48, 0.66),
    (0.66, 0.72),
    (0.8, 0.75),
    (0.82, 0.86),
    (0.9, 0.92),
    (0.96, 0.98),
    (1.0, 1.0),
)
"""What the coefficients of `titles` give, and how often print of which they gave it was right.

They were fitted with wrong titles weighing more than right ones, so that they say too little in the
middle. What is right less often than the usual threshold asks stays below it.
"""


def of_print(chance: float) -> float:
    """Return how certain print is to be the title, of which the coefficients give a chance."""
    for (below, least), (above, most) in pairwise(_PRINT):
        if chance <= above:
            return least + (most - least) * (chance - below) / (above - below)
    return 1.0


INTERCEPT = -6.53
COEFFICIENTS = {
    "known": 0.53,
    "one word": -0.98,
    "comes again": 1.46,
    "comes again whole": 0.68,
    "embedded title": 1.14,
    "first line": 1.02,
    "letters": 1.73,
    "lines": -0.70,
    "embedded authors": -0.74,
    "credited": 0.26,
    "print": 0.21,
}
"""Of a logistic regression over what was said of documents that nobody had looked at before:
`benchmarks/title_weights.py` fits them.
"""
_LEAST, _MOST = 0.02, 0.99
KNOWN = 0.75
"""The score from which on a title is known; a doubt about it no sign of its document dispels."""
_LONG = 10_000
"""Letters; a longer text is no more a work."""
_LONG_TITLE_PAGE = 3000
"""Letters of a document that is little more than its title page, where nothing can come again."""
_IMPRINT = re.compile(
    r"(?:\u00a9|\(c\)|\bcopyright\b)[^\d\n]{0,40}(?:1[5-9]|20)\d\d|\bISBN\b", re.IGNORECASE
)
"""What a short text has that is a work: a title page, or the first page of a manual on the web."""
_MARKS = ("\u00a9", "(c)", "(C)", "opyright", "OPYRIGHT", "ISBN", "isbn")
_LETTERS_OF_A_SIGN = 2.5
"""Chinese, Japanese and Korean say as much in fewer characters."""
_STEM = 4
"""Letters by which a word is told again, whatever its ending."""
_SHORT = 3
"""Letters of words such as "the", which any text has."""
_OFTEN = 3
"""Times that a word of the title stands in a text that is about it, its heading included."""
_MOST_WHOLE = 8
"""Times that a title as a whole comes again; more say no more."""
_SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def of_title(score: float, title: str, extraction: Extraction, *, is_credited: bool) -> float:
    """Return the probability that a title is right.

    Args:
        score: how it is known, one of the rows above.
        title: what it says.
        extraction: of the document.
        is_credited: whether it was found who wrote it.
    """
    found = signs(score, title, extraction, is_credited=is_credited)
    logit = INTERCEPT + sum(COEFFICIENTS[name] * value for name, value in found.items())
    chance = 1 / (1 + math.exp(-logit))
    return chance if score >= KNOWN else min(chance, score)


def signs(
    score: float, title: str, extraction: Extraction, *, is_credited: bool
) -> dict[str, float]:
    """Return the features by which a title is judged, those of `COEFFICIENTS`."""
    known = min(max(score, _LEAST), _MOST)
    text, said = extraction.text, extraction.properties
    lines = [line for line in text[:_LONG].splitlines() if line.strip()]
    words = words_of(title)
    length = len(text.strip()) + (_LETTERS_OF_A_SIGN - 1) * len(_SIGNS.findall(text))
    has_imprint = length < _LONG_TITLE_PAGE and _has_imprint(text)
    is_title_page = is_credited and has_imprint
    whole = f" {words_of_whole(text)} ".count(f" {words} ")
    return {
        "known": math.log(known / (1 - known)),
        "one word": float(" " not in title and not _SIGNS.search(title)),
        "comes again": 1.0 if is_title_page else _share_that_comes_again(title, text),
        "comes again whole": math.log1p(min(whole, _MOST_WHOLE)),
        "embedded title": float(words_of(str(said.get("title", ""))) == words),
        "first line": float(bool(lines) and words_of(lines[0]) == words),
        "letters": math.log10(1 + (_LONG_TITLE_PAGE if has_imprint else min(length, _LONG))),
        "lines": math.log10(1 + len(lines)),
        "embedded authors": float(bool(said.get("authors"))),
        "credited": float(is_credited),
        "print": float(bool(extraction.lines)),
    }


def _has_imprint(text: str) -> bool:
    has_mark = any(mark in text for mark in _MARKS)  # looked for in a small part of the time
    return has_mark and _IMPRINT.search(text) is not None


def _share_that_comes_again(title: str, text: str) -> float:
    """Return the share of a title's words that its text has several times."""
    words = words_of(title).split()
    telling = [word for word in words if len(word) > _SHORT or _SIGNS.search(word)] or words
    looked_for = {part for word in telling for part in _parts_looked_for(word)}
    there = f" {words_of_whole(text)} "
    return sum(there.count(part) >= _OFTEN for part in looked_for) / max(len(looked_for), 1)


def _parts_looked_for(word: str) -> Iterator[str]:
    """Yield how a word begins; of writing without spaces, each two signs beside each other."""
    if _SIGNS.search(word):
        yield from map("".join, pairwise(word))
    else:
        yield f" {word[:_STEM]}" if len(word) > _SHORT else f" {word} "
