"""`FileJob`: one file's way through a run, from the scan to the rename."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from renai.providers.schema import Metadata

Action = Literal["rename", "keep", "skip", "fail"]

Problem = tuple[Literal["keep", "skip", "fail"], str]
"""What happens to a file without metadata, or to one that keeps its name in any case, and why."""

AN_IMAGE: Problem = ("skip", "an image")
"""The problem of an image in a run that reads no images; the summary counts these separately."""

WOULD_ASK: Problem = ("skip", "a model would be asked about it")
"""The problem of a file that a model would have to be asked about, while only a quote is wanted."""

EMPTY: Problem = ("skip", "is empty (0 bytes)")
"""The problem of a file without any bytes, which nobody needs to open to know that."""

NOT_ASKED: Problem = ("skip", "not asked about: the run ended before its turn")
"""The problem of a file that had not had its turn when the run ended early."""


class Companion(NamedTuple):
    """A sidecar file that is renamed together with its document."""

    path: Path
    new_path: Path


class Decision(NamedTuple):
    """What is to happen to a file, or has happened to it.

    Attributes:
        action: `rename`; `keep` its name; `skip`, because it was not read; or `fail`.
        reason: the reason in one short phrase for a person; empty for a rename that needs none.
        new_path: the path after the rename; None where nothing is renamed.
        companions: the sidecars that are renamed with the file.
        stem: the new file name without its extension and number.
        number: the number that makes the name unique, 1 for none; if that name is taken by the time
            of the rename, the next number is used.
        duplicate_of: the file with the same content because of which this one keeps its name.
    """

    action: Action
    reason: str = ""
    new_path: Path | None = None
    companions: tuple[Companion, ...] = ()
    stem: str = ""
    number: int = 1
    duplicate_of: Path | None = None

    @classmethod
    def to_rename(
        cls, new_path: Path, companions: tuple[Companion, ...], stem: str, number: int
    ) -> Decision:
        """Return the decision to rename a file; its reason says why the name has a number."""
        reason = "that name is taken" if number > 1 else ""
        return cls("rename", reason, new_path, companions, stem, number)


NOT_READ = Decision("skip", "not read")
"""The decision for a file that has no metadata and that no plan has been made for."""


@dataclass(slots=True, eq=False)
class FileJob:
    """Everything that a run knows of one file; every stage of the run adds its part.

    Attributes:
        location: the file's absolute path when the run began. A `Path` is made of it only where
            one is needed: a warm run does without, and would spend a tenth of its time on them.
        root: the folder named by the user under which the file was found.
        kind: what sort of file it is: a `document`, an `image`, a symbolic `link`, or `other`.
        stat: the file's stat result from when its bytes were digested, or else when it was found.
        file_hash: the SHA-256 of the file's bytes, 64 hex digits; empty until they are digested.
        metadata: the metadata of the file; None until there is any.
        corrected: whether the metadata comes from a person's correction.
        read: whether its text, or pictures of it, were extracted for this run's question.
        asked: whether a model was asked about it, or about a file with the same content, and
            answered.
        problem: why there will be no metadata, or why the name stays whatever the metadata says.
        decision: what is to happen to the file and, after the renames, what has happened.
    """

    location: str
    root: Path
    kind: Literal["document", "image", "link", "other"]
    stat: os.stat_result
    file_hash: str = ""
    metadata: Metadata | None = None
    corrected: bool = False
    read: bool = False
    asked: bool = False
    problem: Problem | None = None
    decision: Decision = NOT_READ
    _path: Path | None = field(default=None, init=False, repr=False)

    @property
    def path(self) -> Path:
        """The file's absolute path when the run began."""
        if self._path is None:
            self._path = Path(self.location)
        return self._path

    @property
    def name(self) -> str:
        """The name of the file in its folder."""
        return self.location.rpartition(os.sep)[2]

    @property
    def suffix(self) -> str:
        """What the name ends with from its last dot on, as of a `Path`; empty if there is none."""
        name = self.location.rpartition(os.sep)[2]
        dot = name.rfind(".")
        return name[dot:] if 0 < dot < len(name) - 1 else ""

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
        """The path after the rename; None where nothing is renamed."""
        return self.decision.new_path


class Counts(NamedTuple):
    """How far the files of a run have come, in numbers of files.

    Attributes:
        found: all files.
        digested: those whose content is known, or that nothing more is done for.
        done: those that need nothing more before the plan is made.
        cached: those whose metadata was in the cache.
        read: those that were read for this run's question.
        asked: those that a model was asked about.
        failed: those for which a model call failed.
    """

    found: int
    digested: int
    done: int
    cached: int
    read: int
    asked: int
    failed: int


@dataclass(slots=True)
class ScanResult:
    """All files of a run, and how far they have come.

    Attributes:
        jobs: one job for each file, in the order in which the files were found.
        cached: the number of files whose metadata was in the cache.
        ended_early: why the run ended before all files were asked about; empty if it did not.
        not_read: the number of files in folders that were passed over, by suffix or by what they
            are (`renai.documents.discover`).
        known_unreadable: the number of files that were not opened because an earlier run found that
            they cannot be read.
    """

    jobs: list[FileJob] = field(default_factory=list)
    cached: int = 0
    ended_early: str = ""
    not_read: Counter[str] = field(default_factory=Counter)
    known_unreadable: int = 0

    @property
    def waiting(self) -> list[FileJob]:
        """The files that have neither metadata nor a problem yet."""
        return [job for job in self.jobs if job.metadata is None and job.problem is None]

    @property
    def done(self) -> int:
        """The number of files that need nothing more before the plan is made."""
        return sum(job.metadata is not None or job.problem is not None for job in self.jobs)

    @property
    def asked(self) -> int:
        """The number of files that a model was asked about, or that share such an answer."""
        return sum(job.asked for job in self.jobs)

    def counts(self) -> Counts:
        """Return how far the files have come, all at one moment."""
        digested = done = read = asked = failed = 0
        for job in self.jobs:
            settled = job.metadata is not None or job.problem is not None
            done += settled
            digested += settled or bool(job.file_hash)
            read += job.read
            asked += job.asked
            failed += job.problem is not None and job.problem[0] == "fail"
        return Counts(len(self.jobs), digested, done, self.cached, read, asked, failed)

    @property
    def failed(self) -> int:
        """The number of files for which a model call failed."""
        return len(self.failures())

    def failures(self) -> list[str]:
        """Return the reasons why model calls failed, one for each file."""
        return [job.problem[1] for job in self.jobs if job.problem and job.problem[0] == "fail"]


class Quote(NamedTuple):
    """What filling a scan result may cost.

    Attributes:
        files: the number of files without metadata.
        calls: the number of model calls, at least; files with equal contents share one.
        tokens: the number of tokens in all prompts together, at most, roughly.
    """

    files: int
    calls: int
    tokens: int
