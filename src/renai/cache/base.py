"""What all caches share: a store that may fail, leases, single flight, and usage counters.

A store that fails after it was opened costs recomputation and one warning, but never the work.
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
    """Entries in a store; subclasses define what keys and entries are.

    Args:
        store: holds the entries.
        batch_size: how many entries are computed and recorded at a time.
        ttl: seconds after which the store may drop entries; subclasses decide whether an entry may
            still be used.
        counters: count what happens; new ones by default.

    Raises:
        UsageError: `batch_size` is less than 1.
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

        Every key that has an entry counts as a hit, also each time a key is repeated.
        """

    @abstractmethod
    def record(self, entries: Mapping[K, E], held: HeldLease | None = None) -> None:
        """Keep entries, and release the lease on them."""

    def claim(self, keys: Sequence[K]) -> Claimed[K, E]:
        """Claim keys where the store has leases, and look up those that no other process holds."""
        held, elsewhere = None, frozenset[K]()
        if isinstance(self.store, LeasingStore):
            names = self.names_of(keys)
            try:
                held, taken = claim(self.store, names)
            except StoreError as error:  # the worst is that another process computes the same
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
        except StoreError as error:  # the lease ends by itself
            self._warn(error)

    def reserve_missing(
        self, misses: Mapping[K, Miss[E]], *, keep_computed: bool = True
    ) -> Reservation[K, E]:
        """Reserve keys that a look-up has just missed; the block computes those that are missing.

        Until the block ends, no other thread or task computes the same, and no other process where
        the store has leases: they wait.

        Args:
            misses: the keys, with the reason why each must be computed.
            keep_computed: whether the outcomes include entries that the block computed.

        Raises:
            WaitError: on entering the block, if a task of this thread's event loop is computing a
                key.
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
        """Return the usage key under which a key is counted."""

    @abstractmethod
    def cost_of(self, entry: E) -> Cost | None:
        """Return what it cost to compute an entry, if that is known."""

    def count_misses(self, misses: Mapping[K, Miss[E]]) -> None:
        """Count keys that are about to be computed, by reason."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, miss in misses.items():
            counted[self.usage_key_of(key)].events[miss.reason] += 1
        self.counters.add(counted)

    def count_spent(
        self,
        keys: Iterable[K],
        entries: Iterable[E],
        seconds: float,  # noqa: ARG002 - for caches whose entries do not state it
    ) -> None:
        """Count the cost of computing entries, which took so many seconds of wall time together."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, entry in zip(keys, entries, strict=False):
            counted[self.usage_key_of(key)].spent.add(self.cost_of(entry))
        self.counters.add(counted)

    def count_shared(self, outcomes: Outcomes[K, E]) -> None:
        """Count the entries that other threads and tasks have computed meanwhile."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, origin in outcomes.origins.items():
            if origin == "shared":
                counts = counted[self.usage_key_of(key)]
                counts.events["shared"] += 1
                counts.saved.add(self.cost_of(outcomes.entries[key]))
        self.counters.add(counted)

    def fetch(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return what the store holds under these names; nothing if the store fails."""
        try:
            return self.store.get_many(names)
        except StoreError as error:
            self._warn(error)
            return {}

    def write(self, items: Mapping[str, bytes], held: HeldLease | None = None) -> None:
        """Store bytes under names, and release the lease on them."""
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
        """Set a damaged entry aside, and log that."""
        _log.warning("Damaged cache entry %s is set aside (%s)", name, error)
        try:
            set_aside(self.store, name, data)
        except StoreError as failure:
            self._warn(failure)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("Going on without the cache: %s", error)
