"""Read what is neither title nor author: year, ISBN, DOI and language.

A year stands after a copyright mark, in the words of an imprint, or in a dated line; a file may say
one of itself. ISBN and DOI
are numbers that name the document, told from those of the works it cites. A language is told by its
small words, those that make up every text whatever it is about: a text that mixes languages, or has
few of these words, has no language here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from renai.identifiers import find_dois, find_isbns
from renai.providers.cleaning import clean_doi, clean_isbn, clean_year
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.embedded import IN_PRINT, TRUSTED
from renai.providers.offline.written_years import RANGE, is_undefined, last_of_range, last_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renai.extraction import Extraction

FILE_DATE = 0.4
"""Score of a year in which the file was made."""
_UNDEFINED_YEAR = 101
"""calibre writes 0101-01-01 where it knows no date; at another place that is the day before."""
_DATE_WITHOUT_MARKS = re.compile(r"^(?:D:)?(\d{4})(?:0[1-9]|1[0-2])\d{2}")
_FIRST_PAGES = 6000
"""Characters."""
_EARLIEST, _LATEST = 1450, 2100

_YEAR = r"(?P<year>1[4-9]\d\d|20\d\d)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_BEHIND_A_MARK = tuple(
    (score, marks, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for score, marks, pattern in (
        # Of several copyright years the last is this edition's.
        (
            0.85,
            ("\u00a9", "(c)", "copyright"),
            rf"(?:\u00a9|\(c\)|\bcopyright\b)[^\n\d]{{0,40}}(?:\d{{4}}(?:[\u2013-]\d\d)?\s*[,\u2013\u2014/-]\s*){{0,60}}{RANGE}(?!\d)",
        ),
        (
            0.8,
            ("published",),
            rf"\b(?:first )?published(?: online)?(?: in| on)?:?\s[^\n]{{0,30}}?\b{_YEAR}\b",
        ),
    )
)
"""How sure a year is behind certain words, of which there must be one, and how it stands there. To
look for the words alone takes a small part of the time."""

_DATED_LINES = tuple(
    (score, re.compile(pattern, re.IGNORECASE))
    for score, pattern in (
        (0.75, rf"arxiv:\S+(?: \[\S+\])? +\d{{1,2}} +\w+ +{_YEAR}"),
        (0.6, rf"(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?,? {_YEAR}"),
        (0.6, _YEAR),
    )
)
"""How sure a year at a line's end is, and the whole line."""

_FIRST_PAGE = 4000
"""Characters, at most, that a page has."""

_SMALL_WORDS = {
    "cs": "a se na je že v s z do pro ve i to za by jsou ale jako které který není po jsem také",
    "da": "og i at det er en til af på for med som den de ikke der var et fra har kan eller vi om",
    "de": "der die und den von zu das mit sich auf für ist dem nicht ein eine als er es war aus",
    "en": "the of and to in a is that for it as was with be by on not this are or from at an which",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero",
    "fi": "ja on ei se että oli hän en ovat mutta tai joka kun niin myös sen kuin voi jos ole tämä",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se avec",
    "hu": "a az és hogy nem is egy van ez meg de csak volt mint vagy már még ha azt el kell lehet",
    "it": "di e il la che in un a per è una sono del si non con le da i dei come nel della alla",
    "nl": "de en van het een in is dat op te zijn voor met niet die aan er ook als bij door worden",
    "pl": "i w na z do się nie jest to że o jak ale po co tak za od jego przez czy są oraz dla lub",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele é",
    "sv": "och i att det som en på är av för med till den har de inte om ett men var sig kan eller",
    "ru": "и в не на что я с он как это по но к у из за от так же для то бы о его или при",
}
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _language)

TOLD_BY_WORDS = 0.8
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_KINDS = 6
"""Different small words of the language."""
_SMALLEST_SHARE = 0.15
"""Of all words; prose has about twice as many."""
_LEAD = 1.5
"""Times as many as of the next language."""
_QUOTED = 8
"""Words in the evidence."""


