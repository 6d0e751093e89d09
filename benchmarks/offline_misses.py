"""Why an answer of `offline` is wrong: one cause a miss, told from it, the truth and the print."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from renai.evaluation.fields import normalised

if TYPE_CHECKING:
    from renai.extraction import Extraction
    from renai.providers.schema import Metadata

_NEARLY = 0.9
"""Of the letters are the same."""


def letters(text: str | None) -> str:
    """What is compared of a title: letters and digits; case, accents, punctuation do not matter."""
    return normalised(text or "").replace(" ", "")


def title_is_right(answer: Metadata, truth: Metadata) -> bool:
    """Whether the title is the true one; where that holds a subtitle, the two together may be."""
    both = f"{answer.title or ''}{answer.subtitle or ''}"
    return letters(truth.title) in {letters(answer.title), letters(both)}


def why_title_is_wrong(answer: Metadata, truth: Metadata, extraction: Extraction) -> str:
    """Name the cause of a wrong title."""
    said, true = letters(answer.title), letters(truth.title)
    if not said:
        return "none given"
    if said in true or true.startswith(letters(f"{answer.title}{answer.subtitle or ''}")):
        return "a part of it lost"
    if true in said:
        return "more joined to it"
    if SequenceMatcher(None, said, true, autojunk=False).ratio() >= _NEARLY:
        return "some letters differ"
    if any(letters(name) in said for name in truth.authors):
        return "an author taken"
    where = [line for line in extraction.lines if len(letters(line.text)) > 1]
    taken = [line for line in where if letters(line.text) in said]
    if {line.page for line in taken} == {0, 1}:
        return "a running head taken"
    if taken and all(line.page == 1 for line in taken):
        return "something from the second page taken"
    largest = max((line.size for line in taken), default=0.0)
    true_size = max((line.size for line in where if letters(line.text) in true), default=0.0)
    return "larger print taken" if largest > true_size else "smaller print taken"


def why_authors_are_wrong(answer: Metadata, truth: Metadata, extraction: Extraction) -> str:
    """Name the cause of wrong authors."""
    said, true = _people(answer), _people(truth)
    printed = letters(" ".join(line.text for line in extraction.lines))
    if not all(letters(name) in printed for name in truth.authors):
        return "not all printed on the first two pages as they are embedded"
    if not said:
        return "none given"
    if said < true:
        return "some missing"
    if said > true:
        return "more than the true ones"
    return "others than the true ones"


def _people(metadata: Metadata) -> set[str]:
    return {" ".join(sorted(normalised(name).split())) for name in metadata.authors}
