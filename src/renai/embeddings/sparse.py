"""The layer of sparse embeddings: one sparse vector for one text.

Sparse vectors differ in length, so the batch look-up of dense ones would gain nothing: this is the
flow that all caches share, with a codec and the names of the embedding layer.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.cache.cache import Cache
from renai.cache.reservation import hop
from renai.codecs.binary import NEVER
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseCodec, SparseVector
from renai.embeddings.base import Ledger, VectorCache
from renai.embeddings.known_recipes import recipe_number_of
from renai.embeddings.recipe import check_texts, usage_key_of
from renai.embeddings.result import PartlyFailedError, Telling, refuse_without_hope, rest_said
from renai.errors import VectorError
from renai.usage.counters import Counts, TotalCost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from renai.cache.flow import Outcomes, Reason
    from renai.keys.recipe import Key, Recipe
    from renai.stores.base import Store
    from renai.usage.counters import UsageKey

_MOST_BYTES = 4 << 20

V = TypeVar("V", SparseVector, SparseVector | None)


class _VectorsAndHits(NamedTuple, Generic[V]):
    vectors: list[V]
    hits: list[bool]


class SparselyEmbedded(_VectorsAndHits[V], Telling):
    """The sparse vectors of texts: a pair of `vectors` and `hits`.

    Attributes:
        vectors: the vectors, in the order of the texts; for `get`, None where there is none.
        hits: whether each vector was there already. It is False where this call computed the vector
            and, for `get`, where there is none.
        unstored: the number of different texts whose vectors are not in the store when the call
            ends, because it fails; they are stored later if it comes back.
        unstored_reason: what the store said; empty if all is stored.
    """


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
        ledger: where hits, misses and computations are counted, as for `EmbeddingCache`.
        strict: whether a store that fails is an error, as for `EmbeddingCache`.

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
        ledger: Ledger = True,
        strict: bool = False,
    ) -> None:
        super().__init__(
            store,
            recipe,
            "sparse",
            ttl=ttl,
            max_bytes=max_bytes,
            namespace=namespace,
            ledger=ledger,
            strict=strict,
        )
        self._cache = self._entry_cache = _PerishableCache(
            self._store,
            SparseCodec(recipe_number_of(self._names.common)),
            batch_size=batch_size,
            ttl=ttl,
            counters=self._counters,
            strict=strict,
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
            VectorError: `compute` returned too few or too many, and none of them is recorded; or
                some of all its vectors cannot be stored, and all others are.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
            WaitError: a text is being computed by a task of this thread's event loop.
        """
        return _all_of(self.attempt(texts, compute, lenient=False))

    async def aembed(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Awaitable[Sequence[SparseVector]]],
    ) -> SparselyEmbedded[SparseVector]:
        """Do what `embed` does for tasks: `compute` is awaited, the event loop is never blocked."""
        return _all_of(await self.aattempt(texts, compute, lenient=False))

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

    def put(self, texts: Sequence[str], vectors: Sequence[SparseVector]) -> int:
        """Store vectors that were computed elsewhere, by this very recipe.

        Args:
            texts: n texts; of equal ones the last counts.
            vectors: their n vectors.

        Returns:
            The number of texts whose vectors are stored now. If it is less than n, the store fails:
            the others wait in memory, or are lost.

        Raises:
            VectorError: there is not one vector that can be stored for each text; nothing is
                recorded.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
        """
        keys = self._names.keys(check_texts(texts))
        refused: dict[str, str] = {}
        entries = self._entries(texts, vectors, refused, lenient=True)
        if refused:
            raise VectorError(next(iter(refused.values())))
        lost = self._cache.record(
            {key: entry for key, entry in zip(keys, entries, strict=True) if entry is not None}
        )
        self._recipe_record.keep()
        return self._cache.stored_among([key.name for key in keys], {key.name for key in lost})

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the cache by its arguments; raises as `VectorCache` says."""
        return self._reduced(batch_size=self._cache.batch_size)

    def _text_of(self, texts: Sequence[str]) -> dict[Key, str]:
        different = list(dict.fromkeys(check_texts(texts)))
        return dict(zip(self._names.keys(different), different, strict=True))

    def attempt(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Sequence[SparseVector | None]],
        *,
        lenient: bool,
    ) -> SparselyEmbedded[SparseVector | None]:
        """Do what `embed` does; if `lenient`, texts whose vectors cannot be stored have None.

        Such a text is no error then; `failed` of the result says which they are.
        """
        text_of = self._text_of(texts)
        refused: dict[str, str] = {}
        with self._cache.reserve_all(text_of) as reserved:
            while reserved.missing:
                batch = [text_of[key] for key in reserved.missing]
                entries = self._entries(batch, compute(batch), refused, lenient=lenient)
                reserved.record(entries)
                self._recipe_record.keep()
        return self._finished(texts, text_of, reserved.outcomes, refused, lenient=lenient)

    async def aattempt(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Awaitable[Sequence[SparseVector | None]]],
        *,
        lenient: bool,
    ) -> SparselyEmbedded[SparseVector | None]:
        """Do what `attempt` does for tasks."""
        text_of = self._text_of(texts)
        refused: dict[str, str] = {}
        async with self._cache.reserve_all(text_of) as reserved:
            while reserved.missing:
                batch = [text_of[key] for key in reserved.missing]
                vectors = await compute(batch)
                entries = self._entries(batch, vectors, refused, lenient=lenient)
                await reserved.arecord(entries)
                await hop(self._recipe_record.keep)
        outcomes = reserved.outcomes
        return await hop(
            partial(self._finished, texts, text_of, outcomes, refused, lenient=lenient)
        )

    def _entries(
        self,
        texts: Sequence[str],
        vectors: Sequence[SparseVector | None],
        refused: dict[str, str],
        *,
        lenient: bool,
    ) -> list[Entry[SparseVector] | None]:
        """Return the entries of texts, None where a vector cannot be stored; note why.

        Args:
            texts: the texts.
            vectors: their vectors.
            refused: gets the texts whose vectors cannot be stored, each with the reason.
            lenient: whether to go on although not one of several vectors can be stored.
        """
        if len(vectors) != len(texts):
            raise VectorError(f"{len(vectors)} vectors for {len(texts)} texts")
        ttl = self._cache.ttl
        expires_at = NEVER if ttl is None else time.time() + ttl
        reasons: dict[str, str] = {}
        entries: list[Entry[SparseVector] | None] = []
        for number, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
            if vector is not None and np.isfinite(vector.values).all():
                entries.append(Entry(vector, {}, "", {"expires_at": expires_at}))
                continue
            why = "is missing" if vector is None else "holds NaN or infinity"
            reasons[text] = f"vector {number} of {len(texts)} {why}"
            entries.append(None)
        if not lenient:
            refuse_without_hope(reasons, len(texts))
        refused.update(reasons)
        return entries

    def _finished(
        self,
        texts: Sequence[str],
        text_of: Mapping[Key, str],
        outcomes: Outcomes[Key, Entry[SparseVector]],
        refused: dict[str, str],
        *,
        lenient: bool,
    ) -> SparselyEmbedded[SparseVector | None]:
        unstored = self._cache.settle(
            [key.name for key in text_of], [key.name for key in outcomes.lost]
        )
        for key in outcomes.failed:
            refused.setdefault(text_of[key], "a vector that another call computed cannot be stored")
        if refused and not lenient:
            raise PartlyFailedError(refused, rest_said(unstored))
        found = {text_of[key]: outcome for key, outcome in outcomes.items()}
        return SparselyEmbedded(
            [found[text].entry.value if text in found else None for text in texts],
            [text in found and found[text].origin != "computed" for text in texts],
        ).telling(unstored, refused)


class _PerishableCache(Cache[SparseVector]):
    def most_bytes_of(self, keys: Sequence[Key]) -> int:  # noqa: ARG002 - it is not in the recipe
        """Allow for half a million numbers, which is more than the vocabulary of any model."""
        return _MOST_BYTES

    def judge(
        self,
        key: Key,  # noqa: ARG002 - other caches compare its recipe
        entry: Entry[SparseVector],
    ) -> Reason | None:
        """Refuse expired entries; recipes need no check, as a name has its recipe's digest."""
        return None if entry.notes["expires_at"] > time.time() else "stale"  # also if it is NaN

    def usage_key_of(self, key: Key) -> UsageKey:
        """Return what a key is counted by: embedder and model."""
        return usage_key_of(key.recipe)

    def count_spent(
        self,
        keys: Iterable[Key],
        entries: Iterable[Entry[SparseVector] | None],  # noqa: ARG002
        seconds: float,
    ) -> None:
        """Count one call: entries do not say what they cost, so cost is only known on average."""
        usage_key = self.usage_key_of(next(iter(keys)))
        self.counters.add({usage_key: Counts(spent=TotalCost(calls=1, seconds=seconds))})


def _all_of(
    embedded: SparselyEmbedded[SparseVector | None],
) -> SparselyEmbedded[SparseVector]:
    """Return a result that has a vector for every text, as one that says so."""
    return cast("SparselyEmbedded[SparseVector]", embedded)
