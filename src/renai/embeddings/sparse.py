"""Sparse vectors, one for one text.

They differ in length, so nothing is gained by the batch look-up of dense ones: this is the flow
that all caches share, with a codec and the embedding layer's names.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from renai.cache.cache import Cache
from renai.codecs.binary import NEVER, check_ttl
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseCodec
from renai.embeddings.lineage import record_lineage
from renai.embeddings.recipe import EmbeddingNames, account_of
from renai.embeddings.rows import check_texts
from renai.errors import VectorError
from renai.locations import cache_folder
from renai.usage.counters import Effort, Tally
from renai.usage.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from renai.cache.flow import Miss, Outcomes, Reason
    from renai.codecs.sparse import SparseVector
    from renai.keys.recipe import Key, Recipe
    from renai.stores.base import Store
    from renai.usage.counters import Account

_KIND = "sparse"
"""Stands in a key where dense vectors have the type of their numbers."""


class SparselyEmbedded(NamedTuple):
    """Sparse vectors for texts.

    Attributes:
        vectors: in the order of the texts.
        hits: for each, False where this call computed it.
    """

    vectors: list[SparseVector]
    hits: list[bool]


class SparseEmbeddingCache:
    """Computes a sparse vector once and keeps it.

    Args:
        store: where vectors are kept; it stays open.
        recipe: everything besides the text that shapes a vector.
        ttl: seconds for which a vector may be used; without it, for ever.
        batch_size: how many vectors are computed, and then recorded, at a time.
        ledger: as for `EmbeddingCache`.
    """

    def __init__(
        self,
        store: Store,
        recipe: Recipe,
        *,
        ttl: float | None = None,
        batch_size: int = 256,
        ledger: bool = True,
    ) -> None:
        self._names = EmbeddingNames("", recipe, _KIND)
        self._cache = _PerishableCache(
            store,
            SparseCodec(),
            batch_size=batch_size,
            ttl=check_ttl(ttl),
            ledger=open_ledger(cache_folder() if ledger else None),
        )

    def embed(
        self, texts: Sequence[str], compute: Callable[[list[str]], Sequence[SparseVector]]
    ) -> SparselyEmbedded:
        """Bring a vector for every text.

        Args:
            texts: what to embed.
            compute: gets texts that have no vector yet, each once and at most `batch_size` at a
                time; returns their vectors, in order.

        Raises:
            VectorError: `compute` returned too few or too many; none of them is recorded.
            TypeError: a text is no `str`.
        """
        text_of = self._text_of(texts)

        def compute_entries(
            misses: Mapping[Key, Miss[Entry[SparseVector]]],
        ) -> list[Entry[SparseVector]]:
            return self._entries(misses, compute([text_of[key] for key in misses]))

        outcomes = self._cache.get_or_compute(text_of, compute_entries)
        return _in_order(texts, text_of, outcomes)

    async def aembed(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Awaitable[Sequence[SparseVector]]],
    ) -> SparselyEmbedded:
        """`embed` for tasks: `compute` is awaited."""
        text_of = self._text_of(texts)

        async def compute_entries(
            misses: Mapping[Key, Miss[Entry[SparseVector]]],
        ) -> list[Entry[SparseVector]]:
            return self._entries(misses, await compute([text_of[key] for key in misses]))

        outcomes = await self._cache.aget_or_compute(text_of, compute_entries)
        return _in_order(texts, text_of, outcomes)

    def put(self, texts: Sequence[str], vectors: Sequence[SparseVector]) -> None:
        """Adopt vectors that were computed elsewhere, by this very recipe."""
        keys = self._names.keys(self._names.spell(check_texts(texts)))
        entries = map(self._entry, vectors)
        self._cache.record(dict(zip(keys, entries, strict=True)))

    def trace(self, texts: Sequence[str], sources: Sequence[str | None]) -> None:
        """Write down which file each text came from; as `EmbeddingCache.trace`."""
        record_lineage(self._cache.store, self._names.spell, check_texts(texts), sources)

    def close(self) -> None:
        """Have what was counted written; the store stays open."""
        self._cache.ledger.flush()

    def key(self, text: str) -> str:
        """Digest recipe and text: 64 hex digits, by which the entry is named."""
        return self._names.digest(text)

    def _text_of(self, texts: Sequence[str]) -> dict[Key, str]:
        different = list(dict.fromkeys(check_texts(texts)))
        keys = self._names.keys(self._names.spell(different))
        return dict(zip(keys, different, strict=True))

    def _entries(
        self, misses: Mapping[Key, Miss[Entry[SparseVector]]], vectors: Sequence[SparseVector]
    ) -> list[Entry[SparseVector]]:
        if len(vectors) != len(misses):
            raise VectorError(f"{len(vectors)} vectors for {len(misses)} texts")
        return [self._entry(vector) for vector in vectors]

    def _entry(self, vector: SparseVector) -> Entry[SparseVector]:
        ttl = self._cache.ttl
        expires_at = NEVER if ttl is None else time.time() + ttl
        return Entry(vector, {}, "", {"expires_at": expires_at})


class _PerishableCache(Cache["SparseVector"]):
    def judge(self, key: Key, entry: Entry[SparseVector]) -> Reason | None:
        """Refuse what has expired; the name vouches for the recipe."""
        return "stale" if entry.notes["expires_at"] <= time.time() else None

    def _account_of(self, key: Key) -> Account:
        return account_of(key.recipe)

    def _count_spent(
        self, keys: Iterable[Key], entries: Iterable[Entry[SparseVector]], seconds: float
    ) -> None:
        """Entries do not say what they cost; what a vector took is told on average."""
        account = self._account_of(next(iter(keys)))
        self.ledger.add({account: Tally(spent=Effort(calls=1, seconds=seconds))})


def _in_order(
    texts: Sequence[str],
    text_of: Mapping[Key, str],
    outcomes: Outcomes[Key, Entry[SparseVector]],
) -> SparselyEmbedded:
    key_of = {text: key for key, text in text_of.items()}
    brought = [outcomes[key_of[text]] for text in texts]
    return SparselyEmbedded(
        [outcome.entry.value for outcome in brought],
        [outcome.origin != "computed" for outcome in brought],
    )
