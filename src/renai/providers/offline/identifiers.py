"""ISBN and DOI: numbers that name a document, told from those of the works it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.identifiers import find_dois, find_isbns
from renai.providers.cleaning import clean_doi, clean_isbn
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.embedded import IN_PRINT, TRUSTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.extraction import Extraction

_FIRST_PAGE = 4000
"""Characters, at most, that a page has."""


def isbns(reading: Extraction) -> Iterator[Candidate[str]]:
    """Propose the embedded ISBN, and those of the text; a book's imprint comes first."""
    said = reading.properties.get("isbn")
    for one in [said] if isinstance(said, str) else said or ():
        isbn = clean_isbn(one)
        if isbn is not None:
            yield Candidate(isbn, IN_PRINT, one)
    for isbn, words in find_isbns(reading.text):
        yield Candidate(isbn, TRUSTED, words)


def dois(reading: Extraction) -> Iterator[Candidate[str]]:
    """Propose the embedded DOI, and the one on the first page; of several there, none.

    Where more than one stands, they are of works that are cited.
    """
    said = reading.properties.get("doi")
    embedded = clean_doi(said)
    if embedded is not None and isinstance(said, str):
        yield Candidate(embedded, IN_PRINT, said)
    printed = dict(find_dois(reading.text[:_FIRST_PAGE]))
    if len(printed) == 1:
        ((doi, words),) = printed.items()
        yield Candidate(doi, TRUSTED, words)
