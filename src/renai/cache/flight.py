"""Flights: the one computation of a key that is under way in this process.

One table serves threads and tasks. Whoever boards a key first leads its flight and must land it:
with a result, with the error that ended it, or, when the leader was cancelled, abandoned, so that
one of those who wait takes over. A follower that is cancelled harms nobody.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.errors import WaitError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


class AbandonedError(Exception):
    """The leader was cancelled or did not get so far; somebody else should compute."""


@dataclass(eq=False, slots=True)
class Flight(Generic[R]):
    """One computation under way.

    Attributes:
        thread: in which its leader runs.
        future: with what it will land; made for the first who joins, since most land unawaited.
    """

    thread: int = field(default_factory=threading.get_ident)
    future: Future[R] | None = None

    def wait(self) -> R:
        """Block this thread until the flight lands.

        Raises:
            AbandonedError: the leader left without trying.
            WaitError: the leader can only go on in this very thread, which would wait for ever.
        """
        future = self._joined()
        if not future.done() and self.thread == threading.get_ident():
            raise WaitError(
                "this would wait for a computation that runs in the same thread; "
                "await the asynchronous call instead"
            )
        return future.result()

    async def wait_async(self) -> R:
        """Wait until the flight lands; raises as `wait` does, but for `WaitError`."""
        # Shielded: a follower that is cancelled must not cancel what others wait for.
        return await asyncio.shield(asyncio.wrap_future(self._joined()))

    def _joined(self) -> Future[R]:
        assert self.future is not None, "only those who joined a flight wait for it"
        return self.future


class FlightTable(Generic[K, R]):
    """Who computes what at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, Flight[R]] = {}

    def board(self, keys: Iterable[K]) -> tuple[dict[K, Flight[R]], dict[K, Flight[R]]]:
        """Lead the flights of those keys that nobody computes, and join the others'.

        Returns:
            The flights that the caller leads and must land, and those it may wait for.
        """
        led: dict[K, Flight[R]] = {}
        joined: dict[K, Flight[R]] = {}
        with self._lock:
            for key in keys:
                flight = self._flights.get(key)
                if flight is None:
                    led[key] = self._flights[key] = Flight()
                else:
                    flight.future = flight.future or Future()
                    joined[key] = flight
        return led, joined

    def land(self, key: K, flight: Flight[R], result: R) -> None:
        """Give those who wait the result."""
        self._remove(key, flight)
        if flight.future is not None:
            flight.future.set_result(result)

    def crash(self, key: K, flight: Flight[R], error: BaseException) -> None:
        """Give those who wait the error, or the work where the leader was merely cancelled."""
        self._remove(key, flight)
        if flight.future is not None:
            cancelled = not isinstance(error, Exception)
            flight.future.set_exception(AbandonedError() if cancelled else error)

    def _remove(self, key: K, flight: Flight[R]) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
