"""What a store refused to take, in memory until it takes it.

A server may be away for a few seconds, and what is computed meanwhile was paid for. So it waits
here, up to a number of bytes, and is stored as soon as the store takes anything again. It also
answers look-ups, so that nothing that waits is computed twice.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import StoreError
from renai.forks import renew_after_fork
from renai.stores.abilities import kept_for_later, unwritten, wake
from renai.stores.shares import refused_among

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from renai.stores.base import Store

MOST_BYTES = 64 << 20
"""The bytes that may wait for one cache: some forty thousand vectors of 384 numbers."""

ANY_TIME = float("inf")
"""For `Backlog.flush`: ask the store however long it may keep the caller waiting."""

_PER_ENTRY = 200  # the bytes that an entry takes in memory besides its value, roughly
_STORED_AT_ONCE = 256
_STORED_BYTES = 8 << 20

_log = logging.getLogger("renai")


class _Waiting(NamedTuple):
    data: bytes
    ttl: float | None


class Backlog:
    """Entries that wait for a store, the oldest first; threads may share it.

    Args:
        store: the store that refused them.
        most_bytes: the bytes that may wait; what is beyond is lost.

    Attributes:
        lost: the number of entries that could not even wait.
        reason: what the store said when it last refused something.
    """

    def __init__(self, store: Store, most_bytes: int = MOST_BYTES) -> None:
        self.lost = 0
        self.reason = ""
        self._store = store
        self._most_bytes = most_bytes
        self._lock: threading.Lock
        self._flushing: threading.Lock
        self._entries: dict[str, _Waiting]
        self._bytes: int
        self._stored = 0
        self._is_full = False
        renew_after_fork(self, _begin_empty)

    def __len__(self) -> int:
        return len(self._entries)

    def among(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return those of these entries that wait."""
        if not self._entries:
            return {}
        with self._lock:
            entries = self._entries
            return {name: entries[name].data for name in names if name in entries}

    def add(
        self, items: Mapping[str, bytes], ttl: float | None, error: StoreError
    ) -> frozenset[str]:
        """Let entries wait that the store refused.

        Args:
            items: the bytes of each entry, by name.
            ttl: the seconds after which the store may drop them, once it has them.
            error: what the store said.

        Returns:
            The names of those for which there is no room; they are lost, unless the store itself
            keeps them until it can write them where they belong.
        """
        lost = []
        kept = unwritten(self._store)
        with self._lock:
            self.reason = str(error)
            for name, data in items.items():
                self._remove(name)
                if self._bytes + _size(data) > self._most_bytes:
                    if name not in kept:
                        lost.append(name)
                    continue
                self._entries[name] = _Waiting(data, ttl)
                self._bytes += _size(data)
            self.lost += len(lost)
            became_full = bool(lost) and not self._is_full
            self._is_full = self._is_full or bool(lost)
        if became_full:
            _log.warning(
                "What waits to be stored has reached %d MiB; what is computed from now on is lost "
                "until the store is back: %s",
                self._most_bytes >> 20,
                error,
            )
        return frozenset(lost)

    @contextmanager
    def withheld(self, names: Collection[str]) -> Iterator[None]:
        """Store none of these entries from here while the block stores or deletes them.

        Else a flush that is under way would bring back what the block has just deleted or replaced.
        """
        if self.among(names):
            with self._flushing:
                yield
        else:
            yield

    def forget(self, names: Iterable[str]) -> None:
        """Let these entries wait no longer: they were stored anew, or deleted."""
        if self._entries:
            with self._lock:
                for name in names:
                    self._remove(name)

    def flush(self, patience: float) -> None:
        """Store all that waits, in the order in which it came.

        Args:
            patience: the seconds for which the last call that failed may have lasted, if a store
                that rests after failures is to be asked all the same.

        Raises:
            StoreError: the store still refuses; what it has not taken goes on waiting.
        """
        with self._flushing:
            if self._entries:
                wake(self._store, patience)
            while True:
                batch, ttl = self._oldest()
                if not batch:
                    break
                items = {name: its.data for name, its in batch.items()}
                try:
                    self._store.put_many(items, ttl)
                except StoreError as error:
                    refused = refused_among(error, items)
                    self._took({name: its for name, its in batch.items() if name not in refused})
                    raise
                self._took(batch)
            stored, self._stored, self._is_full = self._stored, 0, False
        if stored:
            _log.warning("What had waited is stored (%d entries): the store is back", stored)

    def _took(self, batch: Mapping[str, _Waiting]) -> None:
        """Let entries wait no longer that the store has taken."""
        with self._lock:
            for name, its in batch.items():
                if self._entries.get(name) is its:  # else it was replaced meanwhile
                    self._remove(name)
            self._stored += len(batch)

    def give_up(self) -> None:
        """Try once more to store what waits, and drop the rest; a warning says how much that is."""
        try:
            self.flush(ANY_TIME)
        except StoreError as error:
            kept_names = kept_for_later(self._store)
            with self._lock:
                kept = sum(name in kept_names for name in self._entries)
                dropped = len(self._entries) - kept
                self._entries.clear()
                self._bytes = 0
                self.lost += dropped
            if kept:
                _log.warning(
                    "What had waited to be stored is in the fast one of two stores, and written "
                    "to the other one when they are next used (%d entries): %s",
                    kept,
                    error,
                )
            if dropped:
                _log.warning(
                    "What had waited to be stored is lost (%d entries): %s", dropped, error
                )

    def _oldest(self) -> tuple[dict[str, _Waiting], float | None]:
        """Return the entries to store next, and their time to live, which is the same for all."""
        batch: dict[str, _Waiting] = {}
        size, ttl = 0, None
        with self._lock:
            for name, its in self._entries.items():
                size += len(its.data)
                is_enough = len(batch) == _STORED_AT_ONCE or size > _STORED_BYTES
                if batch and (is_enough or its.ttl != ttl):
                    break
                ttl = its.ttl
                batch[name] = its
        return batch, ttl

    def _remove(self, name: str) -> None:
        waiting = self._entries.pop(name, None)
        if waiting is not None:
            self._bytes -= _size(waiting.data)


def _size(data: bytes) -> int:
    return len(data) + _PER_ENTRY


def _begin_empty(it: Backlog) -> None:
    """Have nothing waiting: a child after a fork would store what its parent does a second time."""
    it._lock, it._flushing = threading.Lock(), threading.Lock()
    it._entries, it._bytes = {}, 0
