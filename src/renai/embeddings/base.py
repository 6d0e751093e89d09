"""What the caches of dense and of sparse vectors share: everything but the vectors themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from renai.closing import Closing
from renai.codecs.binary import check_ttl
from renai.embeddings.known_recipes import RecipeRecord
from renai.embeddings.lineage import record_lineage
from renai.embeddings.recipe import EntryNames, check_texts, usage_key_of
from renai.errors import UsageError
from renai.keys.recipe import Recipe
from renai.locations import cache_folder
from renai.stores.registry import absolute_url, open_store
from renai.usage.cost import is_plausible
from renai.usage.counters import Counts, TotalCost
from renai.usage.database import open_counters
from renai.usage.shared import open_shared_counters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.cache.base import BaseCache
    from renai.stores.base import Store, Urls


Ledger = bool | Literal["shared"]
"""Where usage is counted: True for renai's cache folder, `shared` for the store of the vectors, so
that all workers that share it have one bill, False for nowhere."""


def check_ledger(ledger: Ledger, max_bytes: int | None) -> None:
    """Raise if usage cannot be counted in this way.

    Raises:
        UsageError: there is no such ledger, or the store might drop it.
    """
    if ledger not in (True, False, "shared"):
        raise UsageError(f"ledger is True, False or 'shared', and not {ledger!r}")
    if ledger == "shared" and max_bytes is not None:
        raise UsageError(
            "ledger='shared' keeps the counts in the store, which might drop them to keep to "
            "max_bytes; leave out one of the two"
        )


class VectorCache(Closing):
    """Vectors in a store, each under a name that is made from its text and its recipe.

    A cache that was opened by URL can be copied and pickled, for workers in other processes. The
    copy opens the store anew, and shares nothing else with the original. The pickle contains the
    URL, and with it any password in it.

    Args:
        store: the store for the vectors: a URL, two URLs as tiers, the URLs of several servers, or
            an open store, which is not closed.
        recipe: everything besides the text that shapes a vector.
        numbers: the type of number in which vectors are stored; `sparse` for sparse vectors.
        ttl: the seconds for which a vector may be used; None for ever.
        max_bytes: the bytes that the store may hold, roughly; only for a store given by its URL.
        namespace: a name that keeps caches apart; caches of different namespaces share no vectors.
        ledger: where usage is counted: True for renai's cache folder, `shared` for the store of the
            vectors, False for nowhere.
        strict: whether a store that fails is an error, and not a warning.

    Raises:
        UsageError: an argument makes no sense.
        ConfigurationError: there is no such kind of store.
        StoreError: the store cannot be opened.
    """

    _entry_cache: BaseCache[Any, Any]
    """The entries of the vectors in the store; each subclass has its own kind."""

    def __init__(
        self,
        store: Urls | Store,
        recipe: Recipe,
        numbers: str,
        *,
        ttl: float | None,
        max_bytes: int | None,
        namespace: str,
        ledger: Ledger,
        strict: bool,
    ) -> None:
        self._opened_here = isinstance(store, str | list | tuple)
        if not self._opened_here and not hasattr(store, "get_many"):
            raise UsageError(
                "store is a URL, such as sqlite:///vectors.sqlite, or an open store, and this is a "
                f"{type(store).__qualname__}"
            )
        if not isinstance(recipe, Recipe):
            raise UsageError(
                f"recipe is a Recipe(model, …), and this is a {type(recipe).__qualname__}"
            )
        if max_bytes is not None and not self._opened_here:
            raise UsageError("max_bytes is for a store given by its URL; limit an open one itself")
        check_ttl(ttl)
        check_ledger(ledger, max_bytes)
        self._names = EntryNames(namespace, recipe, numbers)
        self._store = (
            open_store(store, max_bytes=max_bytes)
            if isinstance(store, str | list | tuple)
            else store
        )
        self._url: str | list[Any] | None = None
        if isinstance(store, str | list | tuple):
            self._url = absolute_url(store)
        self._recipe_record = RecipeRecord(self._store, self._names)
        self._options = {
            "ttl": ttl,
            "max_bytes": max_bytes,
            "namespace": namespace,
            "ledger": ledger,
            "strict": strict,
        }
        self._counters = (
            open_shared_counters(self._store, json.dumps(self._url) if self._url else None)
            if ledger == "shared"
            else open_counters(cache_folder() if ledger else None)
        )

    def trace(self, texts: Sequence[str], sources: Sequence[str | None]) -> None:
        """Write down which file each text came from, before it is embedded.

        `renai cache forget` can then find the vectors of a file.

        Args:
            texts: n texts.
            sources: the SHA-256 of each text's file, 64 hex digits; None for a text without a file.

        Raises:
            UsageError: a source is not such a digest, or there is not one source for each text.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
        """
        record_lineage(self._entry_cache, self._names, check_texts(texts), sources)

    def delete(self, texts: Sequence[str]) -> int:
        """Delete the vectors of texts, and return how many there were.

        Raises:
            StoreError: the store failed; the vectors may still be there.
            TypeError: a text is not a `str`.
        """
        return self._entry_cache.delete(self._names.of(dict.fromkeys(check_texts(texts))))

    def count_cost(self, tokens: int, money: float | None = None, *, vectors: int) -> None:
        """Count what an endpoint reported of a call that computed vectors.

        The Haystack components do that by themselves; elsewhere it is for the function that
        computes, which alone sees the answer. `renai cache stats` shows it. Calls, and how long
        they took, are counted in any case.

        Args:
            tokens: the tokens of the texts.
            money: what they cost in US dollars; None if that is unknown.
            vectors: how many vectors were computed.

        Raises:
            UsageError: a number is negative, or too large to be true.
        """
        if not all(map(is_plausible, (tokens, money or 0.0, vectors))):
            raise UsageError(f"{tokens!r} tokens for {money!r} US dollars cannot be")
        spent = TotalCost(
            prompt_tokens=tokens,
            money=money or 0.0,
            unpriced=vectors if money is None else 0,
        )
        self._counters.add({usage_key_of(self._names.recipe): Counts(spent=spent)})

    def key(self, text: str) -> str:
        """Return the digest in the name of a text's entry, 64 hex digits.

        It is the digest of namespace, recipe, number type and text.
        """
        return self._names.digest(text)

    def close(self) -> None:
        """Store what waits, and close the store if this cache opened it; may be called twice.

        A warning says what could not be stored and is lost.
        """
        self._entry_cache.give_up_waiting()
        self._counters.flush()
        self._recipe_record.keep_at_last()
        if self._opened_here:
            self._store.close()

    def _reduced(self, **options: Any) -> tuple[Any, ...]:
        """Return how a copy of this cache is made, as `__reduce__` does.

        Args:
            options: the options that the subclass adds.

        Raises:
            TypeError: the cache was made from an open store, which cannot be copied.
        """
        if self._url is None:
            raise TypeError(
                f"{type(self).__name__} was made from an open store, which cannot be copied or "
                "pickled; give it the URL of the store, and each process opens its own"
            )
        return _opened, (type(self), self._url, self._names.recipe, self._options | options)


def _opened(
    kind: Any, url: str | list[Any], recipe: Recipe, options: dict[str, Any]
) -> VectorCache:
    cache: VectorCache = kind(url, recipe, **options)
    return cache
