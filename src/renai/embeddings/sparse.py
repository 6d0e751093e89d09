"""The layer of sparse embeddings: one sparse vector for one text."""

from __future__ import annotations

import time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.cache.reservation import hop
from renai.codecs.binary import NEVER
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseCodec, SparseVector
from renai.embeddings.base import Ledger, VectorCache
from renai.embeddings.comparison import Comparison
from renai.embeddings.distances import sparse_distances
from renai.embeddings.known_recipes import recipe_number_of
from renai.embeddings.recipe import check_texts, each_once
from renai.embeddings.result import PartlyFailedError, Telling, refuse_without_hope, rest_said
from renai.embeddings.sparse_entries import SparseEntryCache, UnkeptSparseEntries
from renai.errors import VectorError
from renai.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from renai.cache.flow import Outcomes
    from renai.cache.looked_up import Found
    from renai.embeddings.canary import OnChange
    from renai.keys.recipe import Key, Recipe
    from renai.stores.base import Store, Urls

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
        store: the store for the vectors: a URL, two URLs as tiers, the URLs of several servers, or
            an open store, which is not closed; as for `EmbeddingCache`.
        recipe: everything besides the text that shapes a vector.
        ttl: the seconds for which a vector may be used; None for ever.
        max_bytes: the bytes that the store may hold, roughly; only for a store given by its URL.
        batch_size: the number of vectors that are computed, and then recorded, at a time.
        namespace: a name that keeps caches apart; caches of different namespaces share no vectors.
        ledger: where hits, misses and computations are counted, as for `EmbeddingCache`.
        strict: whether a store that fails is an error, as for `EmbeddingCache`.
        canary: the part of the vectors that hit which is computed anew and compared, as for
            `EmbeddingCache`.
        on_change: what happens if they differ, as for `EmbeddingCache`.

    Raises:
        UsageError: an argument makes no sense.
        ConfigurationError: there is no such kind of store.
        StoreError: the store cannot be opened.
    """

    def __init__(
        self,
        store: Urls | Store,
        recipe: Recipe,
        *,
        ttl: float | None = None,
        max_bytes: int | None = None,
        batch_size: int = 256,
        namespace: str = "",
        ledger: Ledger = True,
        strict: bool = False,
        canary: float | None = None,
        on_change: OnChange = "warn",
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
        self._framing: dict[str, Any] = {
            "codec": SparseCodec(recipe_number_of(self._names.common)),
            "batch_size": batch_size,
            "ttl": ttl,
            "counters": self._counters,
            "strict": strict,
        }
        self._cache = self._entry_cache = SparseEntryCache(self._store, **self._framing)
        self._canary = canary
        self._on_change: OnChange = on_change
        self._comparison = Comparison(
            self._store, self._names, self._counters, canary, on_change, sparse_distances
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
            WeightsChangedError: the model gives other vectors than it did, and that is to be an
                error.
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
            WeightsChangedError: the vectors are not to be used, and that is to be an error.
        """
        text_of = self._text_of(texts)
        _, found = self._begin(text_of)
        vector_of = {text_of[key]: entry.value for key, entry in found.hits.items()}
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
            the others wait in memory, or are lost. It is 0 while the recipe is stopped since its
            model gives other vectors.

        Raises:
            VectorError: there is not one vector that can be stored for each text; nothing is
                recorded.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
            WeightsChangedError: the recipe is stopped, and that is to be an error.
        """
        cache = self._unkept if self._comparison.watch.is_stopped() else self._cache
        keys = self._names.keys(check_texts(texts))
        refused: dict[str, str] = {}
        entries = self._entries(texts, vectors, refused, lenient=True)
        if refused:
            raise VectorError(next(iter(refused.values())))
        lost = cache.record(
            {key: entry for key, entry in zip(keys, entries, strict=True) if entry is not None}
        )
        self._keep_recipe(cache)
        return cache.stored_among([key.name for key in keys], {key.name for key in lost})

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the cache by its arguments; raises as `VectorCache` says."""
        return self._reduced(
            batch_size=self._cache.batch_size, canary=self._canary, on_change=self._on_change
        )

    def _text_of(self, texts: Sequence[str]) -> dict[Key, str]:
        different = each_once(check_texts(texts))
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
        cache, found = self._begin(text_of)
        if keys := self._canaries(found):
            names, stored, asked = _of_canaries(keys, found, text_of)
            waits = bool(found.misses)
            if not self._comparison.is_same(names, stored, asked, compute, waits=waits):
                cache, found = self._begin(text_of)
        if found.misses and self._comparison.questions.is_open:
            self._comparison.questions.let_go_first()
        with cache.reserve_missing(found.misses) as reserved:
            while reserved.missing:
                batch = [text_of[key] for key in reserved.missing]
                entries = self._entries(batch, compute(batch), refused, lenient=lenient)
                reserved.record(entries)
                self._keep_recipe(cache)
        reserved.outcomes.add(found.hits, "hit")
        return self._finished(cache, texts, text_of, reserved.outcomes, refused, lenient=lenient)

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
        cache, found = await hop(self._begin, text_of)
        if keys := self._canaries(found):
            names, stored, asked = _of_canaries(keys, found, text_of)
            waits = bool(found.misses)
            if not await self._comparison.ais_same(names, stored, asked, compute, waits=waits):
                cache, found = await hop(self._begin, text_of)
        if found.misses and self._comparison.questions.is_open:
            await self._comparison.questions.alet_go_first()
        async with cache.reserve_missing(found.misses) as reserved:
            while reserved.missing:
                batch = [text_of[key] for key in reserved.missing]
                vectors = await compute(batch)
                entries = self._entries(batch, vectors, refused, lenient=lenient)
                await reserved.arecord(entries)
                await hop(self._keep_recipe, cache)
        outcomes = reserved.outcomes
        outcomes.add(found.hits, "hit")
        return await hop(
            partial(self._finished, cache, texts, text_of, outcomes, refused, lenient=lenient)
        )

    def _begin(
        self, text_of: Mapping[Key, str]
    ) -> tuple[SparseEntryCache, Found[Key, Entry[SparseVector]]]:
        """Return what gives vectors, and what it has of these keys."""
        cache = self._unkept if self._comparison.watch.is_stopped() else self._cache
        return cache, cache.look_up(list(text_of))

    @cached_property
    def _unkept(self) -> UnkeptSparseEntries:
        """What gives vectors while the recipe is stopped."""
        return UnkeptSparseEntries(MemoryStore(), **self._framing)

    def _keep_recipe(self, cache: SparseEntryCache) -> None:
        """Record the recipe beside vectors that were just stored."""
        if cache is self._cache:
            self._recipe_record.keep()

    def _canaries(self, found: Found[Key, Entry[SparseVector]]) -> list[Key]:
        """Return the keys of the vectors that are compared with those of today; mostly none."""
        if not self._comparison.is_wanted:
            return []
        key_of = {key.name: key for key in found.hits}
        chosen = self._comparison.choose(list(key_of), self._cache.batch_size)
        return [key_of[name] for name in chosen]

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
        cache: SparseEntryCache,
        texts: Sequence[str],
        text_of: Mapping[Key, str],
        outcomes: Outcomes[Key, Entry[SparseVector]],
        refused: dict[str, str],
        *,
        lenient: bool,
    ) -> SparselyEmbedded[SparseVector | None]:
        unstored = cache.settle([key.name for key in text_of], [key.name for key in outcomes.lost])
        for key in outcomes.failed:
            refused.setdefault(text_of[key], "a vector that another call computed cannot be stored")
        if refused and not lenient:
            raise PartlyFailedError(refused, rest_said(unstored))
        found = {text_of[key]: outcome for key, outcome in outcomes.items()}
        return SparselyEmbedded(
            [found[text].entry.value if text in found else None for text in texts],
            [text in found and found[text].origin != "computed" for text in texts],
        ).telling(unstored, refused)


def _of_canaries(
    keys: Sequence[Key], found: Found[Key, Entry[SparseVector]], text_of: Mapping[Key, str]
) -> tuple[list[str], list[SparseVector], list[str]]:
    """Return the names, the stored vectors and the texts of canaries."""
    return (
        [key.name for key in keys],
        [found.hits[key].value for key in keys],
        [text_of[key] for key in keys],
    )


def _all_of(
    embedded: SparselyEmbedded[SparseVector | None],
) -> SparselyEmbedded[SparseVector]:
    """Return a result that has a vector for every text, as one that says so."""
    return cast("SparselyEmbedded[SparseVector]", embedded)