def years(text: str) -> Iterator[Candidate[int]]:
    """Propose years from the words they stand in, of each kind the latest first.

    Of several lines of copyright the latest is this edition's, too.
    """
    folded = text.casefold()
    for score, marks, pattern in _BEHIND_A_MARK:
        if any(mark in folded for mark in marks):
            yield from _latest_first(score, pattern.finditer(text))
    lines = [line for line in text.split("\n") if line[-4:].isdigit()]
    for score, pattern in _DATED_LINES:
        yield from _latest_first(score, filter(None, map(pattern.fullmatch, lines)))


def _latest_first(score: float, matches: Iterable[re.Match[str]]) -> Iterator[Candidate[int]]:
    found = [(last_year(one), one[0]) for one in matches]
    for year, words in sorted(found, key=lambda one: -one[0]):
        if _EARLIEST <= year <= _LATEST:
            yield Candidate(year, score, words)


def years_of_file(extraction: Extraction) -> Iterator[Candidate[int]]:
    """Propose the embedded year, or the year the file was made.

    A scan is made long after the book. So where there are pages, a year counts only if the text has
    it, too.
    """
    for name, score in (("year", TRUSTED), ("created", FILE_DATE)):
        said = extraction.properties.get(name)
        if isinstance(said, str):
            date = _DATE_WITHOUT_MARKS.match(said)
            year = last_of_range(said) or clean_year(date[1] if date else said)
            if year is None or year <= _UNDEFINED_YEAR or is_undefined(said):
                continue
            if not extraction.pages:
                yield Candidate(year, score, said)
            elif printed := _dated(year, extraction.text):
                yield Candidate(year, FILE_DATE, printed)


def _dated(year: int, text: str) -> str | None:
    """Return the line of the first pages that has a year in it."""
    found = re.search(rf"^.*(?<![\d.,])\b{year}\b(?![\d,]).*$", text[:_FIRST_PAGES], re.MULTILINE)
    return found[0] if found else None


def isbns(extraction: Extraction) -> Iterator[Candidate[str]]:
    """Propose the embedded ISBN, and those of the text; a book's imprint comes first."""
    said = extraction.properties.get("isbn")
    for one in [said] if isinstance(said, str) else said or ():
        isbn = clean_isbn(one)
        if isbn is not None:
            yield Candidate(isbn, IN_PRINT, one)
    for isbn, words in find_isbns(extraction.text):
        yield Candidate(isbn, TRUSTED, words)


def dois(extraction: Extraction) -> Iterator[Candidate[str]]:
    """Propose the embedded DOI, and the one on the first page; of several there, none.

    Where more than one stands, they are of works that are cited.
    """
    said = extraction.properties.get("doi")
    embedded = clean_doi(said)
    if embedded is not None and isinstance(said, str):
        yield Candidate(embedded, IN_PRINT, said)
    printed = dict(find_dois(extraction.text[:_FIRST_PAGE]))
    if len(printed) == 1:
        ((doi, words),) = printed.items()
        yield Candidate(doi, TRUSTED, words)


def languages(text: str) -> Iterator[Candidate[str]]:
    """Propose the ISO 639-1 code of a text's language, if its small words are clearly of one."""
    words = Counter(_WORD.findall(text.casefold()))
    counts: Counter[str] = Counter()
    kinds: dict[str, list[str]] = {}
    small = [(word, times) for word, times in words.items() if word in _LANGUAGES]
    for word, times in sorted(small, key=lambda one: -one[1]):
        for language in _LANGUAGES[word]:
            counts[language] += times
            kinds.setdefault(language, []).append(word)
    (first, most), (_, next_most) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    if (
        most >= _SMALLEST_SHARE * words.total()
        and most >= _LEAD * next_most
        and len(kinds.get(first, ())) >= _FEWEST_KINDS
    ):
        yield Candidate(first, TOLD_BY_WORDS, " ".join(kinds[first][:_QUOTED]))
