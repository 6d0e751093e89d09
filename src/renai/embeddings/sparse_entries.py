"""Entries of sparse vectors in a store, and ones that are not kept.

Sparse vectors differ in length, so the batch look-up of dense ones would gain nothing: this is the
flow that all caches share, with the names of the embedding layer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from renai.cache.base import Unstored
from renai.cache.cache import Cache
from renai.codecs.sparse import SparseVector
from renai.embeddings.canary import STOPPED
from renai.embeddings.recipe import usage_key_of
from renai.usage.counters import Counts, TotalCost

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from renai.cache.leases import HeldLease
    from renai.cache.looked_up import Reason
    from renai.codecs.entry import Entry
    from renai.keys.recipe import Key
    from renai.usage.counters import UsageKey

_MOST_BYTES = 4 << 20


class SparseEntryCache(Cache[SparseVector]):
    """Entries of sparse vectors, which may expire."""

    def most_bytes_of(self, keys: Sequence[Key]) -> int:  # noqa: ARG002 - it is not in the recipe
        """Allow for half a million numbers, which is more than the vocabulary of any model."""
        return _MOST_BYTES

    def judge(
        self,
        key: Key,  # noqa: ARG002 - other caches compare its recipe
        entry: Entry[SparseVector],
    ) -> Reason | None:
        """Refuse expired entries; recipes need no check, as a name has its recipe's digest."""
        return None if entry.notes["expires_at"] > time.time() else "stale"  # also if it is NaN

    def usage_key_of(self, key: Key) -> UsageKey:
        """Return what a key is counted by: embedder and model."""
        return usage_key_of(key.recipe)

    def count_spent(
        self,
        keys: Iterable[Key],
        entries: Iterable[Entry[SparseVector] | None],  # noqa: ARG002
        seconds: float,
    ) -> None:
        """Count one call: entries do not say what they cost, so cost is only known on average."""
        usage_key = self.usage_key_of(next(iter(keys)))
        self.counters.add({usage_key: Counts(spent=TotalCost(calls=1, seconds=seconds))})


class UnkeptSparseEntries(SparseEntryCache):
    """Vectors that are computed for whoever needs them at once, and then forgotten.

    Its store is empty and stays so.
    """

    def record(
        self,
        entries: Mapping[Key, Entry[SparseVector]],
        lease: HeldLease | None = None,  # noqa: ARG002 - a store in memory has no leases
    ) -> Collection[Key]:
        """Store nothing, count nothing as written, and return all keys as lost."""
        return set(entries)

    def settle(self, names: Iterable[str], lost: Collection[str]) -> Unstored:  # noqa: ARG002
        """Return that nothing is stored."""
        return Unstored(len(lost), STOPPED)
