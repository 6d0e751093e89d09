"""Read what a file says of itself in its properties, without what software left there.

A word processor writes "Microsoft Word - report.doc" as a title and the account's name as author; a
template passes its title on to everything made from it. What also stands in the print is sure.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from renai.identifiers import to_isbn13
from renai.providers.cleaning import clean_line
from renai.providers.offline import certainty
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.groups import is_group
from renai.providers.offline.left_by_software import (
    TITLES_LEFT_BY_SOFTWARE,
    TITLES_OF_NO_WORK,
    is_dummy_text,
)
from renai.providers.offline.letter_case import with_capitals
from renai.providers.offline.marked_titles import PAGE_HEADING, is_of_a_template
from renai.providers.offline.names import (
    begins_with_article,
    is_korean_name,
    is_name,
    is_surely_name,
    people_first,
    split_names,
)
from renai.providers.offline.not_titles import CHAPTER, MONTH
from renai.providers.offline.stand_ins import is_address, is_fragment, is_stand_in
from renai.providers.offline.title_forms import is_left_by_producer, written_title
from renai.providers.offline.written_years import is_undefined
from renai.text_cleaning import words_of, words_of_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from renai.extraction import Extraction

PAGE_AUTHORS = "page_authors"
"""The property that `documents/readers/page_authors.py` describes."""
IN_PRINT = 0.95
"""Score of a property that also stands on the first pages."""
TRUSTED = 0.85
"""Score where the format has no pages: reading software shows its title, so it is tended."""
UNPRINTED = 0.7
"""Score of names of people or groups that a file says and does not show: a by-line says more."""
DOUBTED = 0.65
"""Score of other plausible authors of a paged file that its first pages do not show."""

_FIRST_PAGES = 6000
"""Characters."""
_MOST_TITLE = 300
_NO_DATE = "0000"
_MOST_OF_PAGE_NUMBER = 2
_TIME_BEHIND = re.compile(rf"\s+(?:(?:[^\W\d_A-Z]+|(?i:{MONTH}))\s+){{0,2}}\d.*$")
"""When it was, or how long ago: "Ann Ash May 2nd, 2021", "Ann Ash 2 hours ago"."""
_DIGITS = re.compile(r"^\d{1,4}$")
_OF_NUMBERS = re.compile(
    r"^\d{1,4}(?:[ /:]\d{1,4}){1,4}$|^\d{1,3}[\u00bc-\u00be\u2150-\u215e]$|^\d{1,3}[^\W\d_]\d{0,3}$"
)
"""A title such as "1Q84", "11/22/63" and "4 3 2 1", which only books have."""
_ISBN = re.compile(r"^(?:isbn\W*)?(?:\d\W?){9,12}[\dx]$", re.IGNORECASE)
_SLUG = re.compile(r"^[a-z0-9]+(?:[-_.+][A-Za-z0-9]+)+$|^\w+_\w+|^[a-z]+[A-Z]\w*$|^XREF\w+")
_FILE_NAME = re.compile(r"^\S*[\d_]\S*$|^\S+-\S*\d\S*$")
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SAID_OF_BOOKS = frozenset(("publisher", "isbn", "series", "year"))
"""Properties that no format without pages has but those of books."""
_SAID_OF_PAGES_TOO = frozenset(("authors", "language"))
"""Properties that every book has and few web pages; office documents say when they were made."""
_SAID_BY_FILES = frozenset(("created", "date", "camera", "place"))
"""Properties of office documents and images, that no web page has."""
_SAID_OF_MAKING = frozenset(("created", "modified"))
"""Properties of office documents, of which many are made from one template."""
_LEAST_TEXT = 200
"""Characters that a document has; a page with less leads on to another."""
_HEAD = 2000
"""Characters in which a title's words are looked for one by one."""
_MOST_OF_ITS_WORDS = 0.8
_SEVERAL = 3
_VERSION = re.compile(r"\d+(?:\.\d+)+|\d+")
_FIRST_LINES = 10
_NUMBER = re.compile(r"^(?:(?:chapter|kapitel|chapitre|cap[ií]tulo|capitolo|section) )?(?:\d+ )+")
_CHAPTER_FIRST = re.compile(
    r"(?:chapter|kapitel|chapitre|cap[i\u00ed]tulo|capitolo|appendix|anhang)\s+(?:\d|[A-Z]\b)", re.I
)
_TEST = re.compile(r"\btest\b", re.IGNORECASE)
_PARTS = re.compile(r":\s+|\s+(?:[|\u2013\u2014:]|--?)\s+")
"""What stands between the parts of a title."""


