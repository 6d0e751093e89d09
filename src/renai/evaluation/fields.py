"""Decide when two values of a field count as the same, although they are spelt differently.

Case, accents, punctuation and spaces do not matter, nor the order of authors, nor whether a name is
"Smith, John" or "John Smith". A title may be given with or without its subtitle.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from renai.providers.schema import Metadata


def normalised(text: str) -> str:
    """Return a text in lower case, without accents and punctuation, with one space between words.

    A text without any letter or digit is only case-folded.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = (character for character in folded if not unicodedata.combining(character))
    words = "".join(letter if letter.isalnum() else " " for letter in letters).split()
    return " ".join(words) or " ".join(folded.split())


def _titles(metadata: Metadata) -> frozenset[str]:
    if not metadata.title:
        return frozenset()
    whole = f"{metadata.title} {metadata.subtitle or ''}"
    return frozenset({normalised(metadata.title), normalised(whole)})


def _authors(metadata: Metadata) -> frozenset[str]:
    names = (" ".join(sorted(normalised(name).split())) for name in metadata.authors)
    together = " | ".join(sorted(set(names)))
    return frozenset({together} if together else ())


def _year(metadata: Metadata) -> frozenset[str]:
    return frozenset({str(metadata.year)} if metadata.year else ())


def _category(metadata: Metadata) -> frozenset[str]:
    return frozenset({normalised(metadata.category)} if metadata.category else ())


SPELLINGS: Mapping[str, Callable[[Metadata], frozenset[str]]] = {
    "title": _titles,
    "authors": _authors,
    "year": _year,
    "category": _category,
}
"""The fields that are compared, each with a function that returns the accepted spellings."""


def knows(metadata: Metadata, field: str) -> bool:
    """Return whether a record has a value in a field."""
    return bool(SPELLINGS[field](metadata))


def agree(one: Metadata, other: Metadata, field: str) -> bool:
    """Return whether two records have the same value in a field; two empty fields do not agree."""
    spellings = SPELLINGS[field]
    return not spellings(one).isdisjoint(spellings(other))
