"""The arithmetic of eviction, without I/O: how many bytes a store may hold, and what was used last.

A store adds up its entries only when what it has written since the last time could matter, and then
frees a tenth of the whole, so that it does not evict on every write. Uses of entries are only noted
here, and written with the next batch. An entry that was used lately is not noted again: lately
means within the last sixteenth of the time since the oldest entry was used.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from renai.errors import UsageError
from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Iterable

N = TypeVar("N", str, int)
"""The type by which a store identifies its entries."""

_KEPT = 0.9
_UNMEASURED = 0.05  # the share of max_bytes a process may write before it measures again
_LATELY = 1 / 16
_NOTED = 100_000


class Allowance(Generic[N]):
    """What one store of one process may still write before it must evict.

    Args:
        max_bytes: the bytes that the values of all entries may take together, for all processes.

    Raises:
        UsageError: `max_bytes` is below 1, so that nothing could be kept.
    """

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 1:
            raise UsageError(f"max_bytes is at least 1, not {max_bytes!r}")
        self.max_bytes = max_bytes
        self._room = 0.0
        self._oldest = time.time()
        self._noted: dict[N, float] = {}
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)

    def note(self, used: Iterable[tuple[N, float]]) -> None:
        """Note that entries are being read now.

        Args:
            used: the entries' names or numbers, each with the time when it was last used before.
        """
        now = time.time()
        lately = now - (now - self._oldest) * _LATELY
        with self._lock:
            self._noted.update((name, now) for name, used_at in used if used_at < lately)
            if len(self._noted) > _NOTED:  # nothing was written for long: forget the oldest notes
                surplus = len(self._noted) - _NOTED
                for name in list(self._noted)[:surplus]:
                    del self._noted[name]

    def take_notes(self) -> dict[N, float]:
        """Return the entries read since the last call, each with the time of its reading."""
        with self._lock:
            noted, self._noted = self._noted, {}
        return noted

    def spend(self, size: int) -> bool:
        """Count bytes that were written; return whether the store must be measured."""
        with self._lock:
            self._room -= size
            return self._room < 0

    def measure(self, total: int, oldest: float | None) -> int:
        """Take over a measurement of the store; return how many bytes must be freed.

        Args:
            total: the bytes of all entries together.
            oldest: the time when the least recently used entry was used; None if there is no entry.
        """
        surplus = 0 if total <= self.max_bytes else int(total - self.max_bytes * _KEPT)
        with self._lock:
            room = self.max_bytes - total + surplus
            self._room = min(room, self.max_bytes * _UNMEASURED)
            self._oldest = time.time() if oldest is None else oldest
        return surplus


def _unlock(it: Allowance[Any]) -> None:
    it._lock = threading.Lock()
