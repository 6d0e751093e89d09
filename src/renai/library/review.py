"""A plan as a person goes through it: question by question, the least certain first.

Nothing is renamed here. What the person says of each file changes the plan, and the plan that comes
out is carried out as one run. What the person corrects is kept at once, whatever becomes of the
plan.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from renai.errors import UsageError
from renai.providers.schema import EVIDENCED, Metadata
from renai.renaming.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from renai.library.survey import Work
    from renai.metadata.corrections import Corrections
    from renai.renaming.plan import Decision, Policy

LEFT_ALONE = "left alone in the review"
"""Why a file that the person skipped keeps its name."""

_NOTHING = (None, ())


class Review:
    """A plan under review.

    Args:
        works: the files of the run; what is corrected of one is set in all with its content.
        policy: what the user wants of names. Files below its least confidence, all files if that
            is 0, are asked about; the others are renamed without a question.
        corrections: where corrections are kept.
        listing: as in `make_plan`.

    Attributes:
        questions: positions of the files to ask about, the least certain first.
    """

    def __init__(
        self,
        works: Sequence[Work],
        policy: Policy,
        corrections: Corrections,
        listing: Callable[[Path], Iterable[str]] = os.listdir,
    ) -> None:
        self._works = works
        self._policy = replace(policy, min_confidence=0.0)
        self._corrections = corrections
        self._listing = listing
        self._left: set[int] = set()
        self._decisions: list[Decision] = []
        self._make_plan()
        least = policy.min_confidence or math.inf
        self.questions = sorted(
            (at for at in range(len(works)) if self._is_open(at) and self._sure(at) < least),
            key=self._sure,
        )

    def decision(self, position: int) -> Decision:
        """What happens to a file that is not left alone."""
        return self._decisions[position]

    def plan(self) -> list[Decision]:
        """What happens to all files, as things stand: what was not asked about is renamed.

        A name that a file would have had which is left alone now goes to the next that wants it.
        """
        self._make_plan()
        return self._decisions

    def leave(self, *positions: int) -> None:
        """Let files keep their names."""
        self._left.update(positions)  # what it changes for others can wait for the end

    def correct(self, position: int, field: str, text: str) -> None:
        """Set a field of a file, and of all with its content; keep that; make its name anew.

        Args:
            position: of the file.
            field: one of `EVIDENCED`.
            text: as the person wrote it; authors parted by semicolons. Nothing clears the field.

        Raises:
            UsageError: the text is no value for this field; nothing changes.
            StoreError: the correction cannot be kept; nothing changes.
        """
        work = self._works[position]
        assert work.metadata is not None
        assert work.document is not None
        file_hash = work.document.file_hash
        edited = edit(work.metadata, field, text)
        certain = self._corrections.record(file_hash, edited, work.found.path.name)
        for other in self._works:
            if other.document is not None and other.document.file_hash == file_hash:
                other.metadata, other.problem, other.corrected = certain, None, True
        self._make_plan()

    def _make_plan(self) -> None:
        items = [work.item() for work in self._works]
        for position in self._left:
            items[position] = items[position]._replace(problem=("keep", LEFT_ALONE))
        self._decisions = make_plan(items, self._policy, self._listing)

    def _is_open(self, position: int) -> bool:
        """Whether the file gets a new name, or would if only its title were known."""
        decision = self._decisions[position]
        return decision.action == "rename" or decision.reason == "no title"

    def _sure(self, position: int) -> float:
        metadata = self._decisions[position].metadata
        sure = metadata.confidence if metadata else None
        return -1.0 if sure is None else sure


def edit(metadata: Metadata, field: str, text: str) -> Metadata:
    """Metadata with one field as a person wrote it; the evidence for the old value goes.

    Raises:
        UsageError: the text is no value for this field.
    """
    evidence = {name: words for name, words in metadata.evidence.items() if name != field}
    edited = Metadata.model_validate(
        {**metadata.model_dump(), field: text.strip() or None, "evidence": evidence}
    )
    if text.strip() and getattr(edited, field) in _NOTHING:
        raise UsageError(f"{text.strip()!r} cannot be used as {field}")
    return edited


def field_meant(word: str) -> str | None:
    """The field that a person means by its name or by the first letters of only one."""
    word = word.strip().lower()
    meant = [field for field in EVIDENCED if field.startswith(word)]
    return word if word in EVIDENCED else meant[0] if len(meant) == 1 else None
