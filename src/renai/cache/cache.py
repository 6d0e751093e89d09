"""Cache: a codec over a store, with the hit-or-compute flow on top.

A store that fails, once it is open, costs recomputation and one warning, never the work.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.cache.drivers import drive, drive_async
from renai.cache.flight import FlightTable
from renai.cache.flow import Claimed, Found, Miss, hit_or_compute
from renai.cache.leases import claim
from renai.cache.ledger import Ledger
from renai.errors import DamagedEntryError, StoreError
from renai.stores.lease import LeasingStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from renai.cache.flow import Outcome, Reason
    from renai.cache.leases import HeldLease
    from renai.entries.entry import Codec, Entry
    from renai.keys.key import Key
    from renai.stores.base import Store

V = TypeVar("V")
R = TypeVar("R")

QUARANTINE = "quarantine/"
"""What the names of entries that were set aside begin with."""

_log = logging.getLogger("renai")


class Cache(Generic[V]):
    """Entries of one codec in a store.

    Args:
        store: where the bytes are.
        codec: how they are framed.
        batch_size: how many entries are computed and recorded at a time.
        ttl: seconds after which the store may drop entries; whether one may still be used is for
            its codec and `judge` to say.
        ledger: counts what happens; one of its own by default.
    """

    def __init__(
        self,
        store: Store,
        codec: Codec[V],
        *,
        batch_size: int = 256,
        ttl: float | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.store = store
        self.codec = codec
        self.batch_size = batch_size
        self.ttl = ttl
        self.ledger = ledger or Ledger()
        self._flights: FlightTable[Key, Entry[V]] = FlightTable()
        self._warned = False

    def look_up(self, keys: Sequence[Key]) -> Found[V]:
        """Sort keys into hits and misses, each once; damaged entries are set aside.

        Every key that is answered counts as a hit, also one that was asked for twice.
        """
        found: Found[V] = Found()
        held = self._held([key.name for key in keys])
        for key in dict.fromkeys(keys):
            data = held.get(key.name)
            if data is None:
                found.misses.append(Miss(key, "missing"))
                continue
            entry = self._decode(key, data)
            if entry is None:
                found.misses.append(Miss(key, "damaged"))
            elif reason := self.judge(key, entry):
                found.misses.append(Miss(key, reason, entry))
            else:
                found.hits[key] = entry
        self.ledger.count("hit", sum(key in found.hits for key in keys))
        return found

    def judge(self, key: Key, entry: Entry[V]) -> Reason | None:
        """Say why a whole entry is not the one that is meant; None where it is."""
        return None if entry.recipe_digest == key.recipe.digest else "stale"

    def claim(self, keys: Sequence[Key]) -> Claimed[V]:
        """Claim keys for ourselves where the store can, and look up those nobody else has."""
        held, elsewhere = None, set[str]()
        if isinstance(self.store, LeasingStore):
            try:
                held, elsewhere = claim(self.store, [key.name for key in keys])
            except StoreError as error:  # then others may compute the same; that is all
                self._warn(error)
        ours = [key for key in keys if key.name not in elsewhere]
        found = self.look_up(ours)
        return Claimed(found, frozenset(keys).difference(ours), held)

    def record(self, entries: Mapping[Key, Entry[V]], held: HeldLease | None = None) -> None:
        """Keep entries, and release the lease on them."""
        self._keep(
            {key.name: self.codec.encode(key.name, entry) for key, entry in entries.items()}, held
        )

    def release(self, held: HeldLease) -> None:
        """End a lease under which nothing was recorded."""
        held.drop()
        try:
            held.store.release(held.lease)
        except StoreError as error:  # it ends by itself
            self._warn(error)

    def get_or_compute(
        self,
        keys: Iterable[Key],
        compute: Callable[[Sequence[Miss[V]]], list[Entry[V]]],
        *,
        refresh: bool = False,
    ) -> dict[Key, Outcome[V]]:
        """Bring an entry for every key, computing what the store does not hold.

        Args:
            keys: what is wanted.
            compute: gets misses, at most `batch_size`; returns an entry for each, in order. What
                it raises is raised here, and nothing is recorded for that batch.
            refresh: take nothing from the store.

        Raises:
            WaitError: a key is being computed by a task of this thread's event loop.
        """
        flow = hit_or_compute(keys, self._flights, batch_size=self.batch_size, refresh=refresh)
        return self._counted(drive(flow, self, self._counting(compute)))

    async def aget_or_compute(
        self,
        keys: Iterable[Key],
        compute: Callable[[Sequence[Miss[V]]], Awaitable[list[Entry[V]]]],
        *,
        refresh: bool = False,
    ) -> dict[Key, Outcome[V]]:
        """`get_or_compute` for tasks: `compute` is awaited, and the event loop never blocked."""
        flow = hit_or_compute(keys, self._flights, batch_size=self.batch_size, refresh=refresh)
        return self._counted(await drive_async(flow, self, self._counting(compute)))

    def _counting(
        self, compute: Callable[[Sequence[Miss[V]]], R]
    ) -> Callable[[Sequence[Miss[V]]], R]:
        def counted(misses: Sequence[Miss[V]]) -> R:
            for reason, times in Counter(miss.reason for miss in misses).items():
                self.ledger.count(reason, times)
            return compute(misses)

        return counted

    def _counted(self, outcomes: dict[Key, Outcome[V]]) -> dict[Key, Outcome[V]]:
        shared = sum(outcome.origin == "shared" for outcome in outcomes.values())
        self.ledger.count("shared", shared)
        return outcomes

    def _held(self, names: Sequence[str]) -> dict[str, bytes]:
        try:
            return self.store.get_many(names)
        except StoreError as error:
            self._warn(error)
            return {}

    def _keep(self, items: Mapping[str, bytes], held: HeldLease | None = None) -> None:
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

    def _decode(self, key: Key, data: bytes) -> Entry[V] | None:
        try:
            return self.codec.decode(key.name, data)
        except (DamagedEntryError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Beyond damage: bytes with a right checksum that were made by something else.
            self._set_aside(key.name, data, error)
            return None

    def _set_aside(self, name: str, data: bytes, error: Exception) -> None:
        _log.warning("Damaged cache entry %s is set aside (%s)", name, error)
        try:
            self.store.put_many({QUARANTINE + name.replace("/", "_"): data})
            self.store.delete_many([name])
        except StoreError as failure:
            self._warn(failure)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("Going on without the cache: %s", error)
