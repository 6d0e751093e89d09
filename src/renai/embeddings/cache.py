"""The embedding layer: one vector for one text.

Vectors are many and small, so what is done for each counts. The store is first read in whole
batches, without a Python object for an entry; only the texts whose vectors that did not bring go
through the flow that all caches share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cache.drivers import hop
from renai.closing import Closing
from renai.codecs.binary import check_ttl
from renai.codecs.vector import VectorCodec
from renai.embeddings.frames import FrameCache
from renai.embeddings.lineage import record_lineage
from renai.embeddings.recipe import EmbeddingNames, account_of
from renai.embeddings.rows import Embedded, Rows, check_texts
from renai.errors import UsageError
from renai.keys.recipe import Recipe
from renai.locations import cache_folder
from renai.stores.registry import open_store
from renai.usage.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from renai.cache.flow import Miss, Outcomes
    from renai.codecs.vector import Dtype
    from renai.stores.base import Store


class EmbeddingCache(Closing):
    """Computes a vector once and keeps it.

    A text that several threads, tasks or processes need at once is computed once. Threads and
    tasks must share this object for that; processes, and hosts, a store that has leases: SQLite,
    Redis or PostgreSQL.

    Args:
        store: where vectors are kept: a URL (`memory://`, `file:///absolute/folder`,
            `sqlite:///relative`, `sqlite:////absolute`, `redis://host`, `rediss://host`,
            `postgresql://host/database`); two URLs as tiers, the fast one first; or an open store,
            which stays open.
        recipe: everything besides the text that shapes a vector.
        dtype: the type of number vectors are stored as. What is returned is float32, and the same
            whether it was just computed or read.
        ttl: seconds for which a vector may be used; without it, for ever.
        max_bytes: what all vectors in the store may take together, or about that; beyond it go
            those that were used least recently. For a store given by its URL.
        batch_size: how many vectors are computed, and then recorded, at a time.
        namespace: caches of different namespaces share no vectors.
        ledger: add up what is hit, missed and computed in renai's cache folder, where
            `renai cache stats` shows it.

    Raises:
        UsageError: an argument that cannot be meant.
        ConfigurationError: no such kind of store.
        StoreError: the store cannot be opened.
    """

    def __init__(
        self,
        store: str | list[str] | tuple[str, str] | Store,
        recipe: Recipe,
        *,
        dtype: Dtype = "float32",
        ttl: float | None = None,
        max_bytes: int | None = None,
        batch_size: int = 256,
        namespace: str = "",
        ledger: bool = True,
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
        codec = VectorCodec(dtype)
        self._names = EmbeddingNames(namespace, recipe, dtype)
        self._frames = FrameCache(
            open_store(store, max_bytes=max_bytes)
            if isinstance(store, str | list | tuple)
            else store,
            codec,
            batch_size=batch_size,
            ttl=ttl,
            account=account_of(recipe),
            ledger=open_ledger(cache_folder() if ledger else None),
        )

    def embed(self, texts: Sequence[str], compute: Callable[[list[str]], ArrayLike]) -> Embedded:
        """Bring a vector for every text.

        Args:
            texts: what to embed.
            compute: gets texts that have no vector yet, each once and at most `batch_size` at a
                time; returns their vectors, (m, dim), in order. What it raises is raised here;
                the batches before are kept.

        Raises:
            VectorError: `compute` returned something else; nothing of that batch is recorded.
            TypeError: a text is no `str`.
            WaitError: a text is being computed by a task of this thread's event loop.
        """
        rows, misses = self._look_up(texts)

        def compute_frames(missing: Mapping[str, Miss[bytes]]) -> list[bytes]:
            at = rows.of(missing)
            return self._frames.frame(rows, at, missing, compute(rows.texts(at)))

        return self._complete(rows, self._frames.compute_missing(misses, compute_frames))

    async def aembed(
        self, texts: Sequence[str], compute: Callable[[list[str]], Awaitable[ArrayLike]]
    ) -> Embedded:
        """`embed` for tasks: `compute` is awaited, and the event loop never blocked."""
        rows, misses = await hop(self._look_up, texts)

        async def compute_frames(missing: Mapping[str, Miss[bytes]]) -> list[bytes]:
            at = rows.of(missing)
            return self._frames.frame(rows, at, missing, await compute(rows.texts(at)))

        outcomes = await self._frames.acompute_missing(misses, compute_frames)
        return await hop(self._complete, rows, outcomes)

    def get(self, texts: Sequence[str]) -> Embedded:
        """Bring the vectors that are there; the rows of the others are NaN, and no hits."""
        rows, _ = self._look_up(texts)
        return rows.embedded(self._frames.dim)

    def put(self, texts: Sequence[str], vectors: ArrayLike) -> None:
        """Adopt vectors that were computed elsewhere, by this very recipe.

        Args:
            texts: n texts; of equal ones the last counts.
            vectors: their vectors, (n, dim).

        Raises:
            VectorError: as for `embed`; nothing is recorded.
            TypeError: a text is no `str`.
        """
        self._frames.keep(self._names.spell(check_texts(texts)), vectors)

    def trace(self, texts: Sequence[str], sources: Sequence[str | None]) -> None:
        """Write down which file each text came from, before it is embedded.

        `renai cache forget` then finds the vectors of a file.

        Args:
            texts: n texts.
            sources: for each, the SHA-256 of its file, 64 hex digits; None where there is none.

        Raises:
            UsageError: a source is something else.
            TypeError: a text is no `str`.
        """
        record_lineage(self._frames.store, self._names.spell, check_texts(texts), sources)

    def delete(self, texts: Sequence[str]) -> int:
        """Drop the vectors of texts; returns how many were there.

        Raises:
            StoreError: they may still be there.
        """
        return self._frames.store.delete_many(self._names.spell(dict.fromkeys(check_texts(texts))))

    def key(self, text: str) -> str:
        """Digest namespace, recipe, dtype and text: 64 hex digits, by which the entry is named."""
        return self._names.digest(text)

    def close(self) -> None:
        """Close the store if it was opened here; may be called twice."""
        self._frames.ledger.flush()
        if self._opened_here:
            self._frames.store.close()

    def _look_up(self, texts: Sequence[str]) -> tuple[Rows, dict[str, Miss[bytes]]]:
        rows = Rows(texts, self._names.spell)
        return rows, self._frames.fill(rows)

    def _complete(self, rows: Rows, outcomes: Outcomes[str, bytes]) -> Embedded:
        self._frames.complete(rows, outcomes)
        return rows.embedded(self._frames.dim)
