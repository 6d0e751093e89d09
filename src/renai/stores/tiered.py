"""Two stores as tiers: a fast store of one's own in front of a slow, shared one.

The slow store is the truth: it is written first, lists the entries and keeps the leases. What is
read from it fills the fast one. The expiry stands in the entry itself, so filling does not restart
it. What another process deletes or replaces is noticed when the name is claimed here.

What the slow store refuses is kept by the fast one, which notes that (`renai.stores.dirty`), and
written back as soon as the slow one takes anything again: by this process, or by a later one.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.abilities import get_up_to, wake
from renai.stores.base import LeasingStore
from renai.stores.dirty import DirtyEntries
from renai.stores.memory import MemoryStore
from renai.stores.shares import found_despite, refused_among
from renai.stores.upkeep import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from renai.stores.base import Lease, Stat, Store

    Get: TypeAlias = Callable[[Store, Sequence[str]], dict[str, bytes]]

_log = logging.getLogger("renai")


class TieredStore(Closing):
    """Looks into the fast store first, and into the slow one for the rest.

    If the fast store fails, only the slow one is used. If the slow store fails, that is a
    `StoreError`, unless the fast one has some of the entries: then those are returned.

    Args:
        fast: the store in front. Its own limit keeps it small.
        slow: the store behind it.

    Attributes:
        lasts: whether the fast store still has its entries when this process has ended.
    """

    def __init__(self, fast: Store, slow: Store) -> None:
        self.fast = fast
        self.slow = slow
        self.lasts = not isinstance(fast, MemoryStore)
        self._dirty = DirtyEntries(fast)
        self._warned = False

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, and fill the fast store from the slow one."""
        return self._get(names, lambda store, names: store.get_many(names))

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this."""
        return self._get(names, lambda store, names: get_up_to(store, names, most_bytes))

    def _get(self, names: Sequence[str], get: Get) -> dict[str, bytes]:
        found = self._read_fast(names, get)
        missing = [name for name in names if name not in found]
        if missing:
            try:
                further = get(self.slow, missing)
            except StoreError as error:
                further = found_despite(error)
                if not found and not further:
                    raise
                self._warn(error)
            self._fill(further)
            found |= further
        return found

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries to the slow store, where the lease is released, and to the fast one.

        What the slow one refuses is kept by the fast one until it can be written back.
        """
        with self._dirty.withheld(items):
            try:
                if isinstance(self.slow, LeasingStore):
                    self.slow.put_many(items, ttl, release)
                else:
                    self.slow.put_many(items, ttl)
            except StoreError as error:
                if self._fill(items, ttl):
                    self._dirty.note(refused_among(error, items), ttl)
                raise
            self._dirty.clean(items)
            self._fill(items, ttl)

    def unwritten(self) -> Collection[str]:
        """Return the names of the entries that only the fast store has."""
        return self._dirty.names()

    def write_back(self) -> None:
        """Write to the slow store what only the fast one has."""
        if not self._dirty.names():
            return
        if count := self._dirty.write_back(self.slow):
            _log.warning(
                "What only the fast one of two stores had is now in the other one (%d entries)",
                count,
            )

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries from both stores; return how many existed in the slow one."""
        with self._dirty.withheld(names):
            self._drop_fast(names)
            self._dirty.clean(names)
            return self.slow.delete_many(names)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries of the slow store."""
        return self.slow.scan(prefix)

    def scrub(self) -> str:
        """Remove the bytes of deleted entries from the files of both stores."""
        return " ".join(filter(None, map(scrub, (self.fast, self.slow))))

    def wake(self, patience: float) -> None:
        """Let the next calls of both stores through, even if they rest after failures."""
        wake(self.fast, patience)
        wake(self.slow, patience)

    def parts(self) -> tuple[Store, Store]:
        """Return both stores."""
        return self.fast, self.slow

    def close(self) -> None:
        """Write back what can be written back, and close both stores."""
        with suppress(StoreError):
            self.write_back()
        if not self.lasts and (lost := len(self._dirty.names())):
            self._dirty.clean(list(self._dirty.names()))
            _log.warning(
                "What only the fast one of two stores had is lost to the other one (%d entries)",
                lost,
            )
        self.fast.close()
        self.slow.close()

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease in the slow store; return the names that others hold.

        What is claimed was missing or unusable, so the fast store's copy is deleted: the next
        look-up must reach the slow store.
        """
        self._drop_fast(lease.names)
        return self.slow.claim(lease) if isinstance(self.slow, LeasingStore) else set()

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        if isinstance(self.slow, LeasingStore):
            self.slow.renew(lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        if isinstance(self.slow, LeasingStore):
            self.slow.release(lease)

    def _read_fast(self, names: Sequence[str], get: Get) -> dict[str, bytes]:
        try:
            return get(self.fast, names)
        except StoreError as error:
            self._warn(error)
            return {}

    def _fill(self, items: Mapping[str, bytes], ttl: float | None = None) -> bool:
        try:
            self.fast.put_many(items, ttl)
        except StoreError as error:
            self._warn(error)
            return False
        return True

    def _drop_fast(self, names: Sequence[str]) -> None:
        try:
            self.fast.delete_many(names)
        except StoreError as error:
            self._warn(error)

    def _warn(self, error: StoreError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("Going on with one of two stores: %s", error)


def slowest(store: Store) -> Store:
    """Return the slow one of two tiers, which others share; any other store as it is."""
    while isinstance(store, TieredStore):
        store = store.slow
    return store
