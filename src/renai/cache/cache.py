"""A cache of entries of one codec, with the hit-or-compute flow on top."""

from __future__ import annotations

from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.cache.base import BaseCache
from renai.cache.looked_up import MISSING, Found, Miss
from renai.codecs.entry import Entry
from renai.errors import DamagedEntryError
from renai.keys.recipe import Key
from renai.stores.abilities import get_up_to
from renai.usage.cost import Cost
from renai.usage.counters import Counts, UsageKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence

    from renai.cache.flow import Origin
    from renai.cache.leases import HeldLease
    from renai.cache.looked_up import Reason
    from renai.cache.reservation import Reservation
    from renai.codecs.entry import Codec
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters

V = TypeVar("V")

MOST_BYTES = 16 << 20
"""The bytes that an entry can take, unless its layer knows better."""

UNREADABLE = (DamagedEntryError, ValueError, KeyError, TypeError, AttributeError)
"""What decoding raises, for damage and for foreign bytes with a correct checksum."""


def peek(store: Store, codec: Codec[V], names: Sequence[str]) -> Iterator[tuple[str, Entry[V]]]:
    """Yield those of these entries that are there and whole, each with its name, in this order.

    They are not judged by a recipe, and nothing is counted or set aside.

    Raises:
        StoreError: the store fails.
    """
    stored = get_up_to(store, names, MOST_BYTES)
    for name in filter(stored.__contains__, names):
        try:
            entry = codec.decode(name, stored[name])
        except UNREADABLE:
            continue
        yield name, entry


class Slot(Generic[V]):
    """The place of one entry, which `Cache.reserve` lends.

    Attributes:
        miss: the reason why the entry must be computed, with the stale entry if there is one; None
            if it was there.
    """

    def __init__(self, key: Key, reservation: Reservation[Key, Entry[V]], cache: Cache[V]) -> None:
        self._key = key
        self._reservation = reservation
        self._cache = cache
        self.miss = reservation.missing.get(key)

    @property
    def missing(self) -> bool:
        """Whether the block must still compute and record the entry."""
        return bool(self._reservation.missing)

    @property
    def entry(self) -> Entry[V]:
        """The entry, once it is there or recorded."""
        return self._reservation.outcomes[self._key].entry

    @property
    def origin(self) -> Origin:
        """Where the entry came from, once it is there or recorded."""
        return self._reservation.outcomes[self._key].origin

    @property
    def stored(self) -> bool:
        """Whether the entry is in the store; if not, it waits in memory, or is lost."""
        lost = self._reservation.outcomes.lost
        return self._key not in lost and not self._cache.waits(self._key.name)

    async def record(self, entry: Entry[V]) -> None:
        """Store the computed entry, and then let those in who wait for it."""
        await self._reservation.arecord([entry])


