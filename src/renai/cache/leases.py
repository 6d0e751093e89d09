"""Renew the leases of this process while the work under them goes on.

A batch may take longer than its lease, so one thread in each process renews leases. A lease to
which no flow refers any more, because its task was cancelled at a bad moment, is released. A lease
that is older than an hour is not renewed, since a computation that hangs should not stop all.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from renai.errors import StoreError
from renai.stores.base import Lease

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.stores.base import LeasingStore

_LEASE_SECONDS = 30.0
_RENEWED_PER_LEASE = 3
_GIVEN_UP_AFTER = 3600.0
_GATHERED_FOR = 0.05

_Change = Literal["held", "dropped", "lost"]


class HeldLease:
    """A lease that is renewed until it is dropped, or until this object is collected.

    Args:
        store: the store in which names were claimed.
        lease: the claim.
    """

    def __init__(self, store: LeasingStore, lease: Lease) -> None:
        self.store = store
        self.lease = lease
        self._keeping = _Keeping(store, lease, time.monotonic())
        _keeper.tell("held", self._keeping)
        self._lost = weakref.finalize(self, _keeper.tell, "lost", self._keeping)
        self._lost.atexit = False

    def drop(self) -> None:
        """Stop to renew the lease, because it was released or cannot be."""
        if self._lost.detach():
            _keeper.tell("dropped", self._keeping)


def claim(store: LeasingStore, names: Sequence[str]) -> tuple[HeldLease | None, set[str]]:
    """Claim names.

    Returns:
        A lease on the names that no other process holds, or None if there are none; and the names
        that others hold.

    Raises:
        StoreError: nothing was claimed.
    """
    lease = Lease(tuple(names), _LEASE_SECONDS)
    elsewhere = store.claim(lease)
    return (HeldLease(store, lease) if len(elsewhere) < len(names) else None), elsewhere


@dataclass(eq=False, slots=True)
class _Keeping:
    """A lease, and since when it is renewed."""

    store: LeasingStore
    lease: Lease
    since: float

    def renew(self) -> None:
        if time.monotonic() - self.since < _GIVEN_UP_AFTER:
            with suppress(StoreError):  # the worst is that another process computes the same
                self.store.renew(self.lease)

    def release(self) -> None:
        with suppress(StoreError):
            self.store.release(self.lease)


class _Keeper:
    """Renews leases in one thread, which alone knows what is held, and needs no lock for that."""

    def __init__(self) -> None:
        # Unlike other queues, a finalizer may put to this one, whatever it interrupts.
        self._changes: SimpleQueue[tuple[_Change, _Keeping]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self, change: _Change, keeping: _Keeping) -> None:
        self._changes.put((change, keeping))
        if change != "held":
            return
        with self._starting:  # of two threads, each would be told a part only
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep, name="renai leases", daemon=True)
                self._thread.start()

    def _keep(self) -> None:
        due: dict[_Keeping, float] = {}
        while True:
            for change, keeping in self._next_changes(min(due.values(), default=None)):
                if change == "held":
                    due[keeping] = _when_due(keeping)
                elif due.pop(keeping, None) is not None and change == "lost":
                    keeping.release()
            for keeping in [each for each, at in due.items() if at <= time.monotonic()]:
                keeping.renew()
                due[keeping] = _when_due(keeping)

    def _next_changes(self, until: float | None) -> list[tuple[_Change, _Keeping]]:
        wait = None if until is None else max(0.0, until - time.monotonic())
        try:
            changes = [self._changes.get(timeout=wait)]
        except Empty:
            return []
        # Most leases end soon; to wake up for each would interrupt the work under them.
        time.sleep(_GATHERED_FOR)
        while not self._changes.empty():
            changes.append(self._changes.get())
        return changes


def _when_due(keeping: _Keeping) -> float:
    return time.monotonic() + keeping.lease.seconds / _RENEWED_PER_LEASE


_keeper = _Keeper()


def _begin_anew() -> None:
    """Begin with no leases in a child process, which has not the threads of its parent."""
    global _keeper
    _keeper = _Keeper()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
