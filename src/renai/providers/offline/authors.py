"""Find authors on the page: after "by", after a label, or as a line of names below the title.

A wrong author is worse than none, so a line counts only if every part of it can be a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline.candidate import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.extraction import Line
    from renai.providers.offline.typography import Block

LABELLED = 0.9
AFTER_BY = 0.8
BELOW_TITLE = 0.78
ABOVE_TITLE = 0.6
COPYRIGHT = 0.5

_FIRST_LINES = 60
_LINES_BELOW_TITLE = 6
_LINES_OF_HEAD = 25
_LONGEST_LINE = 400
_SAME_SIZE = 0.3
"""Points."""
_MOST_DISTANCE = 8.0
"""In type sizes."""
_COPYRIGHT = re.compile(
    r"^(?:copyright|\u00a9|\(c\))[\s\u00a9]*(?:\(c\)\s*)?[\d\s,\u2013-]{4,60}(?:by\s+)?(.+)$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"<[^>]*>|[({\[][^)}\]]*(?:@|\bat\b)[^)}\]]*[)}\]]|\S+\s?@\s?\S+|https?:\S+|\((?:\d|,|\s)+\)"
)
_LEAD = re.compile(
    r"^(?:by|von|par|di|por|and|und|et|written by|authors?:|autor(?:en)?:|auteurs?:)\s+",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"^The (?:[A-Z][\w-]*\s){1,4}(?:Team|Project|Group|Consortium|Foundation|Mailing List)$"
    r"|^(?:[A-Z][\w-]*\s){1,3}(?:Group|Team)$"
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
_MARKS = re.compile(
    r"[*\u2020\u2021\u00a7\u00b6\u2217\u22c6\u00b9\u00b2\u00b3\u2070-\u2079]|(?<=[^\W\d])\d+(?:,\d+)*"
)
_BETWEEN = re.compile(
    r"\s*[,;\u00b7\u2022|]\s*(?:and|und|et|y)?\s+|\s+(?:and|und|et|&)\s+", re.IGNORECASE
)
_TITLES = re.compile(r"^(?:dr|prof|professor|mr|mrs|ms|sir|dame|rev)\.?\s+", re.IGNORECASE)
_DEGREES = re.compile(
    r"(?:,?\s+(?:ph\.?\s?d|m\.?\s?d|m\.?sc|b\.?sc|b\.?a|m\.?a|b\.?eng|m\.?eng|esq|mba|llm|jd)\.?)+$",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"^(?:[^\W\d_]\.?-?){1,4}$|^(?:[dDlLO]['\u2019]|M[ac]c?)?[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?$"
)
_PARTICLES = frozenset(
    """
    al bin da das de del della der di do dos du el ibn la le ten ter van vom von y zu zur
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
_NOT_NAMES = frozenset(
    """
    abstract academic academy all an analysis and annual applications approach art article
    association at author authors book bureau center centre chapter class college committee
    company conference congress contents copyright corporation council data department design
    development division draft edition editor editors education engineering faculty federal
    figure first for foundation from general government group guide handbook history http in inc
    index information institute international introduction issue journal laboratory law lecture
    letter library limited ltd management manual meeting ministry model national new notes
    number of office on online open paper press proceedings program project publication
    publishers publishing records report research review rights school science sciences second
    section series service services society staff state states statistics studies study summary
    survey system systems table technical technology the theory thesis third to translated
    united university using version volume with working workshop world
    """.split()  # noqa: SIM905 - words read better than a list of strings
)


_ARTICLES = frozenset(("das", "dem", "der", "die", "el", "la", "le"))
_INSTITUTION = re.compile(
    r"^(?:universi|institut|fak[u\u00fc]lt|facult|hochschul|laborato|akadem|acad|polite[ck]|zentrum)"
    r"|(?:universit\u00e4t|institut|hochschule|gymnasium|verlag|arbeit)$"
)


def is_name(text: str) -> bool:
    """Return whether a text can be a name: two to five capitalised words, none of them common."""
    words = text.split()
    if not 2 <= len(words) <= 5 or len(text) > 50:
        return False
    bare = [word.rstrip(".,").casefold() for word in words]
    if any(word in _NOT_NAMES or _INSTITUTION.search(word) for word in bare):
        return False
    if bare[-1] in _PARTICLES or max(map(len, bare)) < 3 or bare[0] in _ARTICLES:
        return False
    capital = [word for word in words if word[0].isupper() and _WORD.match(word)]
    return len(capital) >= 2 and all(
        word in capital or word.casefold() in _PARTICLES for word in words
    )


def names_in(line: str) -> tuple[str, ...]:
    """Split a line into names; return none if any part of it is not a name."""
    bare = _MARKS.sub(" ", _ADDRESS.sub(" ", _LEAD.sub("", line[:_LONGEST_LINE])))
    bare = " ".join(bare.split()).strip(" ,;.:")
    parts = [part.strip(" ,;") for part in _BETWEEN.split(_DEGREES.sub("", bare))]
    names = [_DEGREES.sub("", _TITLES.sub("", part)) for part in parts if part]
    cleaned = [clean_line(name) for name in names]
    return tuple(name for name in cleaned if name) if names and all(map(is_name, names)) else ()


def group_in(line: str) -> tuple[str, ...]:
    """Return the group that signs as an author, if the line is one: "The LaTeX Project"."""
    group = _GROUP.match(" ".join(_MARKS.sub(" ", line).split()))
    return (group[0],) if group else ()


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
        found = names_in(line)
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
    """Propose who holds the copyright, where nobody else is named."""
    for line in lines[:_FIRST_LINES]:
        holder = _COPYRIGHT.match(line)
        names = names_in(holder[1]) if holder else ()
        if names:
            yield Candidate(names, COPYRIGHT, line)
        maker = _MADE_BY.match(line)
        names = names_in(maker[1]) if maker else ()
        if names:
            yield Candidate(names, COPYRIGHT, line)


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
        found = names_in(line.text) or group_in(line.text)
        if found and (last is None or _beside(last, line)):
            last = line
            names += found
            said.append(line.text)
    return (tuple(dict.fromkeys(names)), "; ".join(said)) if names else None


def _beside(last: Line, line: Line) -> bool:
    """Return whether a name is set like the one before and near it, but for an address."""
    distance = (line.top - last.top) * line.page_height
    return abs(line.size - last.size) <= _SAME_SIZE and distance <= _MOST_DISTANCE * line.size