def titles(extraction: Extraction, headings: Collection[str]) -> Iterator[Candidate[str]]:
    """Propose the embedded title, if it can be one.

    Args:
        extraction: of the document.
        headings: its first lines, and its blocks of print, as `words_of` gives them.
    """
    said = extraction.properties.get("title")
    title = written_title(said, headings, clean_line(extraction.properties.get(PAGE_HEADING)))
    if title is not None and is_title(title, extraction, headings):
        score = _certainty(title, extraction, headings)
        if isinstance(said, str) and is_left_by_producer(said):
            score = min(score, certainty.EMBEDDED_WITHOUT_TEXT)
            if words_of(title) not in headings:
                score = certainty.EMBEDDED_UNSEEN
        is_doubted = is_fragment(title) or _is_taken_from_slide(title, extraction)
        if is_doubted or _may_be_no_work(title, extraction):
            score = min(score, certainty.MARKED_DOUBTFULLY)
        yield Candidate(title, score, said if isinstance(said, str) else title)


def is_filled_in(extraction: Extraction) -> bool:
    """Return whether this is an office document in which a program fills in what is missing."""
    is_office = _is_of_office(extraction) and not extraction.pages
    return is_office and is_of_a_template(extraction.text)


def _may_be_no_work(title: str, extraction: Extraction) -> bool:
    """Return whether this is an office document that is filled in, or a book made for a test."""
    if is_filled_in(extraction):
        return True
    if not (is_book(extraction) and _TEST.search(title)):
        return False
    said = extraction.properties.get("authors") or ()
    names = [said] if isinstance(said, str) else said
    is_empty = 0 < len(extraction.text.strip()) < _LEAST_TEXT
    return is_empty or any(map(_TEST.search, names))  # by "Test Author"


def _is_taken_from_slide(title: str, extraction: Extraction) -> bool:
    """Return whether a program took the title from the first slide, which may say anything.

    Of a title slide that counts where there is hardly any text: so programs are tried out.
    """
    said = extraction.properties.get("slide_heading", ())
    if len(extraction.text.strip()) < _LEAST_TEXT:
        said = said or extraction.properties.get("marked_titles", ())
    return words_of(said if isinstance(said, str) else " ".join(said)) == words_of(title)


def authors(extraction: Extraction) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the embedded authors, if they can be people or bodies.

    Whom the markup of a web page names goes before what its head says, which may be the site.
    """
    marked = tuple(dict.fromkeys(_marked_in_page(extraction)))
    if not marked:
        yield from _said_in_properties(extraction)
        return
    printed = words_of_whole(extraction.text[:_FIRST_PAGES])
    are_printed = all(words_of(name) in printed for name in marked)
    yield Candidate(marked, IN_PRINT if are_printed else TRUSTED, "; ".join(marked))


def _said_in_properties(extraction: Extraction) -> Iterator[Candidate[tuple[str, ...]]]:
    said = extraction.properties.get("authors") or ()
    parts = [said] if isinstance(said, str) else said
    names = [name for part in parts for name in split_names(part) if not _is_rest(name, part)]
    if not is_book(extraction):
        names = people_first(names)
    printed = f" {words_of_whole(extraction.text[:_FIRST_PAGES])} "
    is_paged = bool(extraction.pages and extraction.text.strip())
    unprinted = UNPRINTED if is_paged or _is_of_office(extraction) else TRUSTED
    is_tended = bool(extraction.properties.keys() & _SAID_OF_BOOKS)
    kept: dict[str, float] = {}
    for name in map(with_capitals, names):
        is_printed = f" {words_of(name)} " in printed
        if _is_publisher(name, extraction):
            continue
        if _is_account(name) and not (is_printed and is_name(name)):
            continue
        if begins_with_article(name) and not (is_tended or is_group(name)):
            continue  # "The Lamp Post" is where it was published
        if is_name(name) or is_group(name) or is_korean_name(name):
            is_odd = is_name(name) and not (is_surely_name(name) or is_group(name))
            sure = not (is_odd and extraction.pages)
            kept[name] = IN_PRINT if is_printed else unprinted if sure else DOUBTED
        elif _may_be_body(name, extraction, is_printed=is_printed):
            kept[name] = IN_PRINT if is_printed else unprinted
    if kept:
        yield Candidate(tuple(kept), min(kept.values()), "; ".join(parts))


def _marked_in_page(extraction: Extraction) -> Iterator[str]:
    """Yield the people and groups whom the markup of a web page calls its authors."""
    said = extraction.properties.get(PAGE_AUTHORS, ())
    parts = [said] if isinstance(said, str) else said
    for part in parts:
        names = [x for x in split_names(_TIME_BEHIND.sub("", part)) if is_name(x) or is_group(x)]
        are_shouted = all(map(str.isupper, names))  # "Ann Ash, KELP TIMES" is one person
        yield from (name for name in names if are_shouted or not name.isupper())


def _is_of_office(extraction: Extraction) -> bool:
    return bool(extraction.properties.keys() & _SAID_OF_MAKING)


def _is_publisher(name: str, extraction: Extraction) -> bool:
    """Return whether this is who published it, or the site behind a page's title."""
    if is_name(name) and is_surely_name(name):
        return False
    parts = _PARTS.split(str(extraction.properties.get("title", "")))
    is_site = len(parts) > 1 and not is_book(extraction) and words_of(name) == words_of(parts[-1])
    said = words_of(str(extraction.properties.get("publisher", "")))
    return is_site or (words_of(name) == said and not is_group(name))


