"""A circuit breaker around a store on a server, so that a dead server is not asked for every batch.

After a few failures in a row the circuit opens: every call fails at once. After a pause one caller
probes the store; if that succeeds the circuit closes, and if not the pause doubles. A store that
makes callers wait before it fails is probed less often. Reading and writing have a circuit each,
since a store that is full or read-only can still be read.

A caller that has something to lose may wake the store (`wake`): the next call is a probe, whatever
is left of the pause.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from renai.closing import Closing
from renai.errors import StoreError
from renai.forks import renew_after_fork
from renai.stores.abilities import add, asks_ahead, get_up_to, move, reading_up_to
from renai.stores.base import LeasingStore
from renai.stores.upkeep import backdate, dates_of, scrub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renai.stores.abilities import Reading
    from renai.stores.base import Lease, Stat, Store

_FAILURES = 3
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_SLOW = 5.0  # seconds: waiting this long for every batch is worse than computing it

_log = logging.getLogger("renai")


class Circuit:
    """Lets calls through, or fails them at once, depending on how the last ones ended.

    Args:
        name: the name of what is called, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)
        self._failures = 0
        self._pause = _FIRST_PAUSE
        self._probe_at = 0.0
        self._took = 0.0
        self._said = ""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Let a call through, and note whether it fails.

        Raises:
            StoreError: the circuit is open, so the call is not let through.
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

    def wake(self, patience: float) -> None:
        """Let the next call probe at once, if the last one took at most `patience` to fail."""
        with self._lock:
            if self._took <= patience:
                self._probe_at = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether the last call that ended did not fail."""
        return not self._failures

    @property
    def _is_open(self) -> bool:
        return self._failures >= _FAILURES

    def _enter(self) -> None:
        with self._lock:
            if self._is_open:
                now = time.monotonic()
                if now < self._probe_at:
                    raise StoreError(f"{self._name} rests after failures ({self._said})")
                self._probe_at = now + self._pause  # this caller probes; the others still fail

    def _failed(self, error: StoreError, seconds: float) -> None:
        with self._lock:
            was_open = self._is_open
            self._failures += 1
            self._took, self._said = seconds, str(error)
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
    """A store that is asked only as long as it answers.

    It has leases if the store behind it has them; else nobody waits for anybody.

    Args:
        store: the store behind the breaker, typically one on a server.
        name: the store's name in the log; it must not contain a password.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self._leasing = store if isinstance(store, LeasingStore) else None
        self._reading = Circuit(f"Reading {name}")
        self._writing = Circuit(f"Writing {name}")

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        with self._reading.guard():
            return self.store.get_many(names)

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this."""
        with self._reading.guard():
            return get_up_to(self.store, names, most_bytes)

    def asks_ahead(self) -> bool:
        """Return whether the store can be asked ahead, and has not just failed."""
        return self._reading.is_sound and asks_ahead(self.store)

    def reading_up_to(self, names: Sequence[str], most_bytes: int) -> Reading:
        """Ask for entries, yield, and return those that exist and take no more bytes than this."""
        with self._reading.guard():
            return (yield from reading_up_to(self.store, names, most_bytes))

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries, and release a lease."""
        with self._writing.guard():
            if self._leasing is not None:
                self._leasing.put_many(items, ttl, release)
            else:
                self.store.put_many(items, ttl)

    def add_many(self, items: Mapping[str, bytes]) -> None:
        """Write those of the entries that do not exist."""
        with self._writing.guard():
            add(self.store, items)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        with self._writing.guard():
            return self.store.delete_many(names)

    def move(self, name: str, new_name: str) -> bool:
        """Give an entry another name, if the store can do that; return whether it did."""
        with self._writing.guard():
            return move(self.store, name, new_name)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`."""
        with self._reading.guard():
            yield from self.store.scan(prefix)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name, if the store knows."""
        with self._reading.guard():
            return dates_of(self.store, names)

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written, if the store can do that."""
        with self._writing.guard():
            backdate(self.store, dates)

    def scrub(self) -> str:
        """Remove the bytes of deleted entries from the store's files."""
        with self._writing.guard():
            return scrub(self.store)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def wake(self, patience: float) -> None:
        """Let the next call through, if the last one took at most so many seconds to fail."""
        self._reading.wake(patience)
        self._writing.wake(patience)

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold."""
        if self._leasing is None:  # nothing is asked, so this says nothing of how the store is
            return set()
        with self._writing.guard():
            return self._leasing.claim(lease)

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        if self._leasing is not None:
            with self._writing.guard():
                self._leasing.renew(lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        if self._leasing is not None:
            with self._writing.guard():
                self._leasing.release(lease)


def _unlock(it: Circuit) -> None:
    it._lock = threading.Lock()
