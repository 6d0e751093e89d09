"""Frames of vectors in a store, by the batch and by the flow.

The batch look-up makes no Python object for an entry, and vouches only for what is plainly right.
Everything else it leaves to the flow, which looks at entries one by one: what is damaged is set
aside there, and what has expired is computed anew.
"""

from __future__ import annotations

import time
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np  # noqa: TID253 - imported behind entries.vector, which says when it is missing

from renai.batching import batched
from renai.cache.cache import Cache
from renai.entries.entry import Entry
from renai.entries.vector import NEVER, as_vectors
from renai.errors import VectorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from renai.cache.flow import Miss, Outcome, Reason
    from renai.entries.vector import VectorCodec
    from renai.keys.key import Key
    from renai.layers.embedding_rows import Rows
    from renai.stores.base import Store

_AT_ONCE = 4096  # more entries at once fall out of the processor's caches


class FrameCache(Cache[bytes]):
    """A cache of frames, which are packed and unpacked by the batch.

    Attributes:
        dim: the dimension of its vectors, once one has been seen.
    """

    codec: VectorCodec

    def __init__(
        self, store: Store, codec: VectorCodec, *, batch_size: int, ttl: float | None
    ) -> None:
        super().__init__(store, codec, batch_size=batch_size, ttl=ttl)
        self.dim: int | None = None

    def judge(self, key: Key, entry: Entry[bytes]) -> Reason | None:
        """Refuse what has expired or has another dimension; the name vouches for the recipe."""
        expired = entry.notes["expires_at"] <= time.time()
        foreign = self.dim is not None and entry.notes["dim"] != self.dim
        return "stale" if expired or foreign else None

    def fill(self, rows: Rows) -> None:
        """Fill the rows for which the store has a plainly right vector."""
        for batch in batched(rows.names, _AT_ONCE):
            held = self._held(batch)
            names = [name for name in batch if name in held]
            unpacked = self.codec.unpack(names, [held[name] for name in names], dim=self.dim)
            usable = unpacked.intact & (unpacked.expires_at > time.time())
            if usable.any():
                vectors = unpacked.vectors if usable.all() else unpacked.vectors[usable]
                rows.fill(compress(names, usable), vectors, hits=True)
                self.dim = vectors.shape[1]
        self.ledger.count("hit", int(rows.hits.sum()))

    def complete(self, rows: Rows, outcomes: Mapping[Key, Outcome[bytes]]) -> None:
        """Fill the rows that the flow brought."""
        if not outcomes:
            return
        names = [key.name for key in outcomes]
        frames = [outcome.entry.value for outcome in outcomes.values()]
        unpacked = self.codec.unpack(names, frames, dim=self.dim)
        if not unpacked.intact.all():
            raise VectorError(
                "vectors of several dimensions under one recipe; "
                "what changes the dimension belongs in the recipe"
            )
        hits = [outcome.origin != "computed" for outcome in outcomes.values()]
        rows.fill(names, unpacked.vectors, hits=hits)

    def frame(self, misses: Sequence[Miss[bytes]], answer: ArrayLike) -> list[Entry[bytes]]:
        """Frame what a computation answered.

        Raises:
            VectorError: it is not one storable vector for each miss.
        """
        frames = self._pack([miss.key.name for miss in misses], answer)
        return [Entry(frame, {}, "") for frame in frames]

    def keep(self, names: Sequence[str], answer: ArrayLike) -> None:
        """Frame and keep vectors; of equal names the last counts.

        Raises:
            VectorError: it is not one storable vector for each name; nothing is kept.
        """
        if names or np.size(answer):
            self._keep(dict(zip(names, self._pack(names, answer), strict=True)))

    def _pack(self, names: Sequence[str], answer: ArrayLike) -> list[bytes]:
        vectors = as_vectors(answer, len(names), self.dim)
        expires_at = NEVER if self.ttl is None else time.time() + self.ttl
        frames = self.codec.pack(names, vectors, expires_at=expires_at)
        self.dim = vectors.shape[1]
        return frames
