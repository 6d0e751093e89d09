"""What all caches share: a store that may fail, leases on it, flights, and usage counters.

A store that fails, once it is open, costs recomputation and one warning, never the work.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.cache.flow import Claimed, compute_missing
from renai.cache.leases import claim
from renai.cache.quarantine import set_aside
from renai.cache.reservation import Reservation
from renai.cache.single_flight import FlightTable
from renai.errors import StoreError, UsageError
from renai.stores.base import LeasingStore
from renai.usage.counters import Counts, UsageCounters, UsageKey

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from renai.cache.flow import Found, Miss, Outcomes
    from renai.cache.leases import HeldLease
    from renai.stores.base import Store
    from renai.usage.cost import Cost

K = TypeVar("K", bound="Hashable")
E = TypeVar("E")

_log = logging.getLogger("renai")


class BaseCache(ABC, Generic[K, E]):
    """Entries in a store; what they and their keys are is for the kinds of caches to say.

    Args:
        store: where the bytes are.
        batch_size: how many entries are computed and recorded at a time.
        ttl: seconds after which the store may drop entries; whether one may still be used is for
            the kind of cache to say.
        counters: counts what happens; one of its own by default.

    Raises:
        UsageError: no entry would ever be computed.
    """

    def __init__(
        self,
        store: Store,
        *,
        batch_size: int = 256,
        ttl: float | None = None,
        counters: UsageCounters | None = None,
    ) -> None:
        if batch_size < 1:
            raise UsageError(f"batch_size is at least 1, not {batch_size!r}")
        self.store = store
        self.batch_size = batch_size
        self.ttl = ttl
        self.counters = counters or UsageCounters()
        self._flights: FlightTable[K, E] = FlightTable()
        self._warned = False

    @abstractmethod
    def look_up(self, keys: Sequence[K]) -> Found[K, E]:
        """Sort keys into hits and misses, each once; damaged entries are set aside.

        Every key that is answered counts as a hit, also one that was asked for twice.
        """

    @abstractmethod
    def record(self, entries: Mapping[K, E], held: HeldLease | None = None) -> None:
        """Keep entries, and release the lease on them."""

    def claim(self, keys: Sequence[K]) -> Claimed[K, E]:
        """Claim keys for ourselves where the store can, and look up those nobody else has."""
        held, elsewhere = None, frozenset[K]()
        if isinstance(self.store, LeasingStore):
            names = self.names_of(keys)
            try:
                held, taken = claim(self.store, names)
            except StoreError as error:  # then others may compute the same; that is all
                self._warn(error)
            else:
                elsewhere = frozenset(compress(keys, map(taken.__contains__, names)))
        if elsewhere:
            keys = [key for key in keys if key not in elsewhere]
        found = self.look_up(keys)
        return Claimed(found.hits, elsewhere, held)

    def release(self, held: HeldLease) -> None:
        """End a lease under which nothing was recorded."""
        held.drop()
        try:
            held.store.release(held.lease)
        except StoreError as error:  # it ends by itself
            self._warn(error)

    def reserve_missing(
        self, misses: Mapping[K, Miss[E]], *, keep_computed: bool = True
    ) -> Reservation[K, E]:
        """Reserve keys that have just been missed; the block brings an entry for every one.

        Nobody else in this process computes the same until the block ends, and nobody in another
        one where the store has leases: whoever wants it waits.

        Args:
            misses: the keys, and why each must be computed.
            keep_computed: have entries that the block computes among the outcomes.

        Raises:
            WaitError: on entering the block; a key is being computed by a task of this thread's
                event loop.
        """
        flow = compute_missing(
            misses, self._flights, batch_size=self.batch_size, keep_computed=keep_computed
        )
        return Reservation(flow, self)

    @abstractmethod
    def names_of(self, keys: Sequence[K]) -> Sequence[str]:
        """Return the names that the keys' entries have in the store."""

    @abstractmethod
    def usage_key_of(self, key: K) -> UsageKey:
        """Return what a key is counted by."""

    @abstractmethod
    def cost_of(self, entry: E) -> Cost | None:
        """Return what it cost to make an entry, where that is known."""

    def count_misses(self, misses: Mapping[K, Miss[E]]) -> None:
        """Count keys that are about to be computed, by the reasons for it."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, miss in misses.items():
            counted[self.usage_key_of(key)].events[miss.reason] += 1
        self.counters.add(counted)

    def count_spent(
        self,
        keys: Iterable[K],
        entries: Iterable[E],
        seconds: float,  # noqa: ARG002 - for caches whose entries do not say it
    ) -> None:
        """Count what it took to compute entries: so many seconds of wall time in all."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, entry in zip(keys, entries, strict=False):
            counted[self.usage_key_of(key)].spent.add(self.cost_of(entry))
        self.counters.add(counted)

    def count_shared(self, outcomes: Outcomes[K, E]) -> None:
        """Count the entries that others have computed meanwhile."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, origin in outcomes.origins.items():
            if origin == "shared":
                counts = counted[self.usage_key_of(key)]
                counts.events["shared"] += 1
                counts.saved.add(self.cost_of(outcomes.entries[key]))
        self.counters.add(counted)

    def fetch(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return what the store holds under these names; nothing where it fails."""
        try:
            return self.store.get_many(names)
        except StoreError as error:
            self._warn(error)
            return {}

    def write(self, items: Mapping[str, bytes], held: HeldLease | None = None) -> None:
        """Keep bytes under names, and release the lease on them."""
        try:
            if held is None:
                self.store.put_many(items, self.ttl)
            else:
                held.store.put_many(items, self.ttl, release=held.lease)
                held.drop()
        except StoreError as error:
            self._warn(error)
            if held is not None:
                self.release(held)

    def quarantine(self, name: str, data: bytes, error: Exception) -> None:
        """Set a damaged entry aside, and say so."""
        _log.warning("Damaged cache entry %s is set aside (%s)", name, error)
        try:
            set_aside(self.store, name, data)
        except StoreError as failure:
            self._warn(failure)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("Going on without the cache: %s", error)
