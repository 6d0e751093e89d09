"""The cache behind an embedder, which both components share."""

from __future__ import annotations

import asyncio
import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from haystack.utils import Secret

from haystack_integrations.components.embedders.renai.reported_usage import (
    UsagePrices,
    reported_in,
)
from renai.cache.reservation import hop
from renai.embedders.caches import default_url
from renai.embedders.wrapped import OtherWeightsError
from renai.embeddings.result import PartlyFailedError
from renai.errors import ConfigurationError, VectorError
from renai.forks import renew_after_fork
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from haystack_integrations.components.embedders.renai.vector_kinds import Kind
    from renai.embedders.caches import CacheOptions
    from renai.embedders.wrapped import Basis, WrappedEmbedder
    from renai.keys.canonical import Value
    from renai.keys.recipe import Recipe
    from renai.stores.base import Store


_NAMED = 100  # the most documents that a message names

_log = logging.getLogger("renai")

CacheUrl = str | Secret | list[Any] | None
"""A store's URL, a secret that contains one, two as tiers, several servers, or None for renai's."""


class Items(Protocol):
    """The items of one call of a component.

    Attributes:
        texts: what is embedded of each item, as one text; by it the cache knows the item.
        sources: the SHA-256 of the file each item came from; None where that is not known.
        metas: what the embedder said of its work, call by call; filled by the cache.
    """

    texts: list[str]
    sources: list[str | None]
    metas: list[dict[str, Any]]

    def arguments(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the arguments with which the embedder is called for these texts."""
        ...

    def vectors(self, texts: Sequence[str], answer: dict[str, Any]) -> list[Any]:
        """Return the texts' vectors out of the embedder's answer; None where there is none."""
        ...

    def name(self, text: str) -> str:
        """Return a name for an item that a person understands, without its text."""
        ...


class _Renamed(NamedTuple):
    """Caches of the same vectors, neither of which counts.

    Attributes:
        old: the cache in which they have their former names.
        new: the cache in which they have today's.
    """

    old: Any
    new: Any


class _Opened(NamedTuple):
    """An open cache.

    Attributes:
        cache: the cache of today's recipe.
        renamed: where its vectors are given their new names; None if they have no others.
        basis: what of the embedder the recipe was made from.
    """

    cache: Any
    renamed: _Renamed | None
    basis: Basis


class EmbedderCache:
    """A wrapped embedder with its cache, which is opened when it is first needed.

    Args:
        wrapped: the embedder.
        role: the role of its texts for the model, `document` or `query`.
        described: a description of what the embedder reads, for the recipe.
        kind: the kind of the vectors, dense or sparse.
        cache_url: the store for the vectors; None for renai's cache folder.
        options: the options of the cache.
    """

    def __init__(
        self,
        wrapped: WrappedEmbedder,
        role: str,
        described: Value,
        kind: Kind,
        cache_url: CacheUrl,
        options: CacheOptions,
    ) -> None:
        self._wrapped = wrapped
        self._role = role
        self._described = described
        self._kind = kind
        self._url = cache_url
        self._options: dict[str, Any] = dict(options)
        self._max_bytes: int | None = self._options.pop("max_bytes", None)
        self._prices = UsagePrices(wrapped)
        self._store: Store | None = None
        self._now: _Opened | None = None
        self._caches: list[Any] = []
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)

    def opened(self) -> Any:
        """Return the open cache, of the recipe that the embedder has now.

        Raises:
            ConfigurationError: there is no such store, the weights cannot be known, or others may
                write renai's cache folder, which is the store.
            UsageError: the embedder was changed since it was wrapped.
            StoreError: the store cannot be opened.
        """
        return self._open().cache

    def embed(self, items: Items) -> Any:
        """Return a vector for every item of a call.

        If the embedder goes on after failures, items without a vector are among the `failed` of the
        result.

        Raises:
            VectorError: the embedder gave no vector for some items, or one that cannot be stored;
                those it gave for others are stored.
        """
        try:
            try:
                embedded = self._embed(items)
            except OtherWeightsError:
                embedded = self._embed(items)
        except PartlyFailedError as error:
            raise self._named(error, items) from error
        if embedded.failed:
            self._warn_of(embedded.failed, items)
        return embedded

    async def aembed(self, items: Items) -> Any:
        """Do what `embed` does without blocking the event loop."""
        try:
            try:
                embedded = await self._aembed(items)
            except OtherWeightsError:
                embedded = await self._aembed(items)
        except PartlyFailedError as error:
            raise self._named(error, items) from error
        if embedded.failed:
            self._warn_of(embedded.failed, items)
        return embedded

    def put(
        self, texts: Sequence[str], sources: Sequence[str | None], values: Sequence[Any]
    ) -> int:
        """Store vectors that were computed elsewhere; return how many of the texts' are stored.

        Args:
            texts: the texts that were embedded.
            sources: the SHA-256 of the file each text came from; None where that is not known.
            values: the embeddings, as Haystack has them.
        """
        cache = self.opened()
        cache.trace(texts, sources)
        stored: int = cache.put(texts, self._kind.pack(values))
        return stored

    def close(self) -> None:
        """Close the store and the embedder; the next call opens them again."""
        self._close_store()
        self._wrapped.close()

    async def close_async(self) -> None:
        """Do what `close` does without blocking the event loop."""
        await asyncio.to_thread(self._close_store)
        await self._wrapped.close_async()

    def _open(self) -> _Opened:
        with self._lock:
            self._wrapped.refuse_changes()
            if self._now is None or self._now.basis != self._wrapped.basis:
                basis, recipe = self._wrapped.basis_and_recipe(self._role, self._described)
                self._store = self._store or open_store(
                    self._resolved_url(), max_bytes=self._max_bytes
                )
                cache = self._kind.open(self._store, recipe, self._options)
                renamed = self._open_renamed(self._store, recipe)
                self._caches += [cache, *(renamed or ())]
                self._now = _Opened(cache, renamed, basis)
            return self._now

    def _open_renamed(self, store: Store, recipe: Recipe) -> _Renamed | None:
        """Return caches of the same vectors under their former names and today's.

        Returns:
            None if the recipe was never spelled otherwise. Vectors that expire are left to it.
        """
        former = self._wrapped.former_recipe(self._role, self._described)
        if former is None or former.digest == recipe.digest or self._options["ttl"] is not None:
            return None
        uncounted = {**self._options, "ledger": False}
        return _Renamed(
            self._kind.open(store, former, uncounted),
            self._kind.open(store, recipe, uncounted),
        )

    @staticmethod
    def _take_over(renamed: _Renamed, items: Items) -> None:
        """Give vectors that the store holds under their former names those of today."""
        texts = list(dict.fromkeys(items.texts))
        hits = renamed.new.get(texts).hits
        missing = [text for text, hit in zip(texts, hits, strict=True) if not hit]
        old = renamed.old.get(missing)
        found = [at for at, hit in enumerate(old.hits) if hit]
        if found:
            renamed.new.put([missing[at] for at in found], [old.vectors[at] for at in found])

    def _embed(self, items: Items) -> Any:
        cache, renamed, basis = self._open()
        if renamed is not None:
            self._take_over(renamed, items)

        def compute(texts: list[str]) -> Any:
            call = partial(self._wrapped.embedder.run, **items.arguments(texts))
            answer = self._wrapped.run(call, basis) or {}
            self._count_cost(cache, texts, answer)
            items.metas.append(answer.get("meta") or {})
            return self._kind.pack_computed(items.vectors(texts, answer))

        if any(items.sources):
            cache.trace(items.texts, items.sources)
        return cache.attempt(items.texts, compute, lenient=self._is_lenient)

    async def _aembed(self, items: Items) -> Any:
        cache, renamed, basis = await asyncio.to_thread(self._open)
        if renamed is not None:
            await asyncio.to_thread(self._take_over, renamed, items)

        async def compute(texts: list[str]) -> Any:
            answer = await self._run_async(items.arguments(texts), basis) or {}
            await hop(self._count_cost, cache, texts, answer)
            items.metas.append(answer.get("meta") or {})
            return await hop(self._kind.pack_computed, items.vectors(texts, answer))

        if any(items.sources):
            await hop(cache.trace, items.texts, items.sources)
        return await cache.aattempt(items.texts, compute, lenient=self._is_lenient)

    async def _run_async(self, arguments: dict[str, Any], basis: Basis) -> Any:
        embedder = self._wrapped.embedder
        if hasattr(embedder, "run_async"):
            return await self._wrapped.run_async(partial(embedder.run_async, **arguments), basis)
        return await self._wrapped.run_in_thread(partial(embedder.run, **arguments), basis)

    def _count_cost(self, cache: Any, texts: Sequence[str], answer: dict[str, Any]) -> None:
        """Count what the embedder reported of a call, whatever becomes of its vectors."""
        reported = reported_in(answer.get("meta"))
        if reported is not None:
            money = self._prices.money_for(reported)
            cache.count_cost(reported.tokens, money, vectors=len(texts))

    @property
    def _is_lenient(self) -> bool:
        """Whether the embedder itself goes on where it fails, and leaves documents without."""
        return getattr(self._wrapped.embedder, "raise_on_failure", True) is False

    def _named(self, error: PartlyFailedError, items: Items) -> VectorError:
        """Return an error that names the items, and not the texts, that got no vector."""
        missing = [text for text, why in error.reasons.items() if why.endswith("is missing")]
        invalid = [text for text in error.reasons if text not in missing]
        said = [
            f"{what} for {_listed(map(items.name, texts))}"
            for what, texts in (
                (f"no {self._kind.field}", missing),
                (f"an {self._kind.field} that cannot be stored", invalid),
            )
            if texts
        ]
        why = f" ({error.reasons[invalid[0]]})" if invalid else ""
        embedder = type(self._wrapped.embedder).__name__
        return VectorError(f"{embedder} gave {' and '.join(said)}{why}")

    def _warn_of(self, failed: Iterable[str], items: Items) -> None:
        """Log a warning that names the items without a vector."""
        _log.warning(
            "%s gave no %s for %s; it is asked for them again next time",
            type(self._wrapped.embedder).__name__,
            self._kind.field,
            _listed(map(items.name, failed)),
        )

    def _resolved_url(self) -> Any:
        if self._url is None:
            return default_url()
        return _plain(self._url)

    def _close_store(self) -> None:
        with self._lock:
            for cache in self._caches:
                cache.close()
            if self._store is not None:
                self._store.close()
            self._store, self._now, self._caches = None, None, []


def _plain(url: Any) -> Any:
    """Return a URL, or those in a list, which may stand in another one, with secrets resolved."""
    if isinstance(url, list | tuple):
        return [_plain(each) for each in url]
    if not isinstance(url, Secret):
        return url
    plain = url.resolve_value()
    if not plain:
        raise ConfigurationError("the secret given as cache_url has no value")
    return str(plain)


def _listed(names: Iterable[str]) -> str:
    """Return names in a row; of very many only the first ones, and how many more there are."""
    names = list(names)
    more = f", and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _unlock(it: EmbedderCache) -> None:
    it._lock = threading.Lock()
