"""A circuit breaker around a store, so that a dead one is not asked for every batch.

After a few failures in a row the circuit opens: every call fails at once. After a pause one caller
probes the store; if that succeeds the circuit closes, and if not the pause doubles. A store that
lets callers wait before it fails is not asked that often. Reading and writing have a circuit each,
since a store that is full or read-only can still be read.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.base import backdate, dates_of, scrub, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renai.stores.base import Lease, LeasingStore, Stat

_FAILURES = 3
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_SLOW = 5.0  # seconds: to wait so long for every batch would be worse than to compute it

_log = logging.getLogger("renai")


class Circuit:
    """Lets calls through, or not.

    Args:
        name: what is called, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = _FIRST_PAUSE
        self._probe_at = 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a call through and see what comes of it.

        Raises:
            StoreError: it is not let through.
        """
        self._enter()
        begun = time.monotonic()
        try:
            yield
        except StoreError as error:
            self._failed(error, time.monotonic() - begun)
            raise
        else:
            self._succeeded()

    @property
    def _is_open(self) -> bool:
        return self._failures >= _FAILURES

    def _enter(self) -> None:
        with self._lock:
            if self._is_open:
                now = time.monotonic()
                if now < self._probe_at:
                    raise StoreError(f"{self._name} rests after failures")
                self._probe_at = now + self._pause  # the others rest while this one probes

    def _failed(self, error: StoreError, seconds: float) -> None:
        with self._lock:
            was_open = self._is_open
            self._failures += 1
            if seconds > _SLOW:
                self._failures = max(self._failures, _FAILURES)
                self._pause = _LONGEST_PAUSE
            elif was_open:
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            self._probe_at = time.monotonic() + self._pause
            opened = self._is_open and not was_open
        if opened:
            _log.warning("%s is not asked for a while: %s", self._name, error)

    def _succeeded(self) -> None:
        with self._lock:
            was_open = self._is_open
            self._failures = 0
            self._pause = _FIRST_PAUSE
        if was_open:
            _log.warning("%s is back", self._name)


class BreakerStore(Closing):
    """Asks a store only as long as it answers.

    Args:
        store: which one.
        name: what to call it in the log.
    """

    def __init__(self, store: LeasingStore, name: str) -> None:
        self.store = store
        self._reading = Circuit(f"Reading {name}")
        self._writing = Circuit(f"Writing {name}")

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there."""
        with self._reading.guard():
            return self.store.get_many(names)

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all, and release a lease."""
        with self._writing.guard():
            self.store.put_many(items, ttl, release)

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        with self._writing.guard():
            return self.store.delete_many(names)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List the entries whose name begins with `prefix`."""
        with self._reading.guard():
            yield from self.store.scan(prefix)

    def stream(self, prefix: str = "") -> Iterator[dict[str, bytes]]:
        """Read all entries whose name begins with `prefix`, a batch at a time."""
        with self._reading.guard():
            yield from stream(self.store, prefix)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Say when entries were written, where the store tells."""
        with self._reading.guard():
            return dates_of(self.store, names)

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Have entries count as written at these times, where the store can."""
        with self._writing.guard():
            backdate(self.store, dates)

    def scrub(self) -> str:
        """Have the store's files lose what was dropped from it."""
        with self._writing.guard():
            return scrub(self.store)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; returns the names that others have."""
        with self._writing.guard():
            return self.store.claim(lease)

    def renew(self, lease: Lease) -> None:
        """Begin its seconds anew."""
        with self._writing.guard():
            self.store.renew(lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        with self._writing.guard():
            self.store.release(lease)
