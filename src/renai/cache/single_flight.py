"""Flights: the one computation of a key that is under way in this process.

One table serves threads and tasks. Whoever boards a key first leads its flight and must land it:
with a result, with the error that ended it, or, when the leader was cancelled, abandoned, so that
one of those who wait takes over. A follower that is cancelled harms nobody.

Keys come by the batch, and many tasks may want the same. So a follower is woken once, when all it
waits for has ended: to be woken for every key would keep an event loop from everything else.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from renai.errors import WaitError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class Following(Generic[K, R]):
    """What one follower waits for.

    Attributes:
        leaders: of each flight that is still under way, the thread in which its leader runs.
        landed: the results of the others; what was abandoned is in neither.
        error: with which one of them ended.
        ended: whether all have.
    """

    leaders: dict[K, int]
    landed: dict[K, R] = field(default_factory=dict)
    error: Exception | None = None
    ended: Future[None] = field(default_factory=Future)

    def wait(self) -> dict[K, R]:
        """Block this thread until all flights have ended; returns what has landed.

        Raises:
            Exception: with which one of them ended.
            WaitError: a leader can only go on in this very thread, which would wait for ever.
        """
        if threading.get_ident() in list(self.leaders.values()):
            raise WaitError(
                "this would wait for a computation that runs in the same thread; "
                "await the asynchronous call instead"
            )
        self.ended.result()
        return self._result()

    async def wait_async(self) -> dict[K, R]:
        """Wait until all flights have ended; raises as `wait` does, but for `WaitError`."""
        await asyncio.wrap_future(self.ended)
        return self._result()

    def _result(self) -> dict[K, R]:
        if self.error is not None:
            raise self.error
        return self.landed


class FlightTable(Generic[K, R]):
    """Who computes what at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leaders: dict[K, int] = {}  # the threads they run in
        self._followers: dict[K, list[Following[K, R]]] = {}
        _tables.add(self)

    def board(self, keys: Collection[K]) -> tuple[set[K], Following[K, R] | None]:
        """Lead the flights of those keys that nobody computes, and follow the others'.

        Returns:
            The keys whose flights the caller leads and must land; and what it may wait for, where
            others lead.
        """
        with self._lock:
            others = {key: self._leaders[key] for key in keys if key in self._leaders}
            led = set(keys).difference(others)
            self._leaders.update(dict.fromkeys(led, threading.get_ident()))
            if not others:
                return led, None
            following: Following[K, R] = Following(others)
            for key in others:
                self._followers.setdefault(key, []).append(following)
            return led, following

    def land(self, results: Mapping[K, R]) -> None:
        """Give those who wait the results of flights that the caller leads."""
        self._end(results, results, None)

    def crash(self, keys: Collection[K], error: Exception) -> None:
        """Give those who wait the error with which flights end that the caller leads."""
        self._end(keys, {}, error)

    def abandon(self, keys: Collection[K]) -> None:
        """Leave flights that the caller leads to those who wait."""
        self._end(keys, {}, None)

    def _end(self, keys: Collection[K], results: Mapping[K, R], error: Exception | None) -> None:
        ended = []
        with self._lock:
            for key in keys:
                self._leaders.pop(key, None)  # it may be another process's, before a fork
            followed = [key for key in keys if key in self._followers] if self._followers else ()
            for key in followed:
                for following in self._followers.pop(key):
                    del following.leaders[key]
                    following.error = following.error or error
                    if key in results:
                        following.landed[key] = results[key]
                    if not following.leaders:
                        ended.append(following)
        for following in ended:
            if following.ended.set_running_or_notify_cancel():  # else its task was cancelled
                following.ended.set_result(None)


# A child of a fork has none of the threads that would land what was under way.
_tables: weakref.WeakSet[FlightTable[Any, Any]] = weakref.WeakSet()


def _forget_parents_flights() -> None:
    for table in list(_tables):
        table._lock = threading.Lock()
        table._leaders = {}
        table._followers = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_flights)
