"""Read who holds the copyright, or who is said to have made the work, in its first lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.offline.authors import sure_names
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.names import group_in, is_surely_name, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COPYRIGHT = 0.62
ONE_OF_SEVERAL_HOLDERS = 0.5

_FIRST_LINES = 60
_LONGEST_LINE = 400
"""Characters."""
_COPYRIGHT = re.compile(
    r"^(?:(?:this|the(?: \S+)?) [a-z]+ is |\W*SPDX-File|all rights reserved\W+"
    r"|v(?:ersion\s)?\.?\d[\d.]*\w?,?\s+)?"
    r"(?:copyright(?:text:)?|\u00a9|&copy;|\(c\))[\s\u00a9]*(?:copyright\s*)?(?:\(c\)|&copy;)?\s*"
    r"(?:\(?[\d\s,\u2013-]{4,100}\)?\s*(?:by\s+)?(?P<after>.+)|,?\s*(?P<before>[^\W\d_]\D*?),?\s+[\d\s,\u2013-]{4,60}\.?)$",
    re.IGNORECASE,
)
_RESERVED = re.compile(
    r"[.,;]?\s*(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|et contributeurs"
    r"|todos los derechos|tutti i diritti|todos os direitos|все права|last (?:modified|updated)"
    r"|and (?:other )?contributors|and others|et d'autres|und (?:andere|weitere|beitragende"
    r"|mitwirkende)|y otros|e altri|e outros|и другие|и др\.|ほか|他).*$",
    re.IGNORECASE,
)
_GLUED_COPYRIGHT = re.compile(r"(?<=\S)(?=Copyright (?:\u00a9|\(c\)))", re.IGNORECASE)
_MADE_BY = re.compile(
    r"^(?:[^a-z].{0,60}\b)?(?i:created|developed|documented|maintained|typeset|written) by (.+)$"
)
"""A line that begins within a sentence may tell who made something else."""


def holders(lines: Sequence[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose who holds the copyright, where nobody else is named.

    Several lines of copyright name those who came one after the other, and are no certain authors.
    """
    found: dict[tuple[str, ...], str] = {}
    parts = (part for line in lines[:_FIRST_LINES] for part in _GLUED_COPYRIGHT.split(line))
    for line in (part[:_LONGEST_LINE] for part in parts):
        held = _COPYRIGHT.match(line)
        if held:
            holder = _RESERVED.sub("", held["after"] or held["before"])
            if names := _names_of(holder) or group_in(holder.rstrip(".")):
                found.setdefault(names, line)
        maker = _MADE_BY.match(line)
        if maker and (names := sure_names(maker[1])):
            yield Candidate(names, COPYRIGHT, line)
    for names, line in found.items():
        yield Candidate(names, COPYRIGHT if len(found) == 1 else ONE_OF_SEVERAL_HOLDERS, line)


def _names_of(holder: str) -> tuple[str, ...]:
    """Return the people who hold it; behind a comma stands a place sooner than a given name."""
    names = names_in(holder)
    is_turned = len(names) == 1 and "," in holder and not is_surely_name(names[0])
    return names_in(holder.partition(",")[0]) if is_turned else names
