"""The frames of vectors in a store, handled in batches.

A frame is the bytes of one vector's entry. To the flow that all caches share, the keys here are the
names of entries, and the entries are the frames themselves, since an object for each would cost
more than everything else. Batches are checked as arrays; only entries that are not plainly right
are looked at one by one: damaged ones are set aside, expired ones are computed anew.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from itertools import chain, compress
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.cache.base import BaseCache
from renai.cache.looked_up import MISSING, Found, Miss
from renai.codecs.binary import NEVER
from renai.codecs.vector import Packed
from renai.embeddings.computed import as_sound_vectors, as_vectors
from renai.embeddings.read_ahead import ReadAhead, is_on_server
from renai.embeddings.result import PartlyFailedError, refuse_without_hope, rest_said
from renai.embeddings.rows import Held
from renai.errors import DamagedEntryError, StoreError, VectorError
from renai.stores.abilities import state_of
from renai.usage.counters import Counts, TotalCost, UsageKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from renai.cache.flow import Outcomes
    from renai.cache.leases import HeldLease
    from renai.cache.looked_up import Reason
    from renai.cache.reservation import Reservation
    from renai.codecs.vector import Floats, VectorCodec
    from renai.embeddings.known_recipes import RecipeRecord
    from renai.embeddings.rows import Embedded, Rows
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters

_REASON = attrgetter("reason")
_AT_ONCE = 500  # more entries at a time do not fit into the processor's caches
_WORTH_READING_AHEAD = 2 * _AT_ONCE + 1  # of fewer, nothing is left to be read ahead

_MOST_BYTES = 1 << 20  # as long as the dimension is unknown: that of a quarter of a million
_LEAST_BYTES = 1 << 16  # what was read so far may have too small a dimension

_log = logging.getLogger("renai")


class _Read(NamedTuple):
    """The result of a look-up: names, frames, vectors and expiry of the hits, and the misses."""

    names: Sequence[str]
    frames: Sequence[bytes]
    vectors: Floats
    expires_at: NDArray[np.float64]
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
        strict: whether a store that fails is an error, and not a warning.

    Attributes:
        dim: the dimension of the vectors; None until one has been seen.
        usage_key: what all of them are counted by.
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
        strict: bool,
    ) -> None:
        super().__init__(store, batch_size=batch_size, ttl=ttl, counters=counters, strict=strict)
        self.usage_key = usage_key
        self.codec = codec
        self._recipe_record = recipe_record
        self.dim: int | None = None
        self._is_computed = False

    def fill(self, rows: Rows) -> dict[str, Miss[bytes]]:
        """Fill the rows for which the store has a vector; return the misses by name."""
        misses: dict[str, Miss[bytes]] = {}
        for number, stored in enumerate(self._fetched(rows)):
            start = number * _AT_ONCE
            batch = rows.names[start : start + _AT_ONCE]
            read = self._checked(batch, stored)
            if not read.misses:
                rows.fill(slice(start, start + len(batch)), read.vectors, hits=True)
                if len(batch) == len(rows):
                    rows.held = Held(stored, read.expires_at.min(), read.vectors.shape[1])
            elif read.names:
                rows.fill(rows.of(read.names), read.vectors, hits=True)
            misses |= read.misses
        if rows.blanks > len(misses):  # another thread has computed vectors of another dimension
            misses |= dict.fromkeys(set(rows.blank()).difference(misses), Miss("stale"))
        return misses

    def still_holds(self, held: Held) -> bool:
        """Return whether the store holds the entries that were checked before, and count them.

        It is False as well where they have to be looked at anew: some have expired, the dimension
        is another one by now, or the store does not answer.
        """
        if not self.is_settled or held.dim != self.dim or held.expires_at <= time.time():
            return False
        try:
            state = state_of(self.store)
            if state is None or state != held.state:
                if self.store.get_many(list(held.entries)) != held.entries:
                    return False
                held.state = state
        except StoreError:  # whoever looks at them anew is told
            return False
        self.counters.add({self.usage_key: held.counts})
        return True

    def fill_from(self, outcomes: Outcomes[str, bytes], rows: Rows) -> dict[str, Miss[bytes]]:
        """Fill the rows whose vectors the flow found but did not compute here.

        Returns:
            What must be computed besides, because it was stored with another dimension than the
            one that is computed now.
        """
        rows.lost.update(outcomes.lost)
        for name in outcomes.failed:
            rows.refuse(name, "a vector that another call computed cannot be stored")
        brought = {
            name: outcomes.entries[name]
            for name, origin in outcomes.origins.items()
            if origin != "computed"
        }
        if brought:
            names = list(brought)
            unpacked = self.codec.unpack(names, list(brought.values()), dim=self.dim)
            if unpacked.intact.any():
                names = list(compress(names, unpacked.intact))
                rows.fill(rows.of(names), unpacked.vectors[unpacked.intact], hits=True)
        return dict.fromkeys(rows.blank(), Miss("stale"))

    def frame(
        self, rows: Rows, names: Iterable[str], answer: ArrayLike, *, lenient: bool
    ) -> list[bytes | None]:
        """Pack computed vectors into frames, fill their rows, and return the frames.

        A vector that cannot be stored is None among the frames, and the rows note why.

        Args:
            rows: the rows to fill.
            names: the names of the m entries that were computed.
            answer: their vectors, (m, dim), in that order.
            lenient: whether to go on although not one of several vectors can be stored.

        Raises:
            VectorError: the answer is not one vector for each name; or, unless `lenient`, not one
                of them can be stored.
        """
        computed = list(names)
        vectors, reasons = as_sound_vectors(answer, len(computed), self.dimension_due)
        if not reasons:
            try:
                packed = self._pack(computed, vectors)
            except VectorError:  # some of them cannot be stored
                pass
            else:
                rows.fill(rows.of(computed), packed.vectors, hits=False)
                return list(packed.frames)
        reasons = self.codec.unstorable(vectors) | reasons
        reasons = dict(sorted(reasons.items()))
        texts = rows.texts_of(computed)
        told = {texts[row]: f"vector {row} of {len(texts)} {why}" for row, why in reasons.items()}
        if not lenient:
            refuse_without_hope(told, len(texts))
        for row in reasons:
            rows.refuse(computed[row], told[texts[row]])
        frames: list[bytes | None] = [None] * len(computed)
        sound = [row for row in range(len(computed)) if row not in reasons]
        if sound:
            names = [computed[row] for row in sound]
            packed = self._pack(names, vectors[sound])
            rows.fill(rows.of(names), packed.vectors, hits=False)
            for row, frame in zip(sound, packed.frames, strict=True):
                frames[row] = frame
        return frames

    def finished(self, rows: Rows, *, lenient: bool) -> Embedded:
        """Return the vectors of rows, when all that is missing was computed.

        Args:
            rows: the rows, filled as far as that is possible.
            lenient: whether texts without a vector are no error; their rows are NaN.

        Raises:
            PartlyFailedError: some texts got no vector that can be stored.
        """
        unstored = self.settle(rows.names, rows.lost)
        failed = rows.refused
        if failed and not lenient:
            raise PartlyFailedError(failed, rest_said(unstored))
        return rows.embedded(self.dim).telling(unstored, failed)

    def adopt(self, names: Sequence[str], answer: ArrayLike) -> int:
        """Pack vectors into frames and store them; of equal names the last counts.

        Returns:
            The number of names whose vectors are stored now; others wait, or are lost.

        Raises:
            VectorError: the answer is not one vector that can be stored for each name; nothing is
                stored.
        """
        if not names and not np.size(answer):
            return 0
        vectors = as_vectors(answer, len(names), self.dimension_due)
        frames = dict(zip(names, self._pack(names, vectors).frames, strict=True))
        lost = self.write(frames)
        self._recipe_record.keep()
        return self.stored_among(names, lost)

    def reserve(self, misses: Mapping[str, Miss[bytes]]) -> Reservation[str, bytes]:
        """Reserve missing vectors; the block fills their rows.

        Computed frames are not among the outcomes: the rows have the vectors, and to keep the
        frames as well would double the memory.
        """
        return self.reserve_missing(misses, keep_computed=False)

    def look_up(self, keys: Sequence[str]) -> Found[str, bytes]:
        """Sort names into hits and misses; names contain the recipe, which needs no check."""
        read = self._checked(keys, self._ask_for(keys))
        return Found(dict(zip(read.names, read.frames, strict=True)), read.misses)

    def record(
        self, entries: Mapping[str, bytes], lease: HeldLease | None = None
    ) -> Collection[str]:
        """Store frames, release the lease on them, and return the names of those that are lost."""
        size = sum(map(len, entries.values()))
        self.counters.add({self.usage_key: Counts(spent=TotalCost(bytes=size))})
        lost = self.write(entries, lease)
        self._recipe_record.keep()
        return lost

    def names_of(self, keys: Sequence[str]) -> Sequence[str]:
        """Return the keys, which are names."""
        return keys

    def usage_key_of(self, key: str) -> UsageKey:  # noqa: ARG002 - one for all
        """Return what all keys are counted by."""
        return self.usage_key

    def cost_of(self, entry: bytes) -> None:
        """Return nothing: frames do not state their cost, so that it is only known on average."""

    def count_misses(self, misses: Mapping[str, Miss[bytes]]) -> None:
        """Count keys that are about to be computed, by the reasons for it."""
        reasons = Counter(map(_REASON, misses.values()))
        self.counters.add({self.usage_key: Counts(reasons)})

    def count_spent(
        self,
        keys: Iterable[str],  # noqa: ARG002 - they share a usage key
        entries: Iterable[bytes | None],  # noqa: ARG002 - they do not say what they cost
        seconds: float,
    ) -> None:
        """Count one call that took so many seconds."""
        self.counters.add({self.usage_key: Counts(spent=TotalCost(calls=1, seconds=seconds))})

    def _fetched(self, rows: Rows) -> Iterator[Mapping[str, bytes]]:
        """Yield what the store holds of each batch of rows, which are named here.

        A server sends some while others are named and checked. That begins when the dimension is
        known: until then, entries may be large.
        """
        batches = rows.naming(_AT_ONCE)
        if len(rows) < _WORTH_READING_AHEAD or not is_on_server(self.store):
            yield from map(self._ask_for, batches)
            return
        with ReadAhead(self.store, lambda names: self.fetching(names, self._most_bytes)) as ahead:
            for batch in batches:
                if self.dim is None:
                    yield self._ask_for(batch)
                else:
                    yield from ahead.next_after(batch)
            yield from ahead.rest()

    def _ask_for(self, names: Sequence[str]) -> Mapping[str, bytes]:
        return self.fetch(names, self._most_bytes)

    def _checked(self, names: Sequence[str], stored: Mapping[str, bytes]) -> _Read:
        """Check and count what the store holds of these names."""
        read = self._split(names, stored)
        if read.frames:
            saved = TotalCost(bytes=sum(map(len, read.frames)))
            self.counters.add({self.usage_key: Counts(Counter(hit=len(read.frames)), saved=saved)})
        return read

    def _split(self, names: Sequence[str], stored: Mapping[str, bytes]) -> _Read:
        if not stored:
            nothing = np.empty((0, self.dim or 0), np.float32)
            return _Read((), (), nothing, np.empty(0), dict.fromkeys(names, MISSING))
        known: Sequence[str] = names
        misses: dict[str, Miss[bytes]] = {}
        if len(stored) < len(names):
            known = [name for name in names if name in stored]
            misses = {name: MISSING for name in names if name not in stored}
        frames = list(map(stored.__getitem__, known))
        unpacked = self.codec.unpack(known, frames, dim=self.dim)
        usable = unpacked.intact & (unpacked.expires_at > time.time())
        if self.dim is None and usable.any():
            self.dim = unpacked.vectors.shape[1]
        if usable.all():
            return _Read(known, frames, unpacked.vectors, unpacked.expires_at, misses)
        for name, frame in compress(zip(known, frames, strict=True), ~usable):
            misses[name] = Miss(self._refuse(name, frame))
        return _Read(
            list(compress(known, usable)),
            list(compress(frames, usable)),
            unpacked.vectors[usable],
            unpacked.expires_at[usable],
            misses,
        )

    def _refuse(self, name: str, frame: bytes) -> Reason:
        """Return why a frame is not used; a damaged one is set aside."""
        try:
            self.codec.check(name, frame)
        except DamagedEntryError as error:
            self.quarantine(name, frame, error)
            return "damaged"
        return "stale"  # it has expired, or has another dimension

    @property
    def _most_bytes(self) -> int:
        """The bytes that the frame of one vector can take."""
        if self.dim is None:
            return _MOST_BYTES
        return max(_LEAST_BYTES, self.codec.size_of(self.dim))

    @property
    def dimension_due(self) -> int | None:
        """The dimension that computed vectors must have; None if none was computed yet.

        One that was only read does not bind: the model that is asked now knows better.
        """
        return self.dim if self._is_computed else None

    def _pack(self, names: Sequence[str], vectors: Floats) -> Packed:
        expires_at = NEVER if self.ttl is None else time.time() + self.ttl
        # By parts: to pack many at once would keep the interpreter from other threads for long.
        parts = [
            self.codec.pack(
                names[start : start + _AT_ONCE],
                vectors[start : start + _AT_ONCE],
                expires_at=expires_at,
            )
            for start in range(0, max(len(names), 1), _AT_ONCE)
        ]
        packed = (
            parts[0]
            if len(parts) == 1
            else Packed(
                list(chain.from_iterable(part.frames for part in parts)),
                np.concatenate([part.vectors for part in parts]),
            )
        )
        dim = vectors.shape[1]
        if self.dim not in (None, dim):
            _log.warning(
                "Vectors of %d dimensions are stored under a recipe that gives %d now; they are "
                "computed anew where they are needed. What changes the dimension belongs in the "
                "recipe",
                self.dim,
                dim,
            )
        self.dim, self._is_computed = dim, True
        return packed
