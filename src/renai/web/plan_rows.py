"""The plan as rows for the page: compact, and with nothing in it that a browser could act on.

Names are shown as the command line shows them: what is invisible, or would turn the direction of
reading, is made visible. A file is known to the page by its number in the scan and by nothing else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from renai.file_job import NOT_ASKED
from renai.library.review import LEFT_ALONE
from renai.renaming.template import NO_TITLE, NOT_PORTABLE
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.file_job import FileJob

Choice = Literal["", "accepted", "skipped"]
"""What the person said of a file; empty as long as nothing was said."""

State = Literal["open", "kept", "duplicate", "unread", "failed", "waiting", "renamed", "refused"]
"""What there is to say of a file: `open` to be decided on; `kept`, as it has its name already or
gets none; a `duplicate` that keeps its name; `unread`; `failed` for a call that failed; `waiting`
to be asked about; once the plan was executed, `renamed`, or `refused` for the reason given."""

COLUMNS = (
    *("row", "folder", "name", "new_folder", "new_name", "sure", "state", "choice"),
    *("uncertain", "corrected", "reason", "kind", "category"),
)
"""What a row is made of, in this order. Folders are numbers in the list of folders; -1 is none.
`sure` is a percentage, -1 if unknown."""


class PlanRows:
    """Makes rows of the files of a scan.

    Args:
        jobs: the files.
        least_confidence: below it, from 0 to 1, a new name is uncertain.

    Attributes:
        folders: the folders that rows refer to, as they are shown.
    """

    def __init__(self, jobs: Sequence[FileJob], least_confidence: float) -> None:
        self._jobs = jobs
        self._least = least_confidence
        self._numbers: dict[str, int] = {}
        self._base = _base_of({os.fspath(job.root) for job in jobs})
        self.folders: list[str] = []

    def row(self, number: int, choice: Choice = "", *, executed: bool = False) -> list[Any]:
        """Return a file's row.

        Args:
            number: the file's number in the scan.
            choice: what the person said of it.
            executed: whether the plan was executed and the file was part of it.
        """
        job = self._jobs[number]
        metadata = job.metadata
        sure = metadata.confidence if metadata else None
        new_path = job.new_path
        new_folder, new_name = os.path.split(new_path) if new_path else ("", "")
        folder, name = os.path.split(job.path)
        return [
            number,
            self._folder(folder),
            printable(name),
            self._folder(new_folder) if new_folder and new_folder != folder else -1,
            printable(new_name),
            -1 if sure is None else round(100 * sure),
            state_of(job, executed=executed),
            choice,
            int(self.is_uncertain(job)),
            int(job.corrected),
            printable(job.reason),
            os.path.splitext(name)[1][1:].lower() or job.kind,  # noqa: PTH122 - no path is needed
            printable(metadata.category or "") if metadata else "",
        ]

    def is_uncertain(self, job: FileJob) -> bool:
        """Return whether a file's new name would be a guess."""
        if job.corrected or job.metadata is None:
            return False
        is_named = job.action == "rename" or job.problem == LEFT_ALONE
        return is_named and (job.metadata.confidence or 0.0) < self._least

    def _folder(self, path: str) -> int:
        if path not in self._numbers:
            self._numbers[path] = len(self.folders)
            self.folders.append(printable(path.removeprefix(self._base).lstrip(os.sep)) or ".")
        return self._numbers[path]


def state_of(job: FileJob, *, executed: bool = False) -> State:
    """Return what there is to say of a file.

    Args:
        job: the file.
        executed: whether the plan was executed and the file was part of it.
    """
    if executed:
        return "renamed" if job.action == "rename" else "refused"
    if job.problem == NOT_ASKED or (job.metadata is None and job.problem is None):
        return "waiting"
    if job.problem == LEFT_ALONE or job.action == "rename":
        return "open"
    if job.decision.duplicate_of:
        return "duplicate"
    if job.action == "keep":
        return "open" if job.reason in (NO_TITLE, NOT_PORTABLE) else "kept"
    return "failed" if job.action == "fail" else "unread"


def _base_of(roots: set[str]) -> str:
    """Return the folder below which folders are shown; the one above a single root."""
    try:
        base = os.path.commonpath(roots)
    except ValueError:  # there are none, or they are on several drives of Windows
        return ""
    return os.path.dirname(base) if base in roots else base  # noqa: PTH120 - no path is needed
