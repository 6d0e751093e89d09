"""Authors on the page: after "by", after a label, or as a line of names below the title.

A wrong author is worse than none, so a line counts only if every part of it can be a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline.candidate import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LABELLED = 0.9
AFTER_BY = 0.8
BELOW_TITLE = 0.65

_FIRST_LINES = 60
_LINES_BELOW_TITLE = 6
_LABEL = re.compile(
    r"^(?:authors?|written by|autor(?:en|es)?|auteurs?|autore|verfasser)(?:\s*:|\s+by)?\s+(.+)$",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:(?:written|edited|translated and edited|a novel)\s+)?by:?\s+(.+)$", re.IGNORECASE
)
_ONLY_BY = re.compile(r"^(?:written |edited )?by:?$", re.IGNORECASE)
_END_OF_HEAD = re.compile(
    r"^(abstract|summary|contents|introduction|keywords|zusammenfassung)\b", re.I
)
_MARKS = re.compile(
    r"[*\u2020\u2021\u00a7\u00b6\u2217\u22c6\u00b9\u00b2\u00b3\u2070-\u2079]|(?<=[^\W\d])\d+(?:,\d+)*"
)
_BETWEEN = re.compile(
    r"\s*[,;\u00b7\u2022|]\s*(?:and|und|et|y)?\s+|\s+(?:and|und|et|&)\s+", re.IGNORECASE
)
_TITLES = re.compile(r"^(?:dr|prof|professor|mr|mrs|ms|sir|dame|rev)\.?\s+", re.IGNORECASE)
_DEGREES = re.compile(
    r",?\s+(?:ph\.?\s?d|m\.?\s?d|m\.?sc|b\.?sc|esq|mba|llm|jd)\.?$", re.IGNORECASE
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


def is_name(text: str) -> bool:
    """Whether a text can be a person's name: two to five capitalised words, none of them common."""
    words = text.split()
    if not 2 <= len(words) <= 5 or len(text) > 50:
        return False
    bare = [word.rstrip(".,").casefold() for word in words]
    if any(word in _NOT_NAMES for word in bare) or bare[-1] in _PARTICLES:
        return False
    capital = [word for word in words if word[0].isupper() and _WORD.match(word)]
    return len(capital) >= 2 and all(
        word in capital or word.casefold() in _PARTICLES for word in words
    )


def names_in(line: str) -> tuple[str, ...]:
    """Part a line into names; empty if any part of it is not one."""
    bare = " ".join(_MARKS.sub(" ", line).split()).strip(" ,;.")
    parts = [part.strip(" ,;") for part in _BETWEEN.split(_DEGREES.sub("", bare))]
    names = [_DEGREES.sub("", _TITLES.sub("", part)) for part in parts if part]
    cleaned = [clean_line(name) for name in names]
    return tuple(name for name in cleaned if name) if names and all(map(is_name, names)) else ()


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
    """Propose the first run of lines that hold nothing but names.

    Args:
        lines: those below the title, nearest first.
    """
    names: list[str] = []
    evidence: list[str] = []
    for place, line in enumerate(lines):
        found = names_in(line)
        if not found and (names or place >= _LINES_BELOW_TITLE or _END_OF_HEAD.match(line)):
            break
        names += found
        evidence += [line] if found else []
    if names:
        yield Candidate(tuple(dict.fromkeys(names)), BELOW_TITLE, "; ".join(evidence))