def _may_be_body(name: str, extraction: Extraction, *, is_printed: bool) -> bool:
    """Return whether what is no name of a person may be that of a body, or a word by itself."""
    if name[0].islower() or ("&" in name and not is_book(extraction)):
        return False
    if " " in name:
        return is_printed or not extraction.pages
    if is_book(extraction) or not (extraction.pages or _is_of_office(extraction)):
        return True
    is_acronym = name.isupper() and not extraction.pages
    return is_printed and (is_acronym or _is_line(name, extraction))


def _is_line(name: str, extraction: Extraction) -> bool:
    """Return whether a name is a line of its own on the first pages."""
    lines = extraction.text[:_FIRST_PAGES].splitlines()
    return words_of(name) in map(words_of, lines)


def _is_rest(name: str, said: str) -> bool:
    """Return whether one word is left of a name with a number in it, such as "Ann KP20NG"."""
    return " " not in name and re.search(r"\w\d|\d\w", said) is not None


def _is_account(name: str) -> bool:
    """Return whether this may be the account that a file was made with: "jsmith", "PC-01"."""
    return (
        re.search(r"\d|@|_|[\\/]", name) is not None
        or (" " not in name and name.islower() and not _ASIAN.search(name))
        or (" " not in name and name.isupper() and len(name) <= 3)
    )


def is_book(extraction: Extraction) -> bool:
    """Return whether this is an e-book, by what it says of itself."""
    said = extraction.properties.keys()
    is_dated = not is_undefined(str(extraction.properties.get("created", _NO_DATE)))
    of_book = said & _SAID_OF_BOOKS or (said >= _SAID_OF_PAGES_TOO and not is_dated)
    return not extraction.pages and bool(of_book)


def is_called_otherwise(extraction: Extraction, lines: Sequence[str]) -> bool:
    """Return whether a web page gives itself another title than its first line is."""
    if extraction.properties.keys() & _SAID_OF_MAKING:
        return False
    first = next(filter(None, map(words_of, lines)), "")
    said = words_of(str(extraction.properties.get("title", first)))
    return said != first


def is_title(title: str, extraction: Extraction, headings: Collection[str]) -> bool:
    """Return whether a person may have written this as a title."""
    is_heading = words_of(title) in headings
    if _OF_NUMBERS.match(title) and _may_be_of_numbers(extraction):
        return True
    if _DIGITS.match(title):  # "1984"; fewer are a page's number
        return (is_heading and len(title) > _MOST_OF_PAGE_NUMBER) or not extraction.pages
    if _ISBN.match(title) or to_isbn13(title) or CHAPTER.match(title):
        return False
    if not (len(title) >= 2 or _ASIAN.match(title)) or len(title) > _MOST_TITLE:
        return False
    if TITLES_LEFT_BY_SOFTWARE.search(title) or is_dummy_text(title):
        return False
    if is_stand_in(title) or (is_fragment(title) and not is_heading):
        return False
    if is_address(title) and not (is_book(extraction) and extraction.properties.get("authors")):
        return False
    if not is_book(extraction) and TITLES_OF_NO_WORK.search(title):
        return False
    if _SLUG.match(title) and not (is_heading and extraction.pages):
        return False
    software = (extraction.properties.get(name) for name in ("producer", "creator"))
    letters = sum(map(str.isalpha, title))
    return title not in software and (letters >= len(title) / 2 or bool(_ASIAN.search(title)))


def _may_be_of_numbers(extraction: Extraction) -> bool:
    """Return whether this may be a book, of which only the author is said."""
    said = extraction.properties.keys()
    is_signed = "authors" in said and not (extraction.pages or said & _SAID_BY_FILES)
    return is_signed or is_book(extraction)


