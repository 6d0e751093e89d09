"""The caches of an object that embeds by several recipes: one for each, over one store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypedDict

from renai.embeddings.cache import EmbeddingCache
from renai.forks import renew_after_fork
from renai.locations import cache_folder, vectors_url_in
from renai.stores.durable import check_cache_folder
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from renai.codecs.vector import Dtype
    from renai.embeddings.base import Ledger
    from renai.embeddings.canary import OnChange
    from renai.embeddings.recipe import EmbeddingRecipe
    from renai.stores.base import Store


class CacheOptions(TypedDict, total=False):
    """The options of `renai.EmbeddingCache` that every adapter to a framework takes as well."""

    dtype: Dtype
    ttl: float | None
    max_bytes: int | None
    batch_size: int
    namespace: str
    ledger: Ledger
    strict: bool
    canary: float | None
    on_change: OnChange


class RecipeCaches:
    """One cache for each recipe, opened when it is first needed, over one store.

    Args:
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for `vectors.sqlite` in renai's cache folder.
        options: the options of each cache.

    Raises:
        TypeError: there is no such option.
    """

    def __init__(self, cache_url: str | list[str] | None, options: CacheOptions) -> None:
        if unknown := options.keys() - CacheOptions.__annotations__.keys():
            raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
        self._url = cache_url
        self._options: dict[str, Any] = dict(options)
        self._max_bytes: int | None = self._options.pop("max_bytes", None)
        self._store: Store | None = None
        self._caches: dict[str, EmbeddingCache] = {}
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)

    def of(self, recipe: EmbeddingRecipe) -> EmbeddingCache:
        """Return the cache of a recipe.

        Raises:
            UsageError: an option makes no sense.
            ConfigurationError: there is no such kind of store, or others may write renai's cache
                folder.
            StoreError: the store cannot be opened.
        """
        with self._lock:
            cache = self._caches.get(recipe.digest)
            if cache is None:
                self._store = self._store or self._open()
                cache = EmbeddingCache(self._store, recipe, **self._options)
                self._caches[recipe.digest] = cache
            return cache

    def close(self) -> None:
        """Close all caches and the store; the next call opens them again."""
        with self._lock:
            for cache in self._caches.values():
                cache.close()
            if self._store is not None:
                self._store.close()
            self._store, self._caches = None, {}

    def _open(self) -> Store:
        return open_store(self._url or default_url(), max_bytes=self._max_bytes)


def default_url() -> str:
    """Return the URL of the store for vectors in renai's cache folder.

    Raises:
        ConfigurationError: others may write that folder.
    """
    check_cache_folder(cache_folder())
    return vectors_url_in(cache_folder())


def _unlock(it: RecipeCaches) -> None:
    it._lock = threading.Lock()
