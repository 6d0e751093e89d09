"""What all caches share: a store that may fail, leases, single flight, and usage counters.

A store that fails after it was opened costs recomputation and one warning, but never the work. What
it refuses waits in memory (`renai.cache.backlog`) and is stored when the store is back. A strict
cache raises instead.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections import defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from renai.cache.backlog import Backlog
from renai.cache.quarantine import set_aside
from renai.cache.single_flight import FlightTable
from renai.errors import StoreError, UsageError
from renai.stores.abilities import finished, reading_up_to, unwritten, wake, write_back
from renai.stores.base import LeasingStore
from renai.stores.shares import found_despite, refused_among
from renai.usage.counters import Counts, UsageCounters, UsageKey

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from renai.cache.flow import Claimed, Outcomes
    from renai.cache.leases import HeldLease
    from renai.cache.looked_up import Found, Miss
    from renai.cache.reservation import Reservation
    from renai.stores.abilities import Reading
    from renai.stores.base import Store
    from renai.usage.cost import Cost

K = TypeVar("K", bound="Hashable")
E = TypeVar("E")

_QUICK = 1.0  # seconds: a store that took no longer to fail is asked again by every call
_UNWRITTEN = "one of two stores has not taken it yet"
_AGAIN_AFTER = 0.25  # seconds; but not by every batch of a call

_log = logging.getLogger("renai")


class Unstored(NamedTuple):
    """What could not be stored.

    Attributes:
        entries: the number of entries that wait in memory or are lost.
        reason: what the store said; empty if all is stored.
    """

    entries: int = 0
    reason: str = ""


class BaseCache(ABC, Generic[K, E]):
    """Entries in a store; subclasses define what keys and entries are.

    Args:
        store: holds the entries.
        batch_size: how many entries are computed and recorded at a time.
        ttl: seconds after which the store may drop entries; subclasses decide whether an entry may
            still be used.
        counters: count what happens; new ones by default.
        strict: whether a store that fails is an error, and not a warning.

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
        strict: bool = False,
    ) -> None:
        if batch_size < 1:
            raise UsageError(f"batch_size is at least 1, not {batch_size!r}")
        self.store = store
        self.batch_size = batch_size
        self.ttl = ttl
        self.counters = counters or UsageCounters()
        self._flights: FlightTable[K, E | None] = FlightTable()
        self._strict = strict
        self._warned = False
        self._has_failed = False
        self._retried_at = 0.0
        self._backlog = Backlog(store)
        # Many a cache is never closed.
        weakref.finalize(self, _give_up, self._backlog)

    @abstractmethod
    def look_up(self, keys: Sequence[K]) -> Found[K, E]:
        """Sort keys into hits and misses, each once; damaged entries are set aside.

        Every key that has an entry counts as a hit, also each time a key is repeated.
        """

    @abstractmethod
    def record(self, entries: Mapping[K, E], lease: HeldLease | None = None) -> Collection[K]:
        """Keep entries, release the lease on them, and return the keys of those that are lost.

        Raises:
            StoreError: the store refuses them, and the cache is strict.
        """

    def claim(self, keys: Sequence[K]) -> Claimed[K, E]:
        """Claim keys where the store has leases, and look up those that no other process holds."""
        from renai.cache.flow import Claimed
        from renai.cache.leases import claim

        lease, elsewhere = None, frozenset[K]()
        if isinstance(self.store, LeasingStore):
            names = self.names_of(keys)
            try:
                lease, taken = claim(self.store, names)
            except StoreError as error:  # the worst is that another process computes the same
                self._failed(error)
            else:
                if taken:
                    elsewhere = frozenset(compress(keys, map(taken.__contains__, names)))
        if elsewhere:
            keys = [key for key in keys if key not in elsewhere]
        return Claimed(self.look_up(keys), elsewhere, lease)

    def release(self, lease: HeldLease) -> None:
        """End a lease under which nothing was recorded."""
        lease.drop()
        try:
            lease.store.release(lease.lease)
        except StoreError as error:  # the lease ends by itself
            self._warn(error)

    def reserve_missing(
        self, misses: Mapping[K, Miss[E]], *, keep_computed: bool = True
    ) -> Reservation[K, E]:
        """Reserve keys that are probably missing; the block computes those that are.

        Until the block ends, no other thread or task computes the same, and no other process where
        the store has leases: they wait.

        Args:
            misses: the keys, with the reason why each must be computed; `MISSING` also stands for
                one that is not known.
            keep_computed: whether the outcomes include entries that the block computed.

        Raises:
            WaitError: on entering the block, if a task of this thread's event loop is computing a
                key.
        """
        # Not imported before something is missing: a run that finds everything begins sooner.
        from renai.cache.flow import compute_missing
        from renai.cache.reservation import Reservation

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
        entries: Iterable[E | None],
        seconds: float,  # noqa: ARG002 - for caches whose entries do not state it
    ) -> None:
        """Count the cost of computing entries, which took so many seconds of wall time together."""
        counted = defaultdict[UsageKey, Counts](Counts)
        for key, entry in zip(keys, entries, strict=False):
            if entry is not None:
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

    def fetch(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return what is stored under these names, as far as the store answers, or waits to be.

        Args:
            names: the names of the entries.
            most_bytes: the bytes that one of them can take; what is larger is not read where the
                store is shared.

        Raises:
            StoreError: the store fails, and the cache is strict.
        """
        return finished(self.fetching(names, most_bytes))

    def fetching(self, names: Sequence[str], most_bytes: int) -> Reading:
        """Do what `fetch` does; yield meanwhile if the store can be asked ahead."""
        self._retry()
        # Before the store: what waits now may be written before the store answers.
        waiting = self._backlog.among(names)
        try:
            stored = yield from reading_up_to(self.store, names, most_bytes)
        except StoreError as error:
            self._failed(error)
            stored = found_despite(error)
        return stored | waiting if waiting else stored

    def write(self, items: Mapping[str, bytes], lease: HeldLease | None = None) -> frozenset[str]:
        """Store bytes under names, and release the lease on them; what is refused waits.

        Returns:
            The names of those for which there was no room to wait; they are lost.

        Raises:
            StoreError: the store refuses them, and the cache is strict; they wait all the same.
        """
        return self._put(items, self.ttl, lease)

    def write_for_ever(self, items: Mapping[str, bytes]) -> frozenset[str]:
        """Store bytes like `write`, whatever time to live the entries of this cache have."""
        return self._put(items, None, None)

    def delete(self, names: Sequence[str]) -> int:
        """Delete entries, also those that wait; return how many were in the store.

        Raises:
            StoreError: the store fails; they may still be there.
        """
        with self._backlog.withheld(names):
            self._backlog.forget(names)
            return self.store.delete_many(names)

    def waits(self, name: str) -> bool:
        """Return whether an entry waits to be stored."""
        return bool(self._backlog.among([name])) or name in unwritten(self.store)

    def stored_among(self, names: Iterable[str], lost: Collection[str]) -> int:
        """Return how many of names that were just written are stored.

        Args:
            names: the names; each counts as often as it is there.
            lost: those of them that are lost.
        """
        names = list(names)
        waiting = self._waiting(names)
        return sum(name not in lost and name not in waiting for name in names)

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be stored."""
        return not self._backlog and not unwritten(self.store)

    def settle(self, names: Iterable[str], lost: Collection[str]) -> Unstored:
        """Try once more to store what waits, and return what is not stored at the end of a call.

        Args:
            names: the names of the entries that the call was about.
            lost: those of them that are lost.
        """
        if not lost and self.is_settled:
            return Unstored()
        self._flush(_QUICK)
        count = len(self._waiting(list(names)).union(lost))
        return Unstored(count, self._backlog.reason or _UNWRITTEN) if count else Unstored()

    def give_up_waiting(self) -> Unstored:
        """Try for the last time to store what waits; return all that is lost since the beginning.

        What still waits is lost then, and a warning says so.
        """
        self._backlog.give_up()
        return Unstored(self._backlog.lost, self._backlog.reason if self._backlog.lost else "")

    def quarantine(self, name: str, data: bytes, error: Exception) -> None:
        """Set a damaged entry aside, and log that."""
        _log.warning("Damaged cache entry %s is set aside (%s)", name, error)
        try:
            set_aside(self.store, name, data)
        except StoreError as failure:
            self._warn(failure)

    def _waiting(self, names: Sequence[str]) -> set[str]:
        """Return those of these names that wait, here or in the fast one of two stores."""
        kept = unwritten(self.store)
        return {*self._backlog.among(names), *(name for name in names if name in kept)}

    def _put(
        self, items: Mapping[str, bytes], ttl: float | None, lease: HeldLease | None
    ) -> frozenset[str]:
        try:
            with self._backlog.withheld(items):
                if lease is None:
                    self.store.put_many(items, ttl)
                else:
                    lease.store.put_many(items, ttl, release=lease.lease)
                    lease.drop()
                self._backlog.forget(items)
        except StoreError as error:
            refused = refused_among(error, items)
            self._backlog.forget(items.keys() - refused)
            lost = self._backlog.add(refused, ttl, error)
            if lease is not None:
                self.release(lease)
            self._failed(error)
            return lost
        self._flush()
        return frozenset()

    def _retry(self) -> None:
        """Ask a store again that rests after failures, before another call goes without it."""
        if not self._has_failed:
            return
        now = time.monotonic()
        if now - self._retried_at >= _AGAIN_AFTER:
            self._retried_at = now
            wake(self.store, _QUICK)
            self._flush(_QUICK)

    def _flush(self, patience: float = 0.0) -> None:
        if not self._backlog and not unwritten(self.store):
            return
        try:
            self._backlog.flush(patience)
            if unwritten(self.store):
                wake(self.store, patience)
                write_back(self.store)
        except StoreError:  # it was warned of when this began to wait
            return
        self._warned = False  # what fails from now on is another outage

    def _failed(self, error: StoreError) -> None:
        """Go on without the store, unless that is not wanted."""
        self._has_failed = True
        if self._strict:
            raise error
        self._warn(error)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            # Not the error itself: who keeps log records would keep what its traceback refers to.
            _log.warning("Going on without the cache: %s", str(error))


def _give_up(backlog: Backlog) -> None:
    """Store what waits for a cache that is gone, or say that it is lost.

    Python comes here in the midst of anything, when it has collected a cache. The thread may hold a
    lock of the store just then, so another one stores; but at the program's end none can begin.
    """
    if not backlog:
        return
    try:
        if threading.main_thread().is_alive():
            threading.Thread(target=backlog.give_up, name="renai backlog").start()
            return
    except RuntimeError:  # there are too many threads
        pass
    backlog.give_up()
