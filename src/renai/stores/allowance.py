"""The arithmetic of eviction, without I/O: how many bytes a store may hold, and what was used last.

A store adds up its entries only when what it wrote since the last time could matter, and then frees
a tenth of the whole, so that it does not evict on every write. Reads are only noted here, and
written with the next batch. An entry that was used lately is not noted again: lately means the last
sixteenth of the time since the oldest entry was used.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

N = TypeVar("N", str, int)
"""How a store identifies its entries."""

_KEPT = 0.9
_UNMEASURED = 0.05  # of the allowance: what each process may write before it measures again
_LATELY = 1 / 16
_NOTED = 100_000


class Allowance(Generic[N]):
    """What one store of one process may write before it must evict.

    Args:
        max_bytes: of all entries' values together, for all processes.

    Raises:
        UsageError: nothing could be kept.
    """

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 1:
            raise UsageError(f"max_bytes is at least 1, not {max_bytes!r}")
        self.max_bytes = max_bytes
        self._room = 0.0
        self._oldest = time.time()
        self._noted: dict[N, float] = {}
        self._lock = threading.Lock()

    def note(self, used: Iterable[tuple[N, float]]) -> None:
        """Note that entries are read now, given their names and when each was last used."""
        now = time.time()
        lately = now - (now - self._oldest) * _LATELY
        with self._lock:
            self._noted.update((name, now) for name, used_at in used if used_at < lately)
            if len(self._noted) > _NOTED:  # nothing was written for long: the first go unnoticed
                surplus = len(self._noted) - _NOTED
                for name in list(self._noted)[:surplus]:
                    del self._noted[name]

    def take_notes(self) -> dict[N, float]:
        """Return the names that were read since the last call, and when."""
        with self._lock:
            noted, self._noted = self._noted, {}
        return noted

    def spend(self, size: int) -> bool:
        """Take note of bytes that were written; return whether the store must be measured."""
        with self._lock:
            self._room -= size
            return self._room < 0

    def measure(self, total: int, oldest: float | None) -> int:
        """Take note of a measurement; return how many bytes must be freed.

        Args:
            total: bytes of all entries.
            oldest: when the least recently used of them was used; None where there is none.
        """
        surplus = 0 if total <= self.max_bytes else int(total - self.max_bytes * _KEPT)
        with self._lock:
            room = self.max_bytes - total + surplus
            self._room = min(room, self.max_bytes * _UNMEASURED)
            self._oldest = time.time() if oldest is None else oldest
        return surplus
