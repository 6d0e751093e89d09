"""All files of a run, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from renai.renaming.identity import Identity
from renai.renaming.plan import Item

if TYPE_CHECKING:
    from renai.documents.discover import Found
    from renai.metadata.request import Document
    from renai.providers.schema import Metadata

Problem = tuple[Literal["skip", "fail"], str]

AN_IMAGE = "an image"
"""Why images are skipped; a summary counts these apart."""

WOULD_ASK: Problem = ("skip", "a model would be asked about it")
"""What becomes of files while only a quote is wanted."""

NOT_ASKED: Problem = ("skip", "not asked about: the run ended before its turn")
"""What becomes of files that a run which ended early had not come to."""


@dataclass(slots=True)
class Work:
    """One file of a run, and how far it has come.

    Attributes:
        found: the file.
        document: the file with its digest, once it is known.
        metadata: what is known of it.
        problem: why nothing will be: it is skipped, or a call for it failed.
        corrected: whether what is known is what a person said.
    """

    found: Found
    document: Document | None = None
    metadata: Metadata | None = None
    problem: Problem | None = None
    corrected: bool = False

    def item(self) -> Item:
        """What the plan needs to know of it."""
        document = self.document
        return Item(
            path=self.found.path,
            root=self.found.root,
            file_hash=document.file_hash if document else None,
            metadata=self.metadata,
            identity=Identity.from_stat(document.stat) if document else None,
            problem=self.problem,
            corrected=self.corrected,
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """What filling a survey may cost.

    Attributes:
        files: that nothing is known of.
        calls: model calls, at least: equal files share one.
        tokens: of all prompts together, at most, roughly.
    """

    files: int
    calls: int
    tokens: int


@dataclass(slots=True)
class Survey:
    """All files of a run.

    Attributes:
        works: in the order they were found.
        cached: files that the cache knew.
        asked: files that a provider answered for, or shares an answer with.
        ended_early: why not all files were asked about, else empty.
    """

    works: list[Work] = field(default_factory=list)
    cached: int = 0
    asked: int = 0
    ended_early: str = ""

    @property
    def waiting(self) -> list[Work]:
        """Files that nothing is known of yet."""
        return [work for work in self.works if work.metadata is None and work.problem is None]

    @property
    def done(self) -> int:
        """Files that need nothing more before the plan is made."""
        return sum(work.metadata is not None or work.problem is not None for work in self.works)

    @property
    def failed(self) -> int:
        """Files for which a call failed."""
        return len(self.failures())

    def failures(self) -> list[str]:
        """Why calls failed, file by file."""
        problems = (work.problem for work in self.works)
        return [problem[1] for problem in problems if problem and problem[0] == "fail"]