def _certainty(title: str, extraction: Extraction, headings: Collection[str]) -> float:
    words = words_of(title)
    single = " " not in words and not _ASIAN.search(title)
    text = extraction.text[:_FIRST_PAGES]
    if words in headings:
        return certainty.EMBEDDED_AND_HEADING
    if not extraction.pages:
        return _certainty_without_pages(title, extraction, single=single)
    if _is_cut_off(title, text):
        return certainty.EMBEDDED_UNSEEN
    if _stands_in(words, title, text):
        return certainty.EMBEDDED_ONE_WORD if single else certainty.EMBEDDED_AND_WORDS
    if _FILE_NAME.match(title) or (single and not title[0].isupper()):
        return certainty.EMBEDDED_UNSEEN
    if not text.strip():
        return certainty.EMBEDDED_ONE_WORD if single else certainty.EMBEDDED_WITHOUT_TEXT
    if _is_mostly_seen(title, text):
        return certainty.EMBEDDED_MOSTLY_PRINTED
    return certainty.EMBEDDED_UNSEEN


def _is_cut_off(title: str, text: str) -> bool:
    """Return whether a title ends within the first line, at the full stop behind a number.

    Word takes the first line for the title up to there: "The Report of 10" of "… 10. May 1948".
    """
    return (
        title[-1:].isdigit() and re.match(rf"{re.escape(title)}\.\s+\w", text.lstrip()) is not None
    )


def _certainty_without_pages(title: str, extraction: Extraction, *, single: bool) -> float:
    """Return how certain a title is that no line repeats as a whole.

    A word or two may stand in any page of a site, and be what the site is called.
    """
    words = words_of(title)
    if is_book(extraction):
        stands = _stands_in(words, title, extraction.text[:_FIRST_PAGES])
        return certainty.EMBEDDED_AND_WORDS if stands else certainty.EMBEDDED_IN_BOOK
    if not single and _is_heading_of_page(title, extraction.text[:_FIRST_PAGES]):
        return certainty.EMBEDDED_AND_WORDS
    if not extraction.text.strip() and extraction.properties.keys() & {"authors", "publisher"}:
        return certainty.EMBEDDED_IN_BOOK
    if single:
        return certainty.EMBEDDED_ONE_WORD
    if not extraction.text.strip():
        return _certainty_without_text(extraction)
    if _is_mostly_seen(title, extraction.text):
        return certainty.EMBEDDED_MOSTLY_PRINTED
    if extraction.properties.keys() & _SAID_OF_MAKING:
        return certainty.EMBEDDED_UNSEEN
    parts, seen = words.split(), set(words_of_whole(extraction.text).split())
    is_half_seen = 2 * sum(part in seen for part in parts) >= len(parts)
    is_chapter = _CHAPTER_FIRST.match(extraction.text.lstrip())  # of a work that is called so
    is_edition = all(number in extraction.text for number in _VERSION.findall(title))
    if is_half_seen and is_edition and len(extraction.text) >= _LEAST_TEXT and not is_chapter:
        return certainty.EMBEDDED_HALF_SEEN_IN_PAGE
    return certainty.EMBEDDED_UNSEEN_IN_PAGE


def _certainty_without_text(extraction: Extraction) -> float:
    """Return how certain a picture's title is; what a program fills in or tries out is a doubt.

    A program fills in web pages; office documents without a word, which say both when they were
    made and when they were changed, try out a program.
    """
    said = extraction.properties.keys()
    is_picture = bool(said & _SAID_BY_FILES) and not said >= _SAID_OF_MAKING
    return certainty.EMBEDDED_WITHOUT_TEXT if is_picture else certainty.EMBEDDED_ONE_WORD


def _is_heading_of_page(title: str, text: str) -> bool:
    """Return whether a title is a line further down, or its last part is one, without its number.

    Below what leads to other pages of a site the heading may stand far from the first line. In
    "Kelp Report: Lamps of Aden" the last part is the page's, which may be numbered there.
    """
    lines = {words_of(line) for line in text.splitlines()}
    first = {
        _NUMBER.sub("", words_of(line))
        for line in itertools.islice(filter(str.strip, text.splitlines()), _FIRST_LINES)
    }
    parts = [words_of(part) for part in _PARTS.split(title)]
    return words_of(title) in lines or (len(parts) > 1 and parts[-1] in first)


def _stands_in(words: str, title: str, text: str) -> bool:
    """Return whether a title's words stand together in a text, and no number is cut short there."""
    if title[-1].isdigit() and re.search(rf"{re.escape(title)}\.\d", text, re.IGNORECASE):
        return False
    return f" {words} " in f" {words_of(text)} " or bool(_ASIAN.search(title) and title in text)


def _is_mostly_seen(title: str, text: str) -> bool:
    """Return whether most words of a title, of three and more, stand in the head of a text.

    Another number is that of another edition. Asian words are not parted by spaces.
    """
    parts, seen = words_of(title).split(), set(words_of(text[:_HEAD]).split())
    found = sum(part in seen for part in parts)
    if len(parts) < _SEVERAL or _ASIAN.search(title):
        return False
    is_edition = all(number in text[:_HEAD] for number in _VERSION.findall(title))
    return is_edition and found >= _MOST_OF_ITS_WORDS * len(parts)
