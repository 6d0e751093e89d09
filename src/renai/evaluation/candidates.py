"""Candidates: providers and models that are asked about the same documents.

Each is run like any other run over a library, so that cached answers cost nothing and new ones are
cached. Only a person's corrections are ignored: they are not what the candidate says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import BookProcessor

if TYPE_CHECKING:
    from pathlib import Path

    from renai.file_job import FileJob, Quote, ScanResult
    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.providers.schema import Metadata
    from renai.settings import Settings
    from renai.usage.cost import Cost


class Said(NamedTuple):
    """A candidate's answer about one content.

    Attributes:
        metadata: the answer.
        cost: what the answer cost when it was made; None if that is unknown.
    """

    metadata: Metadata
    cost: Cost | None


class Answers(NamedTuple):
    """All answers of one candidate.

    Attributes:
        provider: the provider that was asked.
        model: which of its models.
        said: the answers by content, SHA-256 as 64 hex digits; contents that could not be read or
            answered are missing.
        cached: the number of contents whose answers were cached before.
    """

    provider: str
    model: str
    said: dict[str, Said]
    cached: int

    @property
    def name(self) -> str:
        """`provider:model`."""
        return f"{self.provider}:{self.model}"


class Candidate:
    """One provider and model, which is asked about the documents.

    Args:
        words: `provider`, with its default model, or `provider:model`.
        settings: all other settings.
        budget: the limit on what all candidates together may cost; None for no limit.

    Raises:
        ConfigurationError: there is no such provider, or a key is missing.
    """

    def __init__(self, words: str, settings: Settings, budget: Budget | None = None) -> None:
        provider, _, model = words.partition(":")
        settings = replace(settings, update_metadata=False)
        self._books = BookProcessor(provider, model or None, settings=settings, budget=budget)
        self._orchestrator = Orchestrator(self._books, heed_corrections=False)
        self._cached = 0

    @property
    def name(self) -> str:
        """`provider:model`."""
        return f"{self.provider.name}:{self.provider.model}"

    @property
    def provider(self) -> Provider:
        """The provider that is asked."""
        return self._books.provider

    @property
    def waiting(self) -> str:
        """What takes long at this moment, in words; empty if nothing does."""
        return self._books.waiting

    @property
    def survey(self) -> ScanResult:
        """The files that were found, with what is known of each."""
        return self._orchestrator.survey

    @property
    def contents(self) -> dict[Path, str]:
        """The files that were found and could be opened, with their SHA-256."""
        return {job.path: job.file_hash for job in self.survey.jobs if job.file_hash}

    async def find(self, path: Path) -> None:
        """Find files and their cached answers, at no cost; raise as the orchestrator does."""
        await self._orchestrator.find([path])
        self._cached = len(self._answered())

    def quote(self) -> Quote | None:
        """Return what `fill` may cost; None if it costs nothing."""
        quote = self._orchestrator.quote()
        return quote if self.provider.paid and quote.files else None

    async def fill(self) -> None:
        """Ask about the other files; raise as the orchestrator does."""
        await self._orchestrator.fill()

    def answers(self) -> Answers:
        """Return its answers, once `fill` is done."""
        answered = self._answered()
        costs = self._books.costs(list(answered.values()))
        said = {
            file_hash: Said(job.metadata, cost)
            for (file_hash, job), cost in zip(answered.items(), costs, strict=True)
            if job.metadata
        }
        provider = self.provider
        return Answers(provider.name, provider.model, said, self._cached)

    async def aclose(self) -> None:
        """Close what was opened here."""
        await self._books.aclose()

    def _answered(self) -> dict[str, FileJob]:
        """Return one file of each content that has an answer."""
        return {job.file_hash: job for job in self.survey.jobs if job.file_hash and job.metadata}
