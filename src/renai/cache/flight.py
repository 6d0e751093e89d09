"""Flights: the one computation of a key that is under way in this process.

One table serves threads and tasks. Whoever boards a key first leads its flight and must land it:
with a result, with the error that ended it, or, when the leader was cancelled, abandoned, so that
one of those who wait takes over. A follower that is cancelled harms nobody.

Most flights land unawaited, and batches of keys are boarded and landed at once. So a key costs an
item in a dict, and becomes an object only when somebody joins.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.errors import WaitError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


class AbandonedError(Exception):
    """The leader was cancelled or did not get so far; somebody else should compute."""


@dataclass(eq=False, slots=True)
class Flight(Generic[R]):
    """One computation under way, for those who wait for it.

    Attributes:
        thread: in which its leader runs.
        future: with what it will land.
    """

    thread: int
    future: Future[R] = field(default_factory=Future)

    def wait(self) -> R:
        """Block this thread until the flight lands.

        Raises:
            AbandonedError: the leader left without trying.
            WaitError: the leader can only go on in this very thread, which would wait for ever.
        """
        if not self.future.done() and self.thread == threading.get_ident():
            raise WaitError(
                "this would wait for a computation that runs in the same thread; "
                "await the asynchronous call instead"
            )
        return self.future.result()

    async def wait_async(self) -> R:
        """Wait until the flight lands; raises as `wait` does, but for `WaitError`."""
        # Shielded: a follower that is cancelled must not cancel what others wait for.
        return await asyncio.shield(asyncio.wrap_future(self.future))


class FlightTable(Generic[K, R]):
    """Who computes what at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leaders: dict[K, int] = {}  # the threads they run in
        self._joined: dict[K, Flight[R]] = {}

    def board(self, keys: Collection[K]) -> tuple[set[K], dict[K, Flight[R]]]:
        """Lead the flights of those keys that nobody computes, and join the others'.

        Returns:
            The keys whose flights the caller leads and must land, and the flights of the others,
            which it may wait for.
        """
        with self._lock:
            joined = {key: self._join(key) for key in keys if key in self._leaders}
            led = set(keys).difference(joined)
            self._leaders.update(dict.fromkeys(led, threading.get_ident()))
        return led, joined

    def land(self, results: Mapping[K, R]) -> None:
        """Give those who wait the results of flights that the caller leads."""
        for key, flight in self._end(results).items():
            flight.future.set_result(results[key])

    def crash(self, keys: Iterable[K], error: BaseException) -> None:
        """Give those who wait the error; to them a cancelled leader is one that never tried."""
        cancelled = not isinstance(error, Exception)
        for flight in self._end(keys).values():
            flight.future.set_exception(AbandonedError() if cancelled else error)

    def _join(self, key: K) -> Flight[R]:
        flight = self._joined.get(key)
        if flight is None:
            flight = self._joined[key] = Flight(self._leaders[key])
        return flight

    def _end(self, keys: Iterable[K]) -> dict[K, Flight[R]]:
        ended = set(keys)
        with self._lock:
            for key in ended:
                del self._leaders[key]
            return {key: self._joined.pop(key) for key in ended & self._joined.keys()}
