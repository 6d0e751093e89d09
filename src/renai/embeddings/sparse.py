"""The layer of sparse embeddings: one sparse vector for one text.

Sparse vectors differ in length, so the batch look-up of dense ones would gain nothing: this is the
flow that all caches share, with a codec and the names of the embedding layer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from renai.cache.cache import Cache
from renai.cache.reservation import hop
from renai.codecs.binary import NEVER
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseCodec, SparseVector
from renai.embeddings.base import VectorCache
from renai.embeddings.known_recipes import recipe_number_of
from renai.embeddings.recipe import check_texts, usage_key_of
from renai.errors import VectorError
from renai.usage.counters import Counts, TotalCost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    from renai.cache.flow import Outcomes, Reason
    from renai.keys.recipe import Key, Recipe
    from renai.stores.base import Store
    from renai.usage.counters import UsageKey

V = TypeVar("V", SparseVector, SparseVector | None)


class SparselyEmbedded(NamedTuple, Generic[V]):
    """The sparse vectors of texts.

    Attributes:
        vectors: the vectors, in the order of the texts; for `get`, None where there is none.
        hits: whether each vector was there already. It is False where this call computed the vector
            and, for `get`, where there is none.
    """

    vectors: list[V]
    hits: list[bool]


class SparseEmbeddingCache(VectorCache):
    """Computes the sparse vector of a text once and stores it.

    Opened by URL it can be copied and pickled, as `EmbeddingCache` can.

    Args:
        store: the store for the vectors: a URL, two URLs as tiers, or an open store, which is not
            closed; as for `EmbeddingCache`.
        recipe: everything besides the text that shapes a vector.
        ttl: the seconds for which a vector may be used; None for ever.
        max_bytes: the bytes that the store may hold, roughly; only for a store given by its URL.
        batch_size: the number of vectors that are computed, and then recorded, at a time.
        namespace: a name that keeps caches apart; caches of different namespaces share no vectors.
        ledger: whether hits, misses and computations are counted, as for `EmbeddingCache`.

    Raises:
        UsageError: an argument makes no sense.
        ConfigurationError: there is no such kind of store.
        StoreError: the store cannot be opened.
    """

    def __init__(
        self,
        store: str | list[str] | tuple[str, str] | Store,
        recipe: Recipe,
        *,
        ttl: float | None = None,
        max_bytes: int | None = None,
        batch_size: int = 256,
        namespace: str = "",
        ledger: bool = True,
    ) -> None:
        super().__init__(
            store,
            recipe,
            "sparse",
            ttl=ttl,
            max_bytes=max_bytes,
            namespace=namespace,
            ledger=ledger,
        )
        self._cache = _PerishableCache(
            self._store,
            SparseCodec(recipe_number_of(self._names.common)),
            batch_size=batch_size,
            ttl=ttl,
            counters=self._counters,
        )

    def embed(
        self, texts: Sequence[str], compute: Callable[[list[str]], Sequence[SparseVector]]
    ) -> SparselyEmbedded[SparseVector]:
        """Return a vector for every text.

        Args:
            texts: the texts to embed.
            compute: the function that computes vectors. It gets texts that have no vector yet, each
                once and at most `batch_size` at a time, and returns their vectors in the same
                order. What it raises is raised here; the batches before it are kept.

        Raises:
            VectorError: `compute` returned too few or too many; none of them is recorded.
            TypeError: a text is not a `str`.
            WaitError: a text is being computed by a task of this thread's event loop.
        """
        text_of = self._text_of(texts)
        with self._cache.reserve_all(text_of) as reserved:
            while reserved.missing:
                vectors = compute([text_of[key] for key in reserved.missing])
                self._recipe_record.keep()
                reserved.record(self._entries(reserved.missing, vectors))
        return _in_order(texts, text_of, reserved.outcomes)

    async def aembed(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Awaitable[Sequence[SparseVector]]],
    ) -> SparselyEmbedded[SparseVector]:
        """Do what `embed` does for tasks: `compute` is awaited, the event loop is never blocked."""
        text_of = self._text_of(texts)
        async with self._cache.reserve_all(text_of) as reserved:
            while reserved.missing:
                vectors = await compute([text_of[key] for key in reserved.missing])
                await hop(self._recipe_record.keep)
                await reserved.arecord(self._entries(reserved.missing, vectors))
        return _in_order(texts, text_of, reserved.outcomes)

    def get(self, texts: Sequence[str]) -> SparselyEmbedded[SparseVector | None]:
        """Return the vectors that are stored; None for the others, which do not count as hits.

        Raises:
            TypeError: a text is not a `str`.
        """
        text_of = self._text_of(texts)
        found = self._cache.look_up(list(text_of)).hits
        vector_of = {text_of[key]: entry.value for key, entry in found.items()}
        return SparselyEmbedded(
            [vector_of.get(text) for text in texts], [text in vector_of for text in texts]
        )

    def put(self, texts: Sequence[str], vectors: Sequence[SparseVector]) -> None:
        """Store vectors that were computed elsewhere, by this very recipe.

        Args:
            texts: n texts; of equal ones the last counts.
            vectors: their n vectors.

        Raises:
            VectorError: there is not one vector for each text; nothing is recorded.
            TypeError: a text is not a `str`.
        """
        keys = self._names.keys(check_texts(texts))
        entries = dict(zip(keys, self._entries(keys, vectors), strict=True))
        self._recipe_record.keep()
        self._cache.record(entries)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the cache by its arguments; raises as `VectorCache` says."""
        return self._reduced(batch_size=self._cache.batch_size)

    def _text_of(self, texts: Sequence[str]) -> dict[Key, str]:
        different = list(dict.fromkeys(check_texts(texts)))
        return dict(zip(self._names.keys(different), different, strict=True))

    def _entries(
        self, keys: Collection[Key], vectors: Sequence[SparseVector]
    ) -> list[Entry[SparseVector]]:
        if len(vectors) != len(keys):
            raise VectorError(f"{len(vectors)} vectors for {len(keys)} texts")
        ttl = self._cache.ttl
        expires_at = NEVER if ttl is None else time.time() + ttl
        return [Entry(vector, {}, "", {"expires_at": expires_at}) for vector in vectors]


class _PerishableCache(Cache[SparseVector]):
    def judge(
        self,
        key: Key,  # noqa: ARG002 - other caches compare its recipe
        entry: Entry[SparseVector],
    ) -> Reason | None:
        """Refuse expired entries; recipes need no check, as a name has its recipe's digest."""
        return "stale" if entry.notes["expires_at"] <= time.time() else None

    def usage_key_of(self, key: Key) -> UsageKey:
        """Return what a key is counted by: embedder and model."""
        return usage_key_of(key.recipe)

    def count_spent(
        self,
        keys: Iterable[Key],
        entries: Iterable[Entry[SparseVector]],  # noqa: ARG002
        seconds: float,
    ) -> None:
        """Count one call: entries do not say what they cost, so cost is only known on average."""
        usage_key = self.usage_key_of(next(iter(keys)))
        self.counters.add({usage_key: Counts(spent=TotalCost(calls=1, seconds=seconds))})


def _in_order(
    texts: Sequence[str],
    text_of: Mapping[Key, str],
    outcomes: Outcomes[Key, Entry[SparseVector]],
) -> SparselyEmbedded[SparseVector]:
    key_of = {text: key for key, text in text_of.items()}
    brought = [outcomes[key_of[text]] for text in texts]
    return SparselyEmbedded(
        [outcome.entry.value for outcome in brought],
        [outcome.origin != "computed" for outcome in brought],
    )
