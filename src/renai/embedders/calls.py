"""Calls of an embedder through the caches of its recipes."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from renai.cache.reservation import hop
from renai.embedders.answers import lists_of
from renai.embedders.caches import CacheOptions, RecipeCaches
from renai.embedders.wrapped import OtherWeightsError, WrappedEmbedder
from renai.forks import renew_after_fork
from renai.keys.canonical import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from numpy.typing import ArrayLike

    from renai.embedders.framework import Framework
    from renai.embedders.wrapped import Basis
    from renai.embeddings.cache import EmbeddingCache
    from renai.embeddings.rows import Embedded


class CachedCalls:
    """An embedder whose methods are called only for texts that have no vector yet.

    Args:
        embedder: the embedder.
        framework: the framework that it belongs to.
        revision: the identity of the weights, if the user states it.
        cache_url: the store for the vectors; None for renai's cache folder.
        options: the options of its caches.

    Raises:
        UsageError: its vectors cannot be cached safely.
        TypeError: there is no such option.
    """

    def __init__(
        self,
        embedder: Any,
        framework: Framework,
        revision: str | None,
        cache_url: str | list[str] | None,
        options: CacheOptions,
    ) -> None:
        self._made_with = (embedder, framework, revision, cache_url, options)
        self._wrapped = WrappedEmbedder(embedder, framework, revision)
        self._caches = RecipeCaches(cache_url, options)
        self._now: dict[bytes, tuple[Basis, EmbeddingCache]] = {}
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)

    def embed(
        self,
        texts: list[str],
        role: str,
        call: Callable[[list[str]], ArrayLike],
        described: tuple[Any, ...] = (),
    ) -> Embedded:
        """Return a vector for every text.

        Args:
            texts: the texts.
            role: their role for the model, `document` or `query`.
            call: calls the embedder for some of them; returns (n, dim).
            described: what else is asked in this call, for the recipe.

        Raises:
            UsageError: the embedder was changed since it was wrapped.
            ConfigurationError: the weights cannot be known.
            VectorError: the embedder gave no vector for a text, or one that cannot be stored.
            StoreError: the store cannot be opened, or it fails and `strict` is wanted.
        """
        try:
            return self._embed(texts, role, call, described)
        except OtherWeightsError:
            return self._embed(texts, role, call, described)

    async def aembed(
        self,
        texts: list[str],
        role: str,
        call: Callable[[list[str]], Awaitable[ArrayLike]],
        described: tuple[Any, ...] = (),
    ) -> Embedded:
        """Do what `embed` does without blocking the event loop."""
        try:
            return await self._aembed(texts, role, call, described)
        except OtherWeightsError:
            return await self._aembed(texts, role, call, described)

    def recipe_digest(self, role: str = "document") -> str:
        """Return the digest of the recipe of a role, 64 hex digits; errors are those of `embed`."""
        return self._wrapped.recipe(role, ()).digest

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        with self._lock:
            self._now = {}
            self._caches.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle by what it was made with, since an open store can be neither."""
        return type(self), self._made_with

    def _embed(
        self,
        texts: list[str],
        role: str,
        call: Callable[[list[str]], ArrayLike],
        described: tuple[Any, ...],
    ) -> Embedded:
        cache, basis = self._open(role, described)
        return cache.embed(texts, lambda missing: self._wrapped.run(partial(call, missing), basis))

    async def _aembed(
        self,
        texts: list[str],
        role: str,
        call: Callable[[list[str]], Awaitable[ArrayLike]],
        described: tuple[Any, ...],
    ) -> Embedded:
        cache, basis = await hop(self._open, role, described)

        async def compute(missing: list[str]) -> ArrayLike:
            return await self._wrapped.run_async(partial(call, missing), basis)

        return await cache.aembed(texts, compute)

    def _open(self, role: str, described: tuple[Any, ...]) -> tuple[EmbeddingCache, Basis]:
        """Return the cache of the recipe that the embedder has now, and what that was made from."""
        with self._lock:
            self._wrapped.refuse_changes()
            name = encode((role, described))
            basis, cache = self._now.get(name, (None, None))
            if basis is None or cache is None or basis != self._wrapped.basis:
                basis, recipe = self._wrapped.basis_and_recipe(role, described)
                cache = self._caches.of(recipe)
                self._now[name] = (basis, cache)
            return cache, basis


def as_lists(embedded: Embedded) -> list[list[float]]:
    """Return vectors as lists of numbers, which is how LangChain and LlamaIndex have them."""
    return lists_of(embedded.vectors)


def _unlock(it: CachedCalls) -> None:
    it._lock = threading.Lock()
