"""FileJob: one file's way through a run, from the scan to the rename."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from renai.providers.schema import Metadata

Action = Literal["rename", "keep", "skip", "fail"]

Problem = tuple[Literal["keep", "skip", "fail"], str]
"""Why a file has no metadata, or keeps its name in any case: what happens to it, and a reason."""

AN_IMAGE: Problem = ("skip", "an image")
"""An image in a run that reads none; a summary counts these apart."""

WOULD_ASK: Problem = ("skip", "a model would be asked about it")
"""A file that a model would have to be asked about, while only a quote is wanted."""

NOT_ASKED: Problem = ("skip", "not asked about: the run ended before its turn")
"""A file that a run which ended early had not come to."""


class Companion(NamedTuple):
    """A sidecar that goes along with its document."""

    path: Path
    new_path: Path


class Decision(NamedTuple):
    """What is to happen to a file, or has happened.

    Attributes:
        action: `rename`; `keep` its name; `skip`, for it was not read; `fail`.
        reason: one short phrase for a person; empty for a rename that needs none.
        new_path: where a rename leads, else None.
        companions: sidecars that are renamed with it.
        stem: the new stem without a number.
        number: the number it got; the next one is taken if that name is gone by then.
    """

    action: Action
    reason: str = ""
    new_path: Path | None = None
    companions: tuple[Companion, ...] = ()
    stem: str = ""
    number: int = 1

    @classmethod
    def to_rename(
        cls, new_path: Path, companions: tuple[Companion, ...], stem: str, number: int
    ) -> Decision:
        """Return the decision to rename a file; its reason says why the name has a number."""
        reason = "that name is taken" if number > 1 else ""
        return cls("rename", reason, new_path, companions, stem, number)


NOT_READ = Decision("skip", "not read")
"""What happens to a file of which nothing is known, and for which no plan has been made."""


@dataclass(slots=True, eq=False)
class FileJob:
    """All that a run knows of one file; every stage adds its part.

    Attributes:
        path: the file, absolute; the name it had when the run began.
        root: the folder that the user named and the file was found under.
        kind: whether it is read, looked at, or neither.
        stat: of the file when its bytes were digested, or when it was found.
        file_hash: SHA-256 of its bytes, 64 hex digits; empty until they are digested.
        metadata: what is known of it; None until it is.
        corrected: whether the metadata is what a person said.
        problem: why there will be no metadata, or why the name stays whatever the metadata.
        decision: what is to happen to it, and after the renames what has happened.
    """

    path: Path
    root: Path
    kind: Literal["document", "image", "link", "other"]
    stat: os.stat_result
    file_hash: str = ""
    metadata: Metadata | None = None
    corrected: bool = False
    problem: Problem | None = None
    decision: Decision = NOT_READ

    @property
    def action(self) -> Action:
        """The action decided on: `rename`, `keep`, `skip` or `fail`."""
        return self.decision.action

    @property
    def reason(self) -> str:
        """The reason for that action, in one short phrase; empty where none is needed."""
        return self.decision.reason

    @property
    def new_path(self) -> Path | None:
        """Where a rename leads; None where nothing is renamed."""
        return self.decision.new_path


@dataclass(slots=True)
class ScanResult:
    """All files of a run, and how far they have come.

    Attributes:
        jobs: one for each file, in the order they were found.
        cached: files that the cache knew.
        asked: files that a provider answered for, or that share an answer with such a file.
        ended_early: why not all files were asked about, else empty.
    """

    jobs: list[FileJob] = field(default_factory=list)
    cached: int = 0
    asked: int = 0
    ended_early: str = ""

    @property
    def waiting(self) -> list[FileJob]:
        """The files of which nothing is known yet."""
        return [job for job in self.jobs if job.metadata is None and job.problem is None]

    @property
    def done(self) -> int:
        """The number of files that need nothing more before the plan is made."""
        return sum(job.metadata is not None or job.problem is not None for job in self.jobs)

    @property
    def failed(self) -> int:
        """The number of files for which a call failed."""
        return len(self.failures())

    def failures(self) -> list[str]:
        """Return why calls failed, file by file."""
        return [job.problem[1] for job in self.jobs if job.problem and job.problem[0] == "fail"]
