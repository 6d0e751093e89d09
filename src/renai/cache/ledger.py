"""Ledger: what was hit, missed and saved since it was opened."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Literal

Event = Literal["hit", "missing", "stale", "damaged", "refresh", "shared"]


class Ledger:
    """Counts what became of look-ups; one may be shared by several caches and threads.

    Every key that was asked for counts once: as a `hit`, as `shared` where another flight brought
    it, or as a computation, under the reason for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Event] = Counter()

    def count(self, event: Event, times: int = 1) -> None:
        """Add to one of the counts."""
        with self._lock:
            self._counts[event] += times

    def __getitem__(self, event: Event) -> int:
        return self._counts[event]

    @property
    def hits(self) -> int:
        """Keys answered without computing."""
        return self._counts["hit"] + self._counts["shared"]

    @property
    def misses(self) -> int:
        """Keys that had to be computed, whatever the reason."""
        return sum(self._counts[reason] for reason in ("missing", "stale", "damaged", "refresh"))
