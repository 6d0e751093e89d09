"""A plan, and what a person has said of it: names that are accepted, files that are left out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from renai.library.review import LEFT_ALONE
from renai.text_cleaning import printable
from renai.web.plan_rows import COLUMNS, PlanRows, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.file_job import FileJob
    from renai.library.review import Review
    from renai.web.plan_rows import Choice

NO_ROWS: dict[str, Any] = {"revision": 0, "columns": COLUMNS, "folders": [], "rows": []}
"""What pages get before there is a plan."""


class ChosenPlan:
    """The plan of one scan, with a person's choices.

    All methods block, as long as a plan of thousands of files takes, and none may be called while
    another one is under way.

    Args:
        jobs: the files of the scan.
        review: makes their plan anew.
        least_confidence: below it, from 0 to 1, a new name is uncertain.

    Attributes:
        revision: rises with every change of a row.
    """

    def __init__(self, jobs: Sequence[FileJob], review: Review, least_confidence: float) -> None:
        self._jobs = jobs
        self._review = review
        self._choices: list[Choice] = [""] * len(jobs)
        self._names: dict[int, str] = {}
        self._changed_at = [0] * len(jobs)
        self._executed: set[int] = set()
        self._plan_rows = PlanRows(jobs, least_confidence)
        self._rows = [self._plan_rows.row(number) for number in range(len(jobs))]
        self.revision = 1

    def rows(self) -> dict[str, Any]:
        """Return the whole plan."""
        return {
            "revision": self.revision,
            "columns": COLUMNS,
            "folders": self._plan_rows.folders,
            "rows": self._rows,
        }

    def folders(self) -> list[str]:
        """Return the folders to which rows refer by their numbers."""
        return self._plan_rows.folders

    def is_executed(self, number: int) -> bool:
        """Return whether a file was part of a plan that was executed."""
        return number in self._executed

    def choose(
        self, numbers: Iterable[int], choice: Choice, revision: int
    ) -> tuple[list[int], list[list[Any]]]:
        """Accept or skip files, or take that back.

        Args:
            numbers: the files.
            choice: what is said of them.
            revision: the plan that the person saw.

        Returns:
            The files of which nothing is changed, as the person saw another new name than the plan
            has by now, or as there is none; and the rows that have changed.
        """
        refused, changed, freed = [], [], False
        for number in numbers:
            job = self._jobs[number]
            is_late = self._changed_at[number] > revision
            if state_of(job) != "open" or (
                choice == "accepted"
                and (is_late or (job.action != "rename" and job.problem != LEFT_ALONE))
            ):
                refused.append(number)
                continue
            freed = freed or choice == "skipped" or job.problem == LEFT_ALONE
            if choice == "skipped":
                self._review.leave(job)
            elif job.problem == LEFT_ALONE:
                job.problem = None
            self._choices[number] = choice
            changed.append(number)
        if freed:
            self._review.plan()
        for number in changed:
            if choice == "accepted":
                self._names[number] = str(self._jobs[number].new_path)
            else:
                self._names.pop(number, None)
        return refused, self._made_anew(None if freed else changed)

    def correct(self, number: int, field: str, text: str) -> list[list[Any]]:
        """Set a field of a file as a person wrote it, and return the rows that have changed.

        Raises:
            UsageError: the text is not a value for this field.
            StoreError: the correction cannot be kept.
        """
        self._review.correct(self._jobs[number], field, text)
        return self._made_anew(None)

    def accepted(self) -> list[FileJob]:
        """Return the plan for the files that are accepted, and for no others."""
        return self._review.preview(
            [job for job, said in zip(self._jobs, self._choices, strict=True) if said == "accepted"]
        )

    def other_names(self, plan: Sequence[FileJob]) -> list[dict[str, Any]]:
        """Return the files that get another name by this plan than the one that was accepted."""
        return [
            {
                "row": number,
                "name": printable(job.path.name),
                "new_name": printable(job.new_path.name if job.new_path else ""),
            }
            for number, job in enumerate(plan)
            if job.action == "rename" and str(job.new_path) != self._names.get(number)
        ]

    def note_executed(self, plan: Sequence[FileJob], numbers: Iterable[int]) -> list[list[Any]]:
        """Take over how a plan was executed, and return the rows that have changed.

        Args:
            plan: the plan, with what came of each file.
            numbers: the files that were to be renamed.
        """
        for number in numbers:
            self._jobs[number].decision = plan[number].decision
            self._executed.add(number)
        return self._made_anew(None)

    def _made_anew(self, numbers: Iterable[int] | None) -> list[list[Any]]:
        """Make rows anew, of all files if none are named; return those that are others now."""
        changed = []
        self.revision += 1
        for number in range(len(self._rows)) if numbers is None else numbers:
            row = self._plan_rows.row(
                number, self._choices[number], executed=number in self._executed
            )
            before = self._rows[number]
            if row != before:
                if row[3:5] != before[3:5]:
                    self._changed_at[number] = self.revision
                self._rows[number] = row
                changed.append(row)
        return changed


def digest_of(plan: Iterable[FileJob]) -> str:
    """Return what tells one plan from another: each file with its new name and sidecars."""
    digest = hashlib.sha256()
    for job in plan:
        if job.action == "rename":
            files = [(job.path, job.new_path), *job.decision.companions]
            digest.update(repr([(str(old), str(new)) for old, new in files]).encode())
    return digest.hexdigest()
