"""Find authors on the page: after "by", after a label, or as a line of names below the title.

A wrong author is worse than none, so a line counts only if every part of it can be a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.offline.candidate import Candidate
from renai.providers.offline.names import group_in, is_surely_name, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.extraction import Line
    from renai.providers.offline.typography import Block

LABELLED = 0.9
AFTER_BY = 0.8
BELOW_TITLE = 0.78
ABOVE_TITLE = 0.65
COPYRIGHT = 0.62
ONE_OF_SEVERAL_HOLDERS = 0.5

_FIRST_LINES = 60
_LINES_BELOW_TITLE = 6
_LINES_OF_HEAD = 25
_SAME_SIZE = 0.3
"""Points."""
_MOST_DISTANCE = 8.0
"""In type sizes."""
_COPYRIGHT = re.compile(
    r"^(?:copyright|\u00a9|\(c\))[\s\u00a9]*(?:\(c\)\s*)?[\d\s,\u2013-]{4,60}(?:by\s+)?(.+)$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:authors?|written by|autor(?:en|es)?|auteurs?|autore|verfasser)(?:\(\w+\))?"
    r"(?:\s*:|\s+by)?\s+(.+)$",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:(?:written|edited|translated and edited|a novel)\s+)?by:?\s+(.+)$", re.IGNORECASE
)
_ONLY_BY = re.compile(
    r"^(?:(?:written|edited|submitted|presented|prepared) by|by|von|verfasst von|par|door|di|por"
    r"|verfasst von / submitted by):?$",
    re.IGNORECASE,
)
_MADE_BY = re.compile(
    r"^.{0,60}\b(?:created|developed|documented|maintained|typeset|written) by (.+)$", re.IGNORECASE
)
_END_OF_HEAD = re.compile(
    r"^(?:abstract|summary|contents|introduction|keywords|zusammenfassung|inhalt|r\u00e9sum\u00e9|sommaire"
    r"|resumen|indice|table des mati\u00e8res|sommario)\b|^1\.?\s+[^\W\d_]|^I\.?\s+[^\W\d_]{3}",
    re.I,
)


def after_a_label(lines: Sequence[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose what stands after "Author:" or "by" in the first lines."""
    head = lines[:_FIRST_LINES]
    for line, following in zip(head, [*head, ""][1:], strict=True):
        for pattern, score in ((_LABEL, LABELLED), (_BY, AFTER_BY)):
            found = pattern.match(line)
            names = names_in(found[1]) if found else ()
            if names:
                yield Candidate(names, score, line)
        if _ONLY_BY.match(line) and (names := names_in(following)):
            yield Candidate(names, AFTER_BY, f"{line} {following}")


def below_the_title(lines: Iterable[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the first run of lines of plain text that hold nothing but names.

    Args:
        lines: those below the title, nearest first.
    """
    names: list[str] = []
    evidence: list[str] = []
    for place, line in enumerate(filter(None, lines)):
        found = _sure_names(line)
        if not found and (names or place >= _LINES_BELOW_TITLE or _END_OF_HEAD.match(line)):
            break
        names += found
        evidence += [line] if found else []
    if names:
        yield Candidate(tuple(dict.fromkeys(names)), BELOW_TITLE, "; ".join(evidence))


def around_the_title(lines: Sequence[Line], title: Block) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the names in the head of the title's page, which ends where an abstract begins.

    All authors of a work are set in one size, in a row, in columns or below each other, with their
    addresses between them.
    """
    page = [line for line in lines[title.after :] if line.page == title.page]
    below = _names_of_one_size(_head(page))
    if below:
        yield Candidate(below[0], BELOW_TITLE, below[1])
        return
    above = _names_of_one_size([line for line in lines[: title.first] if line.page == title.page])
    if above:
        yield Candidate(above[0], ABOVE_TITLE, above[1])


def of_the_copyright(lines: Sequence[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose who holds the copyright, where nobody else is named.

    Several lines of copyright name those who came one after the other, and are no certain authors.
    """
    holders: dict[tuple[str, ...], str] = {}
    for line in lines[:_FIRST_LINES]:
        holder = _COPYRIGHT.match(line)
        if holder and (names := _sure_names(holder[1])):
            holders.setdefault(names, line)
        maker = _MADE_BY.match(line)
        if maker and (names := _sure_names(maker[1])):
            yield Candidate(names, COPYRIGHT, line)
    for names, line in holders.items():
        yield Candidate(names, COPYRIGHT if len(holders) == 1 else ONE_OF_SEVERAL_HOLDERS, line)


def _sure_names(line: str) -> tuple[str, ...]:
    """Return the names in a line if each has a given name or initials that are known as such.

    Where no word says that a line names people, capitals alone do not tell "Ann Ash" from "Legal
    Notice".
    """
    names = names_in(line)
    return names if names and all(map(is_surely_name, names)) else group_in(line)


def _head(lines: Sequence[Line]) -> list[Line]:
    head: list[Line] = []
    for line in lines[:_LINES_OF_HEAD]:
        if _END_OF_HEAD.match(line.text):
            break
        head.append(line)
    return head


def _names_of_one_size(lines: Sequence[Line]) -> tuple[tuple[str, ...], str] | None:
    """Return the names on lines of the first name's size, and those lines."""
    names: list[str] = []
    said: list[str] = []
    last: Line | None = None
    for line in lines:
        found = _sure_names(line.text)
        if found and (last is None or _beside(last, line)):
            last = line
            names += found
            said.append(line.text)
    return (tuple(dict.fromkeys(names)), "; ".join(said)) if names else None


def _beside(last: Line, line: Line) -> bool:
    """Return whether a name is set like the one before and near it, but for an address."""
    distance = (line.top - last.top) * line.page_height
    return abs(line.size - last.size) <= _SAME_SIZE and distance <= _MOST_DISTANCE * line.size
