"""The vectors of one call as rows of an array, and their frames in a store, handled in batches.

A frame is the bytes of one vector's entry. To the flow that all caches share, the keys here are the
names of entries, and the entries are the frames themselves, since an object for each would cost
more than everything else. Batches are checked as arrays; only entries that are not plainly right
are looked at one by one: damaged ones are set aside, expired ones are computed anew.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import cached_property
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.cache.base import BaseCache
from renai.cache.flow import MISSING, Found, Miss
from renai.codecs.binary import NEVER
from renai.codecs.vector import as_vectors
from renai.embeddings.recipe import check_texts
from renai.errors import DamagedEntryError, VectorError
from renai.usage.counters import Counts, TotalCost, UsageKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from renai.cache.flow import Outcomes, Reason
    from renai.cache.leases import HeldLease
    from renai.cache.reservation import Reservation
    from renai.codecs.vector import Floats, Packed, VectorCodec
    from renai.embeddings.known_recipes import RecipeRecord
    from renai.embeddings.recipe import EntryNames
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters

_REASON = attrgetter("reason")
_AT_ONCE = 500  # more entries at a time do not fit into the processor's caches


class Embedded(NamedTuple):
    """The vectors of texts.

    Attributes:
        vectors: float32 (n, dim), in the order of the texts. dim is 0 as long as it is unknown.
        hits: bool (n,), whether a vector was there already. It is False where this call computed
            the vector and, for `get`, where there is no vector and the row is NaN.
    """

    vectors: Floats
    hits: NDArray[np.bool_]


class Rows:
    """One row for each different text, under the name of its entry.

    Attributes:
        names: the names of the entries, row by row.
        hits: bool, row by row, whether the vector was there already.

    Args:
        texts: the texts asked for; equal ones share a row.
        names: makes the names of the texts' entries.

    Raises:
        TypeError: a text is not a `str`.
    """

    def __init__(self, texts: Sequence[str], names: EntryNames) -> None:
        self._asked = check_texts(texts)
        self._texts = list(dict.fromkeys(texts))
        self._vectors: Floats | None = None
        self.names = names.of(self._texts)
        self.hits = np.zeros(len(self._texts), np.bool_)
        self._blank = np.ones(len(self._texts), np.bool_)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def texts_of(self, names: Iterable[str]) -> list[str]:
        """Return the texts of entries, in the order of their names."""
        return [self._texts[self._row_of[name]] for name in names]

    def of(self, names: Iterable[str]) -> NDArray[np.intp]:
        """Return the row numbers of entries, in the order of their names."""
        return np.fromiter(map(self._row_of.__getitem__, names), np.intp)

    def fill(self, rows: slice | NDArray[np.intp], vectors: Floats, *, hits: bool) -> None:
        """Put vectors, all of one dimension, into rows.

        Args:
            rows: the numbers of the rows.
            vectors: float32 (n, dim), one vector for each of these rows.
            hits: whether these vectors were there already.
        """
        if self._vectors is None:
            shape = (len(self._texts), vectors.shape[1])
            self._vectors = np.empty(shape, np.float32)
        self._vectors[rows] = vectors
        self._blank[rows] = False
        self.hits[rows] = hits

    def embedded(self, dim: int | None) -> Embedded:
        """Return a vector for every text that was asked for; NaN where no row was filled.

        Args:
            dim: the dimension, used if there is no vector at all; None if it is unknown.
        """
        vectors = self._vectors
        if vectors is None:
            vectors = np.empty((len(self._texts), dim or 0), np.float32)
        vectors[self._blank] = np.nan
        if len(self._texts) == len(self._asked):
            return Embedded(vectors, self.hits)
        row_of = {text: row for row, text in enumerate(self._texts)}
        rows = [row_of[text] for text in self._asked]
        return Embedded(vectors[rows], self.hits[rows])


class _Read(NamedTuple):
    """The result of a look-up: names, frames and vectors of the hits, and the misses."""

    names: Sequence[str]
    frames: Sequence[bytes]
    vectors: Floats
    misses: dict[str, Miss[bytes]]


class FrameCache(BaseCache[str, bytes]):
    """A cache of frames, which are packed and unpacked in batches.

    Args:
        store: holds the frames.
        codec: packs and unpacks them.
        recipe_record: records their recipe beside them.
        batch_size: how many vectors are computed and recorded at a time.
        ttl: seconds for which a vector may be used; None for ever.
        usage_key: what all of them are counted by.
        counters: count what happens.

    Attributes:
        dim: the dimension of the vectors; None until one has been seen.
    """

    def __init__(
        self,
        store: Store,
        codec: VectorCodec,
        recipe_record: RecipeRecord,
        *,
        batch_size: int,
        ttl: float | None,
        usage_key: UsageKey,
        counters: UsageCounters,
    ) -> None:
        super().__init__(store, batch_size=batch_size, ttl=ttl, counters=counters)
        self._usage_key = usage_key
        self.codec = codec
        self._recipe_record = recipe_record
        self.dim: int | None = None

    def fill(self, rows: Rows) -> dict[str, Miss[bytes]]:
        """Fill the rows for which the store has a vector; return the misses by name."""
        misses: dict[str, Miss[bytes]] = {}
        for start in range(0, len(rows.names), _AT_ONCE):
            batch = rows.names[start : start + _AT_ONCE]
            read = self._read(batch)
            if not read.misses:
                rows.fill(slice(start, start + len(batch)), read.vectors, hits=True)
            elif read.names:
                rows.fill(rows.of(read.names), read.vectors, hits=True)
            misses |= read.misses
        return misses

    def fill_from(self, outcomes: Outcomes[str, bytes], rows: Rows) -> None:
        """Fill the rows whose vectors the flow found but did not compute here.

        Raises:
            VectorError: they have another dimension than the others.
        """
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

    def frame(self, rows: Rows, names: Iterable[str], answer: ArrayLike) -> list[bytes]:
        """Pack computed vectors into frames, fill their rows, and return the frames.

        Args:
            rows: the rows to fill.
            names: the names of the m entries that were computed.
            answer: their vectors, (m, dim), in that order.

        Raises:
            VectorError: the answer is not one vector that can be stored for each name.
        """
        computed = list(names)
        packed = self._pack(computed, answer)
        rows.fill(rows.of(computed), packed.vectors, hits=False)
        return packed.frames

    def adopt(self, names: Sequence[str], answer: ArrayLike) -> None:
        """Pack vectors into frames and store them; of equal names the last counts.

        Raises:
            VectorError: the answer is not one vector that can be stored for each name; nothing is
                stored.
        """
        if names or np.size(answer):
            frames = dict(zip(names, self._pack(names, answer).frames, strict=True))
            self._recipe_record.keep()
            self.write(frames)

    def reserve(self, misses: Mapping[str, Miss[bytes]]) -> Reservation[str, bytes]:
        """Reserve missing vectors; the block fills their rows.

        Computed frames are not among the outcomes: the rows have the vectors, and to keep the
        frames as well would double the memory.
        """
        return self.reserve_missing(misses, keep_computed=False)

    def look_up(self, keys: Sequence[str]) -> Found[str, bytes]:
        """Sort names into hits and misses; names contain the recipe, which needs no check."""
        read = self._read(keys)
        return Found(dict(zip(read.names, read.frames, strict=True)), read.misses)

    def record(self, entries: Mapping[str, bytes], held: HeldLease | None = None) -> None:
        """Store frames, and release the lease on them."""
        size = sum(map(len, entries.values()))
        self.counters.add({self._usage_key: Counts(spent=TotalCost(bytes=size))})
        self._recipe_record.keep()
        self.write(entries, held)

    def names_of(self, keys: Sequence[str]) -> Sequence[str]:
        """Return the keys, which are names."""
        return keys

    def usage_key_of(self, key: str) -> UsageKey:  # noqa: ARG002 - one for all
        """Return what all keys are counted by."""
        return self._usage_key

    def cost_of(self, entry: bytes) -> None:
        """Return nothing: frames do not state their cost, so that it is only known on average."""

    def count_misses(self, misses: Mapping[str, Miss[bytes]]) -> None:
        """Count keys that are about to be computed, by the reasons for it."""
        reasons = Counter(map(_REASON, misses.values()))
        self.counters.add({self._usage_key: Counts(reasons)})

    def count_spent(
        self,
        keys: Iterable[str],  # noqa: ARG002 - they share a usage key
        entries: Iterable[bytes],  # noqa: ARG002 - they do not say what they cost
        seconds: float,
    ) -> None:
        """Count one call that took so many seconds."""
        self.counters.add({self._usage_key: Counts(spent=TotalCost(calls=1, seconds=seconds))})

    def _read(self, names: Sequence[str]) -> _Read:
        """Read, check and count what the store holds of these names."""
        read = self._checked(names, self.fetch(names))
        if read.frames:
            saved = TotalCost(bytes=sum(map(len, read.frames)))
            self.counters.add({self._usage_key: Counts(Counter(hit=len(read.frames)), saved=saved)})
        return read

    def _checked(self, names: Sequence[str], held: Mapping[str, bytes]) -> _Read:
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
            self.quarantine(name, frame, error)
            return "damaged"
        return "stale"  # it has expired, or has another dimension

    def _pack(self, names: Sequence[str], answer: ArrayLike) -> Packed:
        vectors = as_vectors(answer, len(names), self.dim)
        expires_at = NEVER if self.ttl is None else time.time() + self.ttl
        packed = self.codec.pack(names, vectors, expires_at=expires_at)
        self.dim = vectors.shape[1]
        return packed
