"""The cache behind an embedder: what both components share, and all that is asynchronous."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from haystack.utils import Secret

from haystack_integrations.components.embedders.renai.wrapped import OtherWeightsError
from renai.cache.drivers import hop
from renai.errors import ConfigurationError, VectorError
from renai.locations import cache_folder
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack_integrations.components.embedders.renai.kinds import Kind, Settings
    from haystack_integrations.components.embedders.renai.wrapped import WrappedEmbedder
    from renai.keys.canonical import Value
    from renai.stores.base import Store


CacheUrl = str | list[str] | Secret | None
"""One store, two as tiers, a secret that holds the URL of one, or renai's own folder."""


class Request(Protocol):
    """What one call of a component is about.

    Attributes:
        subjects: what is embedded, item by item.
        sources: of each, the SHA-256 of the file it came from; None where that is not known.
    """

    subjects: list[str]
    sources: list[str | None]

    def ask(self, subjects: Sequence[str]) -> dict[str, Any]:
        """Say what the embedder is called with, to embed these."""
        ...

    def take(self, subjects: Sequence[str], answer: dict[str, Any]) -> list[Any]:
        """Take the embedder's answer: a vector for each, or None where there is none."""
        ...

    def name(self, subject: str) -> str:
        """Name an item to a person, without its text."""
        ...


class EmbedderCache:
    """A wrapped embedder with its cache, which is opened when it is first needed.

    Args:
        wrapped: the embedder.
        reading: what it reads, for the recipe.
        kind: of vectors.
        cache_url: where they are kept; None for renai's cache folder.
        settings: how.
    """

    def __init__(
        self,
        wrapped: WrappedEmbedder,
        reading: Value,
        kind: Kind,
        cache_url: CacheUrl,
        settings: Settings,
    ) -> None:
        self._wrapped = wrapped
        self._reading = reading
        self._kind = kind
        self._url = cache_url
        self._settings = settings
        self._store: Store | None = None
        self._cache: Any = None
        self._lock = threading.Lock()

    def opened(self) -> Any:
        """The cache, open.

        Raises:
            ConfigurationError: there is no such store, or the weights cannot be known.
            UsageError: the embedder is not as it was when it was wrapped.
            StoreError: the store cannot be opened.
        """
        with self._lock:
            self._wrapped.refuse_changes()
            if self._cache is None:
                recipe = self._wrapped.recipe(self._reading)
                self._store = self._store or open_store(
                    self._resolved_url(), max_bytes=self._settings.max_bytes
                )
                self._cache = self._kind.open(self._store, recipe, self._settings)
            return self._cache

    def embed(self, request: Request) -> Any:
        """Bring a vector for everything that is asked for.

        Raises:
            VectorError: the embedder left something without; what it did embed is kept.
        """
        try:
            return self._embed(request)
        except OtherWeightsError:
            self._cache = None
            return self._embed(request)

    async def aembed(self, request: Request) -> Any:
        """`embed` for tasks."""
        try:
            return await self._aembed(request)
        except OtherWeightsError:
            self._cache = None
            return await self._aembed(request)

    def put(
        self, subjects: Sequence[str], sources: Sequence[str | None], values: Sequence[Any]
    ) -> None:
        """Adopt vectors that were computed elsewhere."""
        self.opened().trace(subjects, sources)
        self.opened().put(subjects, self._kind.pack(values))

    def close(self) -> None:
        """Close the store and the embedder; the next call opens them again."""
        self._close_store()
        self._wrapped.close()

    async def close_async(self) -> None:
        """`close` for tasks."""
        await asyncio.to_thread(self._close_store)
        await self._wrapped.close_async()

    def _embed(self, request: Request) -> Any:
        cache = self.opened()

        def compute(subjects: list[str]) -> Any:
            answer = self._wrapped.run(request.ask(subjects))
            return self._accept(cache, request, subjects, answer)

        cache.trace(request.subjects, request.sources)
        return cache.embed(request.subjects, compute)

    async def _aembed(self, request: Request) -> Any:
        cache = await asyncio.to_thread(self.opened)

        async def compute(subjects: list[str]) -> Any:
            answer = await self._wrapped.run_async(request.ask(subjects))
            return await hop(self._accept, cache, request, subjects, answer)

        await hop(cache.trace, request.subjects, request.sources)
        return await cache.aembed(request.subjects, compute)

    def _accept(
        self, cache: Any, request: Request, subjects: list[str], answer: dict[str, Any]
    ) -> Any:
        value_of = dict(zip(subjects, request.take(subjects, answer or {}), strict=True))
        without = [subject for subject, value in value_of.items() if value is None]
        if not without:
            return self._kind.pack(list(value_of.values()))
        paid = {subject: value for subject, value in value_of.items() if value is not None}
        if paid:
            cache.put(list(paid), self._kind.pack(list(paid.values())))
        names = ", ".join(map(request.name, without))
        raise VectorError(
            f"{type(self._wrapped.embedder).__name__} gave no {self._kind.field} for {names}"
        )

    def _resolved_url(self) -> str | list[str]:
        if self._url is None:
            return f"sqlite:///{quote(str(cache_folder() / 'vectors.sqlite'))}"
        if not isinstance(self._url, Secret):
            return self._url
        url = self._url.resolve_value()
        if not url:
            raise ConfigurationError("the secret given as cache_url has no value")
        return str(url)

    def _close_store(self) -> None:
        with self._lock:
            if self._cache is not None:
                self._cache.close()
            if self._store is not None:
                self._store.close()
            self._store = self._cache = None
