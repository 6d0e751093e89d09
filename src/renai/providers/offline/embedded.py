"""Read what a file says of itself in its properties, without what software left there.

A word processor writes "Microsoft Word - report.doc" as a title and the account's name as author; a
template passes its title on to everything made from it. What also stands in the print is sure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line, clean_names, clean_year
from renai.providers.offline.authors import is_name
from renai.providers.offline.candidate import Candidate
from renai.providers.placeholders import ACCOUNTS, TITLES_LEFT_BY_SOFTWARE
from renai.text_cleaning import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.extraction import Extraction

IN_PRINT = 0.95
"""Score of a property that also stands on the first pages."""
TRUSTED = 0.85
"""Score where the format has no pages: reading software shows its title, so it is tended."""
DOUBTED = 0.55
"""Score of plausible authors of a paged file that its first pages do not show."""
DOUBTED_TITLE = 0.35
"""The same of a title, which everything made from one template may have."""
FILE_DATE = 0.4
"""Score of a year in which the file was made."""

_DATE_WITHOUT_MARKS = re.compile(r"^(?:D:)?(\d{4})(?:0[1-9]|1[0-2])\d{2}")


def titles(extraction: Extraction) -> Iterator[Candidate[str]]:
    """Propose the embedded title, if it can be one."""
    title = clean_line(extraction.properties.get("title"))
    if title is not None and is_title(title, extraction):
        yield Candidate(title, _score(title, extraction, DOUBTED_TITLE), title)


def authors(extraction: Extraction) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the embedded authors, if they can be people or bodies."""
    names = tuple(
        name
        for name in clean_names(extraction.properties.get("authors"))
        if not ACCOUNTS.search(name)
    )
    if not names:
        return
    score = min(_score(name, extraction, DOUBTED) for name in names)
    if score == DOUBTED and not all(is_name(name) for name in names):
        return  # "jsmith" may be the account the file was made with.
    yield Candidate(names, score, "; ".join(names))


def years(extraction: Extraction) -> Iterator[Candidate[int]]:
    """Propose the embedded year, or the year the file was made.

    A scan is made long after the book. So where there are pages, a year counts only if the text has
    it, too.
    """
    for name, score in (("year", TRUSTED), ("created", FILE_DATE)):
        said = extraction.properties.get(name)
        if isinstance(said, str):
            date = _DATE_WITHOUT_MARKS.match(said)
            year = clean_year(date[1] if date else said)
            if year is None:
                continue
            if not extraction.pages:
                yield Candidate(year, score, said)
            elif printed := _dated(year, extraction.text):
                yield Candidate(year, FILE_DATE, printed)


def _dated(year: int, text: str) -> str | None:
    """Return the line of the first pages that has a year in it."""
    found = re.search(rf"^.*(?<![\d.,])\b{year}\b(?![\d,]).*$", text[:6000], re.MULTILINE)
    return found[0] if found else None


def is_title(title: str, extraction: Extraction) -> bool:
    """Return whether a person may have written this as a title."""
    if not 2 <= len(title) <= 300 or TITLES_LEFT_BY_SOFTWARE.search(title):
        return False
    software = (extraction.properties.get(name) for name in ("producer", "creator"))
    return title not in software and sum(map(str.isalpha, title)) >= len(title) / 2


def _score(value: str, extraction: Extraction, doubted: float) -> float:
    if f" {words_of(value)} " in f" {words_of(extraction.text[:6000])} ":
        return IN_PRINT
    return doubted if extraction.pages else TRUSTED
