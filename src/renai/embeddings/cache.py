"""The embedding layer: one vector for one text.

Vectors are many and small, so the work for each of them counts. The store is first read in whole
batches, without a Python object for each entry; only the texts whose vectors were not found then go
through the flow that all caches share.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from renai.cache.reservation import hop
from renai.codecs.vector import VectorCodec
from renai.embeddings.base import Ledger, VectorCache
from renai.embeddings.canary import STOPPED, OnChange
from renai.embeddings.comparison import Comparison
from renai.embeddings.distances import distances
from renai.embeddings.frames import FrameCache
from renai.embeddings.known_recipes import recipe_number_of
from renai.embeddings.recipe import EmbeddingRecipe, check_texts, usage_key_of
from renai.embeddings.rows import Embedded, Held, Rows
from renai.embeddings.unkept import UnkeptFrames
from renai.stores.abilities import answers_at_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from numpy.typing import ArrayLike

    from renai.cache.looked_up import Miss
    from renai.codecs.vector import Dtype
    from renai.keys.recipe import Recipe
    from renai.stores.base import Store, Urls


_FEW = 32
"""So many texts are looked up sooner than another thread is asked to do it."""


class EmbeddingCache(VectorCache):
    """Computes the vector of a text once and stores it.

    A text that several threads, tasks or processes need at once is computed once. Threads and
    tasks must share this object for that; processes, and hosts, must share a store that has leases:
    SQLite, Redis or PostgreSQL.

    Opened by URL it can be copied and pickled, for workers: the copy opens the store anew and
    shares nothing else with this one. The pickle contains the URL, with any password in it.

    Args:
        store: the store for the vectors: a URL (`memory://`, `file:///absolute/folder`,
            `sqlite:///relative`, `sqlite:////absolute`, `redis://host`, `rediss://host`,
            `postgresql://host/database`); two URLs as tiers, the fast one first; the URLs of
            several Redis servers, or PostgreSQL servers, among which vectors are shared out; or an
            open store, which is not closed.
        recipe: everything besides the text that shapes a vector.
        dtype: the type of number in which vectors are stored. What is returned is float32, and the
            same whether it was just computed or read.
        ttl: the seconds for which a vector may be used; None for ever.
        max_bytes: the bytes that all vectors in the store may take together, roughly; beyond it
            those that were used least recently are dropped. Only for a store given by its URL.
        batch_size: the number of vectors that are computed, and then recorded, at a time.
        namespace: a name that keeps caches apart; caches of different namespaces share no vectors.
        ledger: where hits, misses and computations are counted: True for renai's cache folder,
            where `renai cache stats` shows them; `shared` for the store itself, where all workers
            that share it have one bill (`renai cache stats --vectors-url`); False for nowhere.
        strict: whether a store that fails is an error; by default it is a warning, and what could
            not be stored waits in memory until the store is back.
        canary: the part of the vectors that hit which is computed anew and compared, to notice that
            an endpoint has put other weights behind a model's name: a share of them, such as
            `0.001`, or a whole number of texts a day; None for none.
        on_change: what happens if they differ, in this process or in another one that shares the
            store: `warn` computes everything anew and stores nothing, `raise` raises
            `WeightsChangedError`; until `renai cache trust`, or a recipe of another revision.

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
        dtype: Dtype = "float32",
        ttl: float | None = None,
        max_bytes: int | None = None,
        batch_size: int = 256,
        namespace: str = "",
        ledger: Ledger = True,
        strict: bool = False,
        canary: float | None = None,
        on_change: OnChange = "warn",
    ) -> None:
        codec = VectorCodec(dtype)
        super().__init__(
            store,
            recipe,
            dtype,
            ttl=ttl,
            max_bytes=max_bytes,
            namespace=namespace,
            ledger=ledger,
            strict=strict,
        )
        self._framing: dict[str, Any] = {
            "codec": replace(codec, recipe_number=recipe_number_of(self._names.common)),
            "recipe_record": self._recipe_record,
            "batch_size": batch_size,
            "ttl": ttl,
            "usage_key": usage_key_of(recipe),
            "counters": self._counters,
            "strict": strict,
        }
        self._frames = self._entry_cache = FrameCache(self._store, **self._framing)
        self._canary = canary
        self._on_change: OnChange = on_change
        self._comparison = Comparison(
            self._store, self._names, self._counters, canary, on_change, distances
        )

    def embed(self, texts: Sequence[str], compute: Callable[[list[str]], ArrayLike]) -> Embedded:
        """Return a vector for every text.

        Args:
            texts: the texts to embed.
            compute: the function that computes vectors. It gets texts that have no vector yet, each
                once and at most `batch_size` at a time, and returns their vectors, (m, dim), in the
                same order. What it raises is raised here; the batches before it are kept.

        Raises:
            VectorError: `compute` returned something else, and nothing of that batch is recorded;
                or some of all its vectors cannot be stored, and all others are.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
            WaitError: a text is being computed by a task of this thread's event loop.
            WeightsChangedError: the model gives other vectors than it did, and that is to be an
                error.
        """
        return self.attempt(texts, compute, lenient=False)

    async def aembed(
        self, texts: Sequence[str], compute: Callable[[list[str]], Awaitable[ArrayLike]]
    ) -> Embedded:
        """Do what `embed` does for tasks: `compute` is awaited, the event loop is never blocked."""
        return await self.aattempt(texts, compute, lenient=False)

    def get(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors that are stored; the other rows are NaN, and do not count as hits.

        Raises:
            TypeError: a text is not a `str`.
            WeightsChangedError: the vectors are not to be used, and that is to be an error.
        """
        _, rows, _ = self._begin(texts)
        return rows.embedded(self._frames.dim)

    def put(self, texts: Sequence[str], vectors: ArrayLike) -> int:
        """Store vectors that were computed elsewhere, by this very recipe.

        Args:
            texts: n texts; of equal ones the last counts.
            vectors: their vectors, (n, dim).

        Returns:
            The number of texts whose vectors are stored now. If it is less than n, the store fails:
            the others wait in memory, or are lost. It is 0 while the recipe is stopped since its
            model gives other vectors: nobody can tell by which weights these were computed.

        Raises:
            VectorError: the vectors are not valid; nothing is recorded.
            StoreError: the store fails, and the cache is strict.
            TypeError: a text is not a `str`.
            WeightsChangedError: the recipe is stopped, and that is to be an error.
        """
        frames = self._unkept if self._comparison.watch.is_stopped() else self._frames
        return frames.adopt(self._names.of(check_texts(texts)), vectors)

    @property
    def dimension_due(self) -> int | None:
        """The dimension that computed vectors must have; None until some were computed here."""
        return self._frames.dimension_due

    def count_as(self, called: str) -> None:
        """Count from now on by another name of the model, which shapes no vector."""
        recipe = self._names.recipe
        if isinstance(recipe, EmbeddingRecipe) and recipe.called != called:
            recipe.called = called
            self._framing["usage_key"] = self._frames.usage_key = usage_key_of(recipe)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the cache by its arguments; raises as `VectorCache` says."""
        return self._reduced(
            dtype=self._frames.codec.dtype,
            batch_size=self._frames.batch_size,
            canary=self._canary,
            on_change=self._on_change,
        )

    def attempt(
        self, texts: Sequence[str], compute: Callable[[list[str]], ArrayLike], *, lenient: bool
    ) -> Embedded:
        """Do what `embed` does; if `lenient`, texts whose vectors cannot be stored have NaN.

        Such a text is no error then; `failed` of the result says which they are.
        """
        frames, rows, misses = self._begin(texts)
        if names := self._canaries(frames, rows):
            stored, asked = rows.vectors_of(names), rows.texts_of(names)
            if not self._comparison.is_same(names, stored, asked, compute, waits=bool(misses)):
                frames, rows, misses = self._begin(texts)
        if misses and self._comparison.questions.is_open:
            self._comparison.questions.let_go_first()
        while misses:
            with frames.reserve(misses) as reserved:
                while reserved.missing:
                    answer = compute(rows.texts_of(reserved.missing))
                    reserved.record(frames.frame(rows, reserved.missing, answer, lenient=lenient))
            misses = frames.fill_from(reserved.outcomes, rows)
        return frames.finished(rows, lenient=lenient)

    async def aattempt(
        self,
        texts: Sequence[str],
        compute: Callable[[list[str]], Awaitable[ArrayLike]],
        *,
        lenient: bool,
    ) -> Embedded:
        """Do what `attempt` does for tasks."""
        if self._are_at_hand(texts):
            frames, rows, misses = self._begin(texts)
            if not misses and not self._comparison.is_wanted and frames.is_settled:
                embedded = frames.finished(rows, lenient=lenient)
                embedded.held = rows.held
                return embedded
        else:
            frames, rows, misses = await hop(self._begin, texts)
        if names := self._canaries(frames, rows):
            stored, asked = rows.vectors_of(names), rows.texts_of(names)
            waits = bool(misses)
            if not await self._comparison.ais_same(names, stored, asked, compute, waits=waits):
                frames, rows, misses = await hop(self._begin, texts)
        if misses and self._comparison.questions.is_open:
            await self._comparison.questions.alet_go_first()
        while misses:
            async with frames.reserve(misses) as reserved:
                while reserved.missing:
                    answer = await compute(await hop(rows.texts_of, reserved.missing))
                    frame = partial(frames.frame, rows, reserved.missing, lenient=lenient)
                    await reserved.arecord(await hop(frame, answer))
            misses = await hop(frames.fill_from, reserved.outcomes, rows)
        return await hop(partial(frames.finished, rows, lenient=lenient))

    def still_holds(self, held: Held) -> bool:
        """Return whether the store holds the entries with which it answered an earlier call.

        It does if nobody has written since, or if it gives the very same bytes. Their vectors may
        then be used without being checked once more; they count as hits. It is False also where
        that cannot be told at once, or where they may not be used any more.

        Args:
            held: these entries, as `aembed` gave them.

        Raises:
            WeightsChangedError: they are not to be used, and that is to be an error.
        """
        comparison = self._comparison
        if comparison.is_wanted or comparison.watch.is_stopped():
            return False
        return answers_at_once(self._store) and self._frames.still_holds(held)

    def _begin(self, texts: Sequence[str]) -> tuple[FrameCache, Rows, dict[str, Miss[bytes]]]:
        """Return what gives vectors, the rows of texts, and what is missing in them."""
        frames = self._unkept if self._comparison.watch.is_stopped() else self._frames
        rows = Rows(texts, self._names)
        return frames, rows, frames.fill(rows)

    def _are_at_hand(self, texts: Sequence[str]) -> bool:
        """Return whether texts are few, and looked up sooner here than by another thread."""
        few = isinstance(texts, Sized) and len(texts) <= _FEW
        return few and answers_at_once(self._store)

    def _canaries(self, frames: FrameCache, rows: Rows) -> list[str]:
        """Return the names of the vectors that are compared with those of today; mostly none."""
        if not self._comparison.is_wanted:
            return []
        return self._comparison.choose(rows.hit_names(), frames.batch_size)

    @cached_property
    def _unkept(self) -> UnkeptFrames:
        """What gives vectors while the recipe is stopped."""
        return UnkeptFrames(STOPPED, **self._framing)
