"""Read what can be known of a document without a model: for each field, the best candidate.

Nothing is invented: a field without a candidate stays empty, and `confidence` says how sure the
title is. Every source of candidates is a plain function of an extraction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from renai.providers.cleaning import clean_line
from renai.providers.offline import (
    authors,
    certainty,
    copyrights,
    embedded,
    text_facts,
    text_titles,
)
from renai.providers.offline.candidate import Candidate, best
from renai.providers.offline.letter_case import in_mixed_case
from renai.providers.offline.marked_titles import BELOW_HEADING, PAGE_HEADING, marked_title
from renai.providers.offline.names import is_surely_name, names_in
from renai.providers.offline.title_forms import typeset
from renai.providers.offline.titles import Print
from renai.providers.schema import Metadata
from renai.text_cleaning import single_spaced, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.extraction import Extraction
    from renai.providers.offline.titles import Printed
    from renai.providers.offline.typography import Block

_HEAD = 8000
"""Characters that are looked at for names, years and ISBNs."""
_OF_TITLE_PAGE = certainty.MARKED_DOUBTFULLY
"""Of what begins an e-book's text: a title page, a notice or a first chapter."""
_HEADING_LINES = 60
"""Lines of text in which a heading is looked for."""


@dataclass(slots=True)
class _Found:
    """The fields found so far, and what says so, by field."""

    fields: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, candidate: Candidate[Any] | None) -> float:
        """Fill a field and return how sure it is."""
        if candidate is None:
            return 0.0
        self.fields[name] = candidate.value
        self.evidence[name] = candidate.evidence
        return candidate.score


def read(extraction: Extraction, categories: Sequence[str]) -> Metadata:
    """Read what can be known of a document without a model."""
    head = extraction.text[:_HEAD]
    lines = [single_spaced(line) for line in head.splitlines()]
    in_print = Print(extraction)
    title, printed = _title(extraction, lines, in_print)
    found = _Found()
    score = found.take("title", title and replace(title, value=typeset(title.value)))
    found.take("subtitle", in_print.subtitle(printed) if printed else None)
    people = _authors(extraction, lines, title, printed)
    found.take("authors", _sure(best(_without_title(people, title.value if title else ""))))
    is_credited = "authors" in found.fields
    confidence = (
        _confidence(score, title.value, extraction, is_credited=is_credited) if title else 0.0
    )
    found.take("year", best([*text_facts.years(head), *text_facts.years_of_file(extraction)]))
    found.take("isbn", best(text_facts.isbns(extraction)))
    found.take("doi", best(text_facts.dois(extraction)))
    for name in ("publisher", "series", "series_index"):
        found.take(name, _stated(extraction, name))
    found.take(
        "language", _stated(extraction, "language") or best(text_facts.languages(extraction.text))
    )
    found.take("category", _category(extraction, categories))
    return Metadata.from_said(
        {**found.fields, "evidence": found.evidence, "confidence": round(confidence, 3)}
    )


def _title(
    extraction: Extraction, lines: list[str], in_print: Print
) -> tuple[Candidate[str] | None, Printed | None]:
    """Choose the title, and tell where it is printed."""
    printed = in_print.candidates
    headings = {words_of(line) for line in lines[:_HEADING_LINES]}
    headings |= {words_of(one.block.text) for one in printed}
    marked = marked_title(extraction)
    if marked is not None:
        headings.add(words_of(marked.value))
    said = list(embedded.titles(extraction, headings))
    proposed = [
        *(one for one in said if not _is_contradicted(one, marked, extraction, lines)),
        *filter(None, (marked, in_print.title())),
    ]
    if not extraction.lines:
        read = list(text_titles.in_text(lines))
        if embedded.is_called_otherwise(extraction, lines) or embedded.is_filled_in(extraction):
            read = [_capped(one, certainty.FIRST_LINE) for one in read]
        if not embedded.is_book(extraction):
            proposed += read
        elif not said:  # what a title page has where the book's own data say nothing
            proposed += (_capped(one, _OF_TITLE_PAGE) for one in read)
    people = _people(extraction, lines)
    title = best(one for one in proposed if not _is_only(one.value, people))
    if title is None:
        return None, None
    return title, next((one for one in printed if _same(one.block, title.value)), None)


