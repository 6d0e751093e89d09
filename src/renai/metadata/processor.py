"""BookProcessor: from one document to its metadata, through both layers of the cache."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from renai.closing import AsyncClosing
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.configuration import load_settings
from renai.documents.fingerprint import identify
from renai.documents.ocr.engine import installed_engine
from renai.documents.readers.mutool import find_mutool, what_lacks
from renai.errors import (
    ConfigurationError,
    DamagedEntryError,
    DocumentError,
    StoreError,
)
from renai.locations import corrections_folder
from renai.metadata.caches import Caches
from renai.metadata.corrections import Corrections
from renai.metadata.extraction import Readings
from renai.metadata.metadata_cache import Asked, Fields, still_answers
from renai.metadata.model_call import Desk, Question
from renai.metadata.request import Document, Inquiry, inquire
from renai.providers.schema import Metadata
from renai.text_cleaning import printable
from renai.usage.call_log import EvalLog
from renai.usage.cost import Cost

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from renai.cache.flow import Miss
    from renai.extraction import Extraction
    from renai.keys.recipe import Key, Recipe
    from renai.metadata.metadata_cache import Predecessors
    from renai.metadata.quotation import Quotation
    from renai.providers.base import Answer, Provider
    from renai.providers.budget import Budget
    from renai.settings import Settings

_log = logging.getLogger("renai")


class BookProcessor(AsyncClosing):
    """Says what documents are about, and asks a model about each content once.

    It belongs to the event loop it is first used in. Close it, or use it with `async with`.

    Args:
        provider: `offline`, `openai`, `deepinfra`, `openrouter` or `custom`; the settings' one
            by default.
        model: one of the provider's; by default the settings' or the provider's own.
        settings: everything else; by default from the environment and `config.toml`.
        budget: what all calls together may cost; by default there is no limit.
        quotation: takes the questions instead of the provider, and `read` raises `NotAskedError`;
            what is found in the cache then counts as nothing saved.

    Raises:
        ConfigurationError: a key is missing, or the cache cannot be written.
    """

    reads_images = False

    def __init__(
        self,
        provider: str | None = None,
        model: str | None = None,
        *,
        settings: Settings | None = None,
        budget: Budget | None = None,
        quotation: Quotation | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self._budget = budget
        self._opened: list[Provider] = []
        self._inquiry = self._inquire(
            provider or self.settings.provider,
            model or (self.settings.model if provider is None else None),
        )
        # A thread cannot be cancelled; what it does must look here whether it still should.
        self.closing = threading.Event()
        self.caches = Caches(
            self.settings.cache_dir, self.settings.cache_url, accountable=quotation is None
        )
        log = EvalLog(self.settings.cache_dir) if self.settings.eval_log else None
        self._desk = quotation or Desk(self.caches.ledger, log)
        self.corrections = Corrections(corrections_folder())
        self._readings = Readings(self.settings, self.caches)
        if self.settings.mutool and find_mutool() is None:
            raise ConfigurationError("mutool is not on PATH: install mupdf-tools, or leave it out")

    @property
    def provider(self) -> Provider:
        """Who is asked."""
        return self._inquiry.provider

    def update_provider_model(self, provider: str, model: str | None = None) -> None:
        """Ask another provider or model from now on; what the earlier one said stays cached."""
        self._inquiry = self._inquire(provider, model)

    async def process(self, path: str | os.PathLike[str]) -> Metadata:
        """Say what a document is about: as a person corrected it, or from the cache where it can.

        Raises:
            DocumentError: the file cannot be read, or has no text.
            ProviderError: the provider failed for good; nothing is cached.
        """
        document = await asyncio.to_thread(self._identify, Path(path))
        corrected = await asyncio.to_thread(self.corrections.recall, [document.file_hash])
        return corrected.get(document.file_hash) or await self.read(document)

    def look_up(self, documents: Sequence[Document]) -> list[Metadata | None]:
        """What the cache holds of documents, in their order; no document is opened.

        This blocks; a run over many files makes it one step in a thread of its own.
        """
        if self.settings.update_metadata:
            return [None] * len(documents)
        keys = self._metadata_keys(documents)
        hits = self.caches.metadata.look_up(keys).hits
        found: list[Metadata | None] = []
        for document, key in zip(documents, keys, strict=True):
            entry = hits.get(key)
            found.append(Metadata.from_stored(entry.value) if entry else None)
            if entry:
                self._log_hit(document, self.provider)
        return found

    def what_lacks(self, document: Document) -> str:
        """What must be set up before a document can be read; empty where nothing must."""
        ways = self._inquiry.ways(document)
        convertible = all(way.reader.mutool is not None for way in ways)
        return what_lacks(document.path) if convertible and find_mutool() is None else ""

    def costs(self, documents: Sequence[Document]) -> list[Cost | None]:
        """What the answers in the cache cost when they were made; None where that is not known.

        This blocks, and counts as no look-up: nothing is saved by knowing it.
        """
        names = [key.name for key in self._metadata_keys(documents)]
        try:
            held = self.caches.store.get_many(names)
        except StoreError:  # the cache has said so itself
            held = {}
        return [_cost(name, held.get(name)) for name in names]

    async def read(self, document: Document, *, refresh: bool | None = None) -> Metadata:
        """Say what a document is about, from the cache where it can.

        Args:
            document: a file whose contents are known by their digest.
            refresh: whether to take nothing from the cache; by default as the settings say.

        Raises:
            DocumentError: the file cannot be read, or has no text.
            ProviderError: the provider failed for good; nothing is cached.
        """
        inquiry = self._inquiry
        key = inquiry.metadata_key(document)

        async def compute(misses: Mapping[Key, Miss[Entry[Fields]]]) -> list[Entry[Fields]]:
            return [await self._answer(inquiry, document, miss) for miss in misses.values()]

        if refresh is None:
            refresh = self.settings.update_metadata
        outcomes = await self.caches.metadata.aget_or_compute([key], compute, refresh=refresh)
        outcome = outcomes[key]
        if outcome.origin == "computed":
            self._log_cached(document, inquiry.provider, key)
        else:
            self._log_hit(document, inquiry.provider)
        return Metadata.from_stored(outcome.entry.value)

    async def recognise_again(self, document: Document) -> None:
        """Read a document once more for what OCR sees on its pages; nobody is asked about it.

        For documents whose metadata is known: `read` shows nothing new of them.

        Raises:
            DocumentError: the file cannot be read.
        """
        await self._reading(self._inquiry, document)

    async def aclose(self) -> None:
        """End the workers, and close connections and stores."""
        self.closing.set()
        async with AsyncExitStack() as stack:
            stack.callback(self.caches.close)
            stack.callback(self._desk.close)
            for provider in self._opened:
                stack.push_async_callback(provider.aclose)
            stack.push_async_callback(self._readings.aclose)

    def _inquire(self, provider: str, model: str | None) -> Inquiry:
        inquiry = inquire(self.settings, provider, model, budget=self._budget)
        self._opened.append(inquiry.provider)
        return inquiry

    def _metadata_keys(self, documents: Sequence[Document]) -> list[Key]:
        return [self._inquiry.metadata_key(document) for document in documents]

    def _identify(self, path: Path) -> Document:
        path = path.absolute()
        ((digest, stat),) = identify([path], self.caches.memo, self.closing.is_set)
        return Document(path, digest, stat)

    async def _answer(
        self, inquiry: Inquiry, document: Document, miss: Miss[Entry[Fields]]
    ) -> Entry[Fields]:
        provider = inquiry.provider
        if miss.reason == "missing":
            await asyncio.to_thread(self._log_invalidated, document, provider)
        recipe, reading = await self._reading(inquiry, document)
        source = provider.source(reading)
        if miss.stale and still_answers(miss.stale, recipe, source):
            return Entry.made_by(recipe, miss.stale.value, **miss.stale.notes)
        if provider.paid and not (reading.text.strip() or reading.pictures):
            raise DocumentError(document.path, self._why_no_text(inquiry))
        answer = await self._ask(Question(provider, reading, document.file_hash, recipe.digest))
        return Entry.made_by(
            recipe,
            answer.metadata.fields(),
            provider=provider.name,
            model=provider.model,
            source=source,
            cost=asdict(answer.cost),
        )

    async def _ask(self, question: Question) -> Answer:
        return await self._desk.ask(question)

    async def _reading(self, inquiry: Inquiry, document: Document) -> tuple[Recipe, Extraction]:
        """Read a document; gives as well how this way of reading leads to metadata."""
        way, reading = await self._readings.read(document, inquiry.ways(document), inquiry.ocr)
        return way.metadata, reading

    def _why_no_text(self, inquiry: Inquiry) -> str:
        if inquiry.ocr is None and installed_engine() is None:
            return "has no text that can be read; to have its pages read: pip install 'renai[ocr]'"
        if inquiry.ocr is None:
            return "has no text that can be read; to have its pages read: --fallback-mode ocr"
        return "has no text that can be read, also none in the pictures of its pages"

    def _predecessors(self, document: Document) -> Predecessors:  # noqa: ARG002 - images have others
        return self.caches.predecessors

    # What is logged at level INFO below is part of the interface: scripts read it.

    def _log_hit(self, document: Document, provider: Provider) -> None:
        _log.info(
            "Using cached metadata for %s (provider: %s, model: %s)",
            printable(document.path.name),
            provider.name,
            provider.model,
        )

    def _log_cached(self, document: Document, provider: Provider, key: Key) -> None:
        name = printable(document.path.name)
        _log.info(
            "Cached metadata for %s (provider: %s, model: %s)", name, provider.name, provider.model
        )
        _log.debug("Cached standard metadata for %s (%s)", name, key.name.rpartition("/")[2])

    def _log_invalidated(self, document: Document, provider: Provider) -> None:
        now = Asked(provider.name, provider.model)
        before = self._predecessors(document).of(document.file_hash, now)
        if before is not None:
            name = printable(document.path.name)
            was, is_now = (
                (before.model, now.model)
                if before.provider == now.provider
                else (before.provider, now.provider)
            )
            _log.info("Cache invalidated for %s (was %s, now %s)", name, was, is_now)


def _cost(name: str, data: bytes | None) -> Cost | None:
    try:
        return Cost.from_json(JsonCodec().decode(name, data).notes.get("cost")) if data else None
    except DamagedEntryError:
        return None
