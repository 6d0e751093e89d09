"""DOIs: found in text, and written in one way.

A DOI is `10.`, the number of who registered it, a slash, and any printable characters (ISO 26324).
In text it ends where punctuation of the sentence begins; the pattern is the one that matches nearly
all that are registered (crossref.org/blog/dois-and-matching-regular-expressions). Case does not
matter in a DOI: small letters let two spellings compare equal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOI = r"10\.\d{4,9}/[-._;()/:a-z0-9<>\[\]+]{1,200}"
_WHOLE = re.compile(rf"\s*(?:doi\s*:?\s*|(?:https?://)?(?:dx\.)?doi\.org/)?({_DOI})\s*", re.I)
_FOUND = re.compile(rf"(?:\bdoi\s*[:=]?\s*|doi\.org/|(?<![\w./])){_DOI}", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", ">": "<"}
_END_OF_SENTENCE = ".,;:"


def to_doi(text: str) -> str | None:
    """Write a DOI, however it is labelled, in small letters from its `10.` on; None of others."""
    match = _WHOLE.fullmatch(text)
    doi = _bare(match[1]).lower() if match else ""
    return None if doi.endswith("/") else doi or None


def find_dois(text: str) -> Iterator[tuple[str, str]]:
    """Find the DOIs of a text.

    Yields:
        The DOI and the words it was read from, in the order of the text.
    """
    for match in _FOUND.finditer(text):
        words = _bare(match[0])
        doi = words[words.index("10.") :].lower()
        if not doi.endswith("/"):
            yield doi, words


def _bare(doi: str) -> str:
    """A DOI without the sentence's punctuation, and without a bracket that it does not open."""
    while doi[-1] in _END_OF_SENTENCE or (
        doi[-1] in _CLOSING and doi.count(doi[-1]) > doi.count(_CLOSING[doi[-1]])
    ):
        doi = doi[:-1]
    return doi