def _confidence(score: float, title: str, extraction: Extraction, *, is_credited: bool) -> float:
    if not is_judged_by_text(extraction):
        return score
    return certainty.of_title(score, title, extraction, is_credited=is_credited)


def is_judged_by_text(extraction: Extraction) -> bool:
    """Return whether a text bears out its document's title or not.

    Where there is no text, as in a scan or a picture, nothing more is known of it. And what an
    e-book says of itself is tended, though a novel may never speak of what it is called.
    """
    return bool(extraction.text.strip()) and not embedded.is_book(extraction)


def _capped(one: Candidate[str], most: float) -> Candidate[str]:
    return replace(one, score=min(one.score, most))


def _is_contradicted(
    said: Candidate[str], marked: Candidate[str] | None, extraction: Extraction, lines: list[str]
) -> bool:
    """Return whether a document shows another title than the file says: it may be a template's."""
    if marked is None:
        return False
    words, shown = words_of(said.value), words_of(marked.value)
    first, *others = [*filter(None, map(words_of, lines)), ""]
    is_page = PAGE_HEADING in extraction.properties  # which may show what the site is called first
    is_shown = words in shown or words == first or (is_page and words in others)
    if is_page and " " not in words and not shown.startswith(words):
        is_shown = False  # all pages of a site show the one word that it is called
    return marked.score >= certainty.MARKED and not (is_shown or shown in words)


def _authors(
    extraction: Extraction, lines: list[str], title: Candidate[str] | None, printed: Printed | None
) -> Iterator[Candidate[tuple[str, ...]]]:
    yield from embedded.authors(extraction)
    yield from authors.after_a_label(lines)
    yield from authors.of_a_standard(lines)
    if printed is not None:
        yield from authors.around_the_title(extraction.lines, printed.block)
    elif title is not None:
        places = [place for place, line in enumerate(lines) if title.value in line]
        if places:
            yield from authors.below_the_title(lines[places[0] + 1 :])
        elif not embedded.is_book(extraction):  # a page may be called otherwise than its heading is
            yield from authors.before_an_address(lines)
    below = extraction.properties.get(BELOW_HEADING, ())
    yield from authors.below_the_title([below] if isinstance(below, str) else below)
    yield from copyrights.holders(lines)


def _people(extraction: Extraction, lines: list[str]) -> list[str]:
    """Return the people that a file or its copyright line names, as `words_of` gives them."""
    said = (*embedded.authors(extraction), *copyrights.holders(lines))
    names = {name for candidate in said for name in candidate.value}
    return sorted({words_of(name) for name in names if is_surely_name(name)}, key=len, reverse=True)


def _is_only(title: str, people: Sequence[str]) -> bool:
    """Return whether a title is no more than names of people, such as print sets large below it."""
    named = names_in(title)
    if len(named) > 1 and all(map(is_surely_name, named)):
        return True
    rest = f" {words_of(title)} "
    for name in people:
        rest = rest.replace(f" {name} ", " ")
    return not rest.strip()


def _sure(names: Candidate[tuple[str, ...]] | None) -> Candidate[tuple[str, ...]] | None:
    """Return authors that are certain enough to be named, none of them in capitals."""
    if names is None or names.score < certainty.AUTHOR_BAR:
        return None
    return replace(names, value=tuple(dict.fromkeys(map(in_mixed_case, names.value))))


def _without_title(
    candidates: Iterable[Candidate[tuple[str, ...]]], title: str
) -> Iterator[Candidate[tuple[str, ...]]]:
    """Yield authors without the title itself, which may stand twice; one word may be both."""
    for one in candidates:
        people = tuple(x for x in one.value if " " not in x or words_of(x) != words_of(title))
        if people:
            yield replace(one, value=people)


def _same(block: Block, title: str) -> bool:
    return words_of(title) in words_of(block.text)


def _stated(extraction: Extraction, name: str) -> Candidate[str] | None:
    value = clean_line(extraction.properties.get(name))
    return None if value is None else Candidate(value, embedded.TRUSTED, value)


def _category(extraction: Extraction, categories: Sequence[str]) -> Candidate[str] | None:
    """Take the file's subject only where it is one of the categories, word for word."""
    said = extraction.properties.get("subject") or ()
    known = {category.casefold(): category for category in categories}
    for subject in [said] if isinstance(said, str) else said:
        category = known.get(subject.strip().casefold())
        if category is not None:
            return Candidate(category, embedded.TRUSTED, subject)
    return None
