"""Review: a person goes through a plan question by question, the least certain file first.

Nothing is renamed here. What the person says of each file changes the plan, and the resulting plan
is then executed as one run. What the person corrects is stored at once, whatever becomes of the
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
from renai.renaming.template import NO_TITLE, NOT_PORTABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from renai.file_job import FileJob, Problem
    from renai.metadata.corrections import Corrections
    from renai.renaming.plan import Policy

LEFT_ALONE: Problem = ("keep", "left alone in the review")
"""The problem of a file that the person skipped; it keeps its name."""

_NOTHING = (None, ())


class Review:
    """A plan under review.

    Args:
        jobs: the files of the run; a correction of one is applied to all with the same content.
        policy: the user's wishes for names. Only files below its lowest confidence are asked about,
            or all files if that is 0; the others are renamed without a question.
        corrections: the corrections to which new ones are added.
        listing: the function that lists a folder, as in `make_plan`.
        everything: whether all files are asked about, whatever their confidence.

    Attributes:
        questions: the files to ask about, the least certain first.
    """

    def __init__(
        self,
        jobs: list[FileJob],
        policy: Policy,
        corrections: Corrections,
        listing: Callable[[Path], Iterable[str]] = os.listdir,
        *,
        everything: bool = False,
    ) -> None:
        self._jobs = jobs
        self._policy = policy._replace(min_confidence=0.0)
        self._corrections = corrections
        self._listing = listing
        self.plan()
        least = math.inf if everything else policy.min_confidence or math.inf
        self.questions = sorted(
            (job for job in jobs if _is_open(job) and _sure(job) < least), key=_sure
        )

    def plan(self) -> list[FileJob]:
        """Decide what is to happen to all files as things stand, and return the jobs.

        Files that were not asked about are renamed. If a file is left alone, the name it would have
        got goes to the next file that wants it.
        """
        decisions = make_plan(self._jobs, self._policy, self._listing)
        for job, decision in zip(self._jobs, decisions, strict=True):
            job.decision = decision
        return self._jobs

    def leave(self, *jobs: FileJob) -> None:
        """Let files keep their names; other files benefit from that only with the next plan."""
        for job in jobs:
            job.problem = LEFT_ALONE

    def ask_again(self, job: FileJob) -> None:
        """Take back that a file keeps its name, and plan anew; what was corrected stays."""
        if job.problem == LEFT_ALONE:
            job.problem = None
        self.plan()

    def preview(self, accepted: Collection[FileJob]) -> list[FileJob]:
        """Return what would be executed if only some files were renamed, as copies of the jobs.

        Others keep their names. A file whose new name had a number because of one of those can so
        get another name than the plan says.

        Args:
            accepted: the files that are to be renamed.
        """
        chosen = {id(job) for job in accepted}
        copies = [
            replace(job)
            if id(job) in chosen or job.action != "rename"
            else replace(job, problem=LEFT_ALONE)
            for job in self._jobs
        ]
        decisions = make_plan(copies, self._policy, self._listing)
        for job, decision in zip(copies, decisions, strict=True):
            job.decision = decision
        return copies

    def correct(self, job: FileJob, field: str, text: str) -> None:
        """Set a field of a file and of all with the same content, store that, and plan anew.

        Args:
            job: the file.
            field: the name of the field, one of `EVIDENCED`.
            text: the new value as the person wrote it, authors separated by semicolons; an empty
                text clears the field.

        Raises:
            UsageError: the text is not a value for this field; nothing changes.
            StoreError: the correction cannot be stored; nothing changes.
        """
        assert job.metadata is not None
        assert job.file_hash
        edited = edit(job.metadata, field, text)
        certain = self._corrections.record(job.file_hash, edited, job.name)
        for other in self._jobs:
            if other.file_hash == job.file_hash:
                other.metadata, other.corrected = certain, True
                if other.problem != LEFT_ALONE:
                    other.problem = None
        self.plan()


def _is_open(job: FileJob) -> bool:
    """Return whether the file gets a new name, or would get one if it had another title."""
    return job.action == "rename" or job.reason in (NO_TITLE, NOT_PORTABLE)


def _sure(job: FileJob) -> float:
    sure = job.metadata.confidence if job.metadata else None
    return -1.0 if sure is None else sure


def edit(metadata: Metadata, field: str, text: str) -> Metadata:
    """Return metadata with one field as a person wrote it, without the evidence for the old value.

    Raises:
        UsageError: there is no such field, or the text is not a value for it.
    """
    if field not in EVIDENCED:
        raise UsageError(f"there is no field {field!r}")
    evidence = {name: words for name, words in metadata.evidence.items() if name != field}
    edited = Metadata.from_said(
        {**vars(metadata), field: text.strip() or None, "evidence": evidence}
    )
    if text.strip() and getattr(edited, field) in _NOTHING:
        raise UsageError(f"{text.strip()!r} cannot be used as {field}")
    return edited


def field_meant(word: str) -> str | None:
    """Return the field that a person means by its name, or by letters that begin only one name."""
    word = word.strip().lower()
    meant = [field for field in EVIDENCED if field.startswith(word)]
    return word if word in EVIDENCED else meant[0] if len(meant) == 1 else None
