"""Read the first lines of a standard of the Internet, or of a draft of one.

Two columns say whose work it is and who wrote it; the title stands below them, above what the
status of the memo is (RFC 7322, section 4.1).
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST_LINES = 80
_STANDARD = re.compile(r"^(?:request for comments: \d|internet.draft\b)", re.IGNORECASE)
_BELOW_TITLE = re.compile(r"^(?:status of this memo|abstract)$", re.IGNORECASE)
_NAME_OF_DRAFT = re.compile(r"^<?draft-\S+$")
_AUTHOR = re.compile(
    r"(?:^|\s)((?:[^\W\d_a-z]\.[ -]?){1,3}(?:\w{1,3}\s){0,2}[^\W\d_a-z][\w'\u2019-]+)"
    r"(?:,? \(?Ed(?:itor)?s?\.?\)?)?$"
)
"""In the right column, which is as far from the left one as any word once spaces are single."""


def title_of_standard(lines: Sequence[str]) -> str:
    """Return the title of a standard; empty where the lines of a text are of something else."""
    head = _head(lines)
    from_its_end = itertools.dropwhile(lambda line: not line, reversed(head))
    above = [*itertools.takewhile(bool, from_its_end)][::-1]
    return " ".join(line for line in above if not _NAME_OF_DRAFT.match(line))


def authors_of_standard(lines: Sequence[str]) -> tuple[str, ...]:
    """Return who wrote a standard, in the order of its columns; nobody where it is none."""
    columns = itertools.takewhile(bool, itertools.dropwhile(lambda line: not line, _head(lines)))
    found = filter(None, map(_AUTHOR.search, columns))
    return tuple(dict.fromkeys(one[1] for one in found))


def _head(lines: Sequence[str]) -> list[str]:
    """Return the lines above the status of the memo; none where this is no standard."""
    first = lines[:_FIRST_LINES]
    ends = [place for place, line in enumerate(first) if _BELOW_TITLE.match(line)]
    head = list(first[: ends[0]]) if ends else []
    return head if any(map(_STANDARD.match, head)) else []