class Cache(BaseCache[Key, Entry[V]], Generic[V]):
    """Entries of one codec in a store.

    Args:
        store: holds the entries.
        codec: encodes and decodes them.
        batch_size: how many entries are computed and recorded at a time.
        ttl: seconds after which the store may drop entries; the codec and `judge` decide whether
            an entry may still be used.
        counters: count what happens; new ones by default.
        strict: whether a store that fails is an error, and not a warning.
    """

    def __init__(
        self,
        store: Store,
        codec: Codec[V],
        *,
        batch_size: int = 256,
        ttl: float | None = None,
        counters: UsageCounters | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__(store, batch_size=batch_size, ttl=ttl, counters=counters, strict=strict)
        self.codec = codec
        self._usage_keys: dict[str, UsageKey] = {}

    def look_up(self, keys: Sequence[Key]) -> Found[Key, Entry[V]]:
        """Sort keys into hits and misses, each once; damaged entries are set aside.

        Every key that has an entry counts as a hit, also each time a key is repeated.
        """
        found: Found[Key, Entry[V]] = Found()
        stored = self.fetch([key.name for key in keys], self.most_bytes_of(keys))
        for key in dict.fromkeys(keys):
            data = stored.get(key.name)
            if data is None:
                found.misses[key] = MISSING
                continue
            entry = self._decode(key, data)
            if entry is None:
                found.misses[key] = Miss("damaged")
            elif reason := self.judge(key, entry):
                found.misses[key] = Miss(reason, entry)
            else:
                found.hits[key] = entry
        self._count_hits(keys, found.hits, stored)
        return found

    def most_bytes_of(self, keys: Sequence[Key]) -> int:  # noqa: ARG002 - some caches know better
        """Return the bytes that the entry of one of these keys can take."""
        return MOST_BYTES

    def judge(self, key: Key, entry: Entry[V]) -> Reason | None:
        """Return why an intact entry is not what the key asks for; None if it is."""
        return None if key.admits(entry.recipe_digest) else "stale"

    def record(
        self, entries: Mapping[Key, Entry[V]], lease: HeldLease | None = None
    ) -> Collection[Key]:
        """Store entries, release the lease on them, and return the keys of those that are lost."""
        items = {key.name: self.codec.encode(key.name, entry) for key, entry in entries.items()}
        counted = defaultdict[UsageKey, Counts](Counts)
        for key in entries:
            counted[self.usage_key_of(key)].spent.bytes += len(items[key.name])
        self.counters.add(counted)
        lost = self.write(items, lease)
        return {key for key in entries if key.name in lost} if lost else ()

    @asynccontextmanager
    async def reserve(self, key: Key, *, refresh: bool = False) -> AsyncIterator[Slot[V]]:
        """Lend the place of one entry: either the entry is there, or the block must compute it.

        Until the block ends, no other task or thread computes the same, and no other process where
        the store has leases: they wait. If the block raises, nothing is recorded, and those who
        wait get the error, or take over if the block was cancelled.

        Args:
            key: the key of the entry.
            refresh: compute the entry even if the store has it.

        Yields:
            The slot; if it is `missing`, the block must `record` an entry before it ends.
        """
        miss: Miss[Entry[V]] = Miss("refresh") if refresh else MISSING
        async with self.reserve_missing({key: miss}) as reservation:
            yield Slot(key, reservation, self)

    def reserve_all(
        self, keys: Iterable[Key], *, refresh: bool = False
    ) -> Reservation[Key, Entry[V]]:
        """Look keys up, and reserve them; the block computes those that are missing.

        Args:
            keys: the keys of the entries.
            refresh: compute entries even if the store has them.

        Raises:
            WaitError: on entering the block, if a task of this thread's event loop is computing a
                key.
        """
        from renai.cache.flow import hit_or_compute  # as in `reserve_missing`
        from renai.cache.reservation import Reservation

        flow = hit_or_compute(keys, self._flights, batch_size=self.batch_size, refresh=refresh)
        return Reservation(flow, self)

    def names_of(self, keys: Sequence[Key]) -> list[str]:
        """Return the names that the keys' entries have in the store."""
        return [key.name for key in keys]

    def usage_key_of(self, key: Key) -> UsageKey:
        """Return the usage key under which a key is counted, from its recipe."""
        usage_key = self._usage_keys.get(key.recipe.digest)
        if usage_key is None:
            parameters, layer = key.recipe.parameters, key.name.partition("/")[0]
            provider = parameters.get("provider", parameters.get("reader", ""))
            usage_key = UsageKey(layer, str(provider), str(parameters.get("model", "")))
            self._usage_keys[key.recipe.digest] = usage_key
        return usage_key

    def cost_of(self, entry: Entry[V]) -> Cost | None:
        """Return what it cost to compute an entry, as the entry states."""
        return Cost.from_json(entry.notes.get("cost"))

    def _count_hits(
        self, keys: Sequence[Key], hits: Mapping[Key, Entry[V]], stored: Mapping[str, bytes]
    ) -> None:
        all_once = len(hits) == len(keys)
        found = hits.items() if all_once else [(key, hits[key]) for key in keys if key in hits]
        alike: defaultdict[str, list[tuple[Key, Entry[V]]]] = defaultdict(list)
        for hit in found:
            alike[hit[0].recipe.digest].append(hit)
        counted = defaultdict[UsageKey, Counts](Counts)
        for its in alike.values():
            counts = counted[self.usage_key_of(its[0][0])]
            counts.events["hit"] += len(its)
            counts.saved.bytes += sum([len(stored[key.name]) for key, _ in its])
            counts.saved.add_stored([entry.notes.get("cost") for _, entry in its])
        self.counters.add(counted)

    def _decode(self, key: Key, data: bytes) -> Entry[V] | None:
        try:
            return self.codec.decode(key.name, data)
        except UNREADABLE as error:
            self.quarantine(key.name, data, error)
            return None
