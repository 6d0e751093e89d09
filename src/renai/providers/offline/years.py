"""The year on the page: after a copyright mark, in the words of an imprint, or in a dated line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.offline.candidate import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator

EARLIEST, LATEST = 1450, 2100

_YEAR = r"(1[4-9]\d\d|20\d\d)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PATTERNS = (
    # Of several copyright years the last is this edition's.
    (
        0.85,
        rf"(?:\u00a9|\(c\)|\bcopyright\b)[^\n\d]{{0,40}}(?:\d{{4}}\s*[,\u2013-]\s*){{0,6}}{_YEAR}(?!\d)",
    ),
    (0.8, rf"\b(?:first )?published(?: online)?(?: in| on)?:?\s[^\n]{{0,30}}?\b{_YEAR}\b"),
    (0.75, rf"^arxiv:\S+(?: \[\S+\])? +\d{{1,2}} +\w+ +{_YEAR}$"),
    (0.6, rf"^(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?,? {_YEAR}$"),
    (0.6, rf"^{_YEAR}$"),
)
_COMPILED = tuple((s, re.compile(p, re.IGNORECASE | re.MULTILINE)) for s, p in _PATTERNS)


def in_text(text: str) -> Iterator[Candidate[int]]:
    """Propose years from the words they stand in."""
    for score, pattern in _COMPILED:
        for found in pattern.finditer(text):
            if EARLIEST <= int(found[1]) <= LATEST:
                yield Candidate(int(found[1]), score, found[0])
