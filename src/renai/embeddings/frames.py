"""Frames of vectors in a store, read and packed by the batch.

To the flow its keys are the names of entries, and its entries are their frames, since an object
for each would cost more than all else. Batches are checked as arrays; only what is not plainly
right is looked at by itself: what is damaged is set aside, what has expired is computed anew.
"""

from __future__ import annotations

import time
from collections import Counter
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.cache.base import BaseCache
from renai.cache.flow import MISSING, Found, Miss
from renai.codecs.binary import NEVER
from renai.codecs.vector import as_vectors
from renai.errors import DamagedEntryError, VectorError
from renai.usage.counters import Account, Effort, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from renai.cache.flow import Outcomes, Reason
    from renai.cache.leases import HeldLease
    from renai.codecs.vector import Floats, Packed, VectorCodec
    from renai.embeddings.rows import Rows
    from renai.stores.base import Store
    from renai.usage.counters import Ledger

_REASON = attrgetter("reason")
_AT_ONCE = 500  # more entries at once fall out of the processor's caches


class _Read(NamedTuple):
    """What a look-up read: names, frames and vectors of the hits, and the misses."""

    names: Sequence[str]
    frames: Sequence[bytes]
    vectors: Floats
    misses: dict[str, Miss[bytes]]


class FrameCache(BaseCache[str, bytes]):
    """A cache of frames, which are packed and unpacked by the batch.

    Attributes:
        dim: the dimension of its vectors, once one has been seen.
    """

    _keep_computed = False  # rows have the vectors; frames of all would double the memory

    def __init__(
        self,
        store: Store,
        codec: VectorCodec,
        *,
        batch_size: int,
        ttl: float | None,
        account: Account,
        ledger: Ledger,
    ) -> None:
        super().__init__(store, batch_size=batch_size, ttl=ttl, ledger=ledger)
        self._account = account
        self.codec = codec
        self.dim: int | None = None

    def look_up(self, keys: Sequence[str]) -> Found[str, bytes]:
        """Sort names into hits and misses; the name vouches for the recipe."""
        read = self._read(keys)
        self._count_hits(read.frames)
        return Found(dict(zip(read.names, read.frames, strict=True)), read.misses)

    def record(self, entries: Mapping[str, bytes], held: HeldLease | None = None) -> None:
        """Keep frames, and release the lease on them."""
        self.ledger.add({self._account: Tally(spent=Effort(bytes=_size(entries.values())))})
        self._keep(entries, held)

    def fill(self, rows: Rows) -> dict[str, Miss[bytes]]:
        """Fill the rows for which the store has a vector; returns the others' names."""
        misses: dict[str, Miss[bytes]] = {}
        for start in range(0, len(rows.names), _AT_ONCE):
            batch = rows.names[start : start + _AT_ONCE]
            read = self._read(batch)
            if not read.misses:
                rows.fill(slice(start, start + len(batch)), read.vectors, hits=True)
            elif read.names:
                rows.fill(rows.of(read.names), read.vectors, hits=True)
            misses |= read.misses
            self._count_hits(read.frames)
        return misses

    def complete(self, rows: Rows, outcomes: Outcomes[str, bytes]) -> None:
        """Fill the rows that the flow brought without computing them here."""
        brought = {
            name: outcomes.entries[name]
            for name, origin in outcomes.origins.items()
            if origin != "computed"
        }
        if not brought:
            return
        unpacked = self.codec.unpack(list(brought), list(brought.values()), dim=self.dim)
        if not unpacked.intact.all():
            raise VectorError(
                "vectors of several dimensions under one recipe; "
                "what changes the dimension belongs in the recipe"
            )
        rows.fill(rows.of(brought), unpacked.vectors, hits=True)

    def frame(
        self, rows: Rows, at: NDArray[np.intp], names: Iterable[str], answer: ArrayLike
    ) -> list[bytes]:
        """Frame what a computation answered, and fill its rows.

        Args:
            rows: to be filled.
            at: which of them.
            names: of their entries.
            answer: the vectors, in that order.

        Raises:
            VectorError: it is not one storable vector for each miss.
        """
        packed = self._pack(list(names), answer)
        rows.fill(at, packed.vectors, hits=False)
        return packed.frames

    def keep(self, names: Sequence[str], answer: ArrayLike) -> None:
        """Frame and keep vectors; of equal names the last counts.

        Raises:
            VectorError: it is not one storable vector for each name; nothing is kept.
        """
        if names or np.size(answer):
            self._keep(dict(zip(names, self._pack(names, answer).frames, strict=True)))

    def _names_of(self, keys: Sequence[str]) -> Sequence[str]:
        return keys

    def _account_of(self, key: str) -> Account:
        return self._account

    def _cost_of(self, entry: bytes) -> None:
        """Frames are too small for a header with it; what a vector took is told on average."""

    def _count_misses(self, misses: Mapping[str, Miss[bytes]]) -> None:
        reasons = Counter(map(_REASON, misses.values()))
        self.ledger.add({self._account: Tally(reasons)})

    def _count_spent(self, keys: Iterable[str], entries: Iterable[bytes], seconds: float) -> None:
        self.ledger.add({self._account: Tally(spent=Effort(calls=1, seconds=seconds))})

    def _count_hits(self, frames: Sequence[bytes]) -> None:
        if frames:
            saved = Effort(bytes=_size(frames))
            self.ledger.add({self._account: Tally(Counter(hit=len(frames)), saved=saved)})

    def _read(self, names: Sequence[str]) -> _Read:
        held = self._held(names)
        if not held:
            nothing = np.empty((0, self.dim or 0), np.float32)
            return _Read((), (), nothing, dict.fromkeys(names, MISSING))
        known, misses = names, dict[str, Miss[bytes]]()
        if len(held) < len(names):
            known = [name for name in names if name in held]
            misses = dict.fromkeys(names, MISSING)
            for name in known:
                del misses[name]
        frames = list(map(held.__getitem__, known))
        unpacked = self.codec.unpack(known, frames, dim=self.dim)
        usable = unpacked.intact & (unpacked.expires_at > time.time())
        if usable.any():
            self.dim = unpacked.vectors.shape[1]
        if usable.all():
            return _Read(known, frames, unpacked.vectors, misses)
        for name, frame in compress(zip(known, frames, strict=True), ~usable):
            misses[name] = Miss(self._why_not(name, frame))
        return _Read(
            list(compress(known, usable)),
            list(compress(frames, usable)),
            unpacked.vectors[usable],
            misses,
        )

    def _why_not(self, name: str, frame: bytes) -> Reason:
        try:
            self.codec.check(name, frame)
        except DamagedEntryError as error:
            self._set_aside(name, frame, error)
            return "damaged"
        return "stale"  # it has expired, or another dimension

    def _pack(self, names: Sequence[str], answer: ArrayLike) -> Packed:
        vectors = as_vectors(answer, len(names), self.dim)
        expires_at = NEVER if self.ttl is None else time.time() + self.ttl
        packed = self.codec.pack(names, vectors, expires_at=expires_at)
        self.dim = vectors.shape[1]
        return packed


def _size(frames: Iterable[bytes]) -> int:
    return sum(map(len, frames))
