"""Candidates: providers and models that are asked about the same documents.

Each is run as a library is, so that what is cached costs nothing and what is asked is cached. Only
corrections are not heeded: they are not what the candidate says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import BookProcessor

if TYPE_CHECKING:
    from pathlib import Path

    from renai.file_job import FileJob, ScanResult
    from renai.library.orchestrator import Quote
    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.providers.schema import Metadata
    from renai.settings import Settings
    from renai.usage.cost import Cost


class Said(NamedTuple):
    """What a candidate says of one content.

    Attributes:
        metadata: its answer.
        cost: what the answer cost when it was made; None if that is not known.
    """

    metadata: Metadata
    cost: Cost | None


class Answers(NamedTuple):
    """All that one candidate says.

    Attributes:
        provider: who was asked.
        model: which of its models.
        said: by content, SHA-256 as 64 hex digits; what it could not read or failed at is missing.
        cached: contents of which the cache knew the answer before.
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
    """One provider and model on its way through the documents.

    Args:
        words: `provider`, with its default model, or `provider:model`.
        settings: everything else.
        budget: what all candidates together may cost; None for no limit.

    Raises:
        ConfigurationError: there is no such provider, or a key is missing.
    """

    def __init__(self, words: str, settings: Settings, budget: Budget | None = None) -> None:
        provider, _, model = words.partition(":")
        settings = settings.model_copy(update={"update_metadata": False})
        self._books = BookProcessor(provider, model or None, settings=settings, budget=budget)
        self._orchestrator = Orchestrator(self._books, heed_corrections=False)
        self._cached = 0

    @property
    def name(self) -> str:
        """`provider:model`."""
        return f"{self.provider.name}:{self.provider.model}"

    @property
    def provider(self) -> Provider:
        """Who is asked."""
        return self._books.provider

    @property
    def survey(self) -> ScanResult:
        """The files, and how far they have come."""
        return self._orchestrator.survey

    @property
    def contents(self) -> dict[Path, str]:
        """The files that were found and could be opened, with their SHA-256."""
        return {job.path: job.file_hash for job in self.survey.jobs if job.file_hash}

    async def find(self, path: Path) -> None:
        """Find files and what is cached of them; nothing is spent. Raises as the orchestrator's."""
        await self._orchestrator.find([path])
        self._cached = len(self._answered())

    def quote(self) -> Quote | None:
        """What `fill` may cost; None if it costs nothing."""
        quote = self._orchestrator.quote()
        return quote if self.provider.paid and quote.files else None

    async def fill(self) -> None:
        """Ask about the rest. Raises as the orchestrator's."""
        await self._orchestrator.fill()

    def answers(self) -> Answers:
        """What it says, once all has been asked."""
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
        """Close what it opened."""
        await self._books.aclose()

    def _answered(self) -> dict[str, FileJob]:
        """One file of each content that is answered for."""
        return {job.file_hash: job for job in self.survey.jobs if job.file_hash and job.metadata}
