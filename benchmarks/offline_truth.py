"""What is known of a corpus' PDFs without reading them: the title and authors embedded in them.

An embedded title is often what software left there, so only what a person must have written counts:
no file name, no program, no template's words, and it stands in the print of the first two pages.
Authors count if each is a name once e-mail addresses and what TeX left behind are taken away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from renai.evaluation.fields import normalised
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePath

    from renai.extraction import Extraction

_NO_TITLE = re.compile(
    r"^(untitled|no title|title|document|microsoft|powerpoint|slide \d|latex|pdftex|tex output)\b"
    r"|\.(tex|dvi|pdf|docx?|pptx?|xlsx?|odt|rtf|indd|ps|html?)$|^\W*$|[\\{}`#]|%%|\ufffd",
    re.IGNORECASE,
)
_LEFT_BY_TEX = re.compile(r"[\\{}`#%^~\[\]|]|\ufffd|\d")
_MAIL = re.compile(r"<[^>]*>|\([^)]*@[^)]*\)|\S+@\S+")
_ROLE = re.compile(r"^(?:authors?|by|written by)\s*:?\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[;,&\n]\s*|\s+(?:and|und|et|en|y|e)\s+", re.IGNORECASE)
TUNING, HELD_OUT, FRESH = PARTS = ("tuning", "held-out", "fresh")
"""What is tuned on, what is only measured, and what was not even there while most was tuned."""
_CAME_LATER = (
    """
    texlive-games texlive-luatex texlive-lang-german texlive-lang-italian texlive-lang-spanish
    texlive-music texlive-formats-extra texlive-xetex texlive-plain-generic texlive-bibtex-extra
    texlive-lang-french texlive-fonts-extra-doc r-cran-seqinr r-bioc-biostrings r-bioc-deseq2
    r-bioc-genomicranges
    """.split(),  # noqa: SIM905 - words read better than a list of strings
    """
    texlive-lang-english texlive-lang-other texlive-lang-european texlive-lang-portuguese
    texlive-lang-polish texlive-lang-czechslovak texlive-lang-greek texlive-lang-cyrillic
    texlive-lang-japanese texlive-lang-chinese texlive-lang-arabic texlive-extra-utils
    texlive-font-utils
    """.split(),  # noqa: SIM905 - words read better than a list of strings
)
"""Packages of the second and of the third wave, fetched when what there was had been measured."""
_WAVE = {package: 1 + wave for wave, packages in enumerate(_CAME_LATER) for package in packages}
_DRAWN_FROM = ((TUNING, HELD_OUT), (TUNING, FRESH), (FRESH, FRESH))
"""The parts that each wave's families are drawn into."""

_MOST_LINES = 8
"""Of one title."""
_PARTICLES = {"van", "von", "de", "der", "den", "di", "da", "la", "le", "dos", "du", "zu", "y"}
_GENERATIONS = {"jr", "jr.", "sr", "ii", "iii"}


@dataclass(frozen=True, slots=True)
class Known:
    """A document whose title and authors are known.

    Attributes:
        package: the Debian package it is from.
        family: the same for documents that share a folder or an author, directly or over others.
        part: one of `PARTS`.
        truth: its title and authors.
    """

    package: str
    family: str
    part: str
    truth: Metadata


def known_documents(extractions: Mapping[PurePath, Extraction]) -> dict[PurePath, Known]:
    """Those of which enough is known; of several with the same title and authors the first.

    Args:
        extractions: by path below the folder that holds one folder a package.
    """
    truths: dict[PurePath, Metadata] = {}
    seen = set()
    for path, extraction in extractions.items():
        truth = truth_of(extraction)
        if truth is not None and (same := (truth.title, truth.authors)) not in seen:
            seen.add(same)
            truths[path] = truth
    families, parts = _parted({path: _ties(path, truth) for path, truth in truths.items()})
    return {
        path: Known(path.parts[0], families[path], parts[path], truth)
        for path, truth in truths.items()
    }


def truth_of(extraction: Extraction) -> Metadata | None:
    """What the file says of itself, or None if that cannot be relied upon."""
    title = extraction.properties.get("title")
    if not isinstance(title, str) or _NO_TITLE.search(title) or len(normalised(title)) < 3:
        return None
    lines = [normalised(line.text) for line in extraction.lines]
    if not stands_in_print(normalised(title), lines):
        return None
    authors = list(names(extraction.properties.get("authors") or ()))
    return Metadata(title=title, authors=tuple(authors)) if authors else None


def names(embedded: str | list[str]) -> Iterator[str]:
    """The names in an embedded list of authors; none at all if any part of it is not one."""
    said = "; ".join([embedded] if isinstance(embedded, str) else embedded)
    parts = [_ROLE.sub("", part).strip(" .,<>()") for part in _BETWEEN.split(_MAIL.sub(";", said))]
    found = [part for part in parts if part and part.casefold() not in _GENERATIONS]
    if all(map(_is_name, found)):
        yield from dict.fromkeys(found)


def _is_name(text: str) -> bool:
    words = text.split()
    return (
        2 <= len(words) <= 5
        and not _LEFT_BY_TEX.search(text)
        and all(word[0].isupper() or word.casefold() in _PARTICLES for word in words)
    )


def stands_in_print(title: str, lines: Sequence[str]) -> bool:
    """Whether some lines that follow each other hold a title and nothing else.

    Spaces do not matter, since a word may be parted at a line's end, nor does what is left of a
    footnote mark. Words in the midst of a sentence are no printed title.

    Args:
        title: `normalised`, as the lines are.
        lines: of the first pages.
    """
    wanted = title.replace(" ", "")
    bare = [line.replace(" ", "") for line in lines]
    for first, start in enumerate(bare):
        held = start
        for line in bare[first + 1 : first + _MOST_LINES]:
            if len(held) >= len(wanted) or not wanted.startswith(held):
                break
            held += line
        if held.startswith(wanted) and len(held) - len(wanted) <= 1:
            return True
    return False


def _parted(
    ties: Mapping[PurePath, Iterable[str]],
) -> tuple[dict[PurePath, str], dict[PurePath, str]]:
    """Families, and the part that each document is in.

    A wave leaves the parts of those before it as they are. A document is in the part of its kin
    there, and is tuned on where it has kin in several; a family that has none is drawn.
    """
    parts: dict[PurePath, str] = {}
    families: dict[PurePath, str] = {}
    for wave, drawn_from in enumerate(_DRAWN_FROM):
        there = {path: some for path, some in ties.items() if _WAVE.get(path.parts[0], 0) <= wave}
        families = _families(there)
        kin: dict[str, set[str]] = {}
        for path, part in parts.items():
            kin.setdefault(families[path], set()).add(part)
        for path, family in families.items():
            drawn = drawn_from[sha256(family.encode()).digest()[0] % 2]
            parts.setdefault(path, min(kin.get(family, {drawn}), key=PARTS.index))
    return families, parts


def _ties(path: PurePath, truth: Metadata) -> list[str]:
    """What a document has in common with its kin."""
    return [f"folder {path.parent}", *(f"author {normalised(name)}" for name in truth.authors)]


def _families(ties: Mapping[PurePath, Iterable[str]]) -> dict[PurePath, str]:
    """Join documents that share a tie into families, each named after its first tie."""
    parents: dict[str, str] = {}

    def root(tie: str) -> str:
        while parents.setdefault(tie, tie) != tie:
            tie = parents[tie]
        return tie

    for of_one in ties.values():
        roots = sorted({root(tie) for tie in of_one})
        parents.update(dict.fromkeys(roots, roots[0]))
    return {path: root(next(iter(of_one))) for path, of_one in ties.items()}
