"""Single flight: in one process, each key is computed once at a time.

A flight is one computation of a key that is under way. One table of flights serves threads and
tasks. The first to board a key leads its flight and must end it: by landing with a result, by
crashing with an error, or by abandoning it when the leader was cancelled, so that one of the
followers takes over. A follower that is cancelled affects no other.

Keys come in batches, and many tasks may want the same ones. So a follower is woken once, when all
flights that it follows have ended: to be woken for every key would keep an event loop busy.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from renai.errors import WaitError
from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class Following(Generic[K, R]):
    """The flights that one follower waits for.

    Attributes:
        leaders: for each flight that is still under way, the thread in which its leader runs.
        landed: the results of flights that landed; abandoned ones are in neither.
        lost: the keys of those whose results could not be stored, and cannot be stored later.
        error: the error of the first flight that crashed.
        ended: is done when all flights have ended.
    """

    leaders: dict[K, int]
    landed: dict[K, R] = field(default_factory=dict)
    lost: set[K] = field(default_factory=set)
    error: Exception | None = None
    ended: Future[None] = field(default_factory=Future)

    def wait(self) -> dict[K, R]:
        """Block this thread until all flights have ended, and return the results of those landed.

        Raises:
            Exception: the error of a flight that crashed.
            WaitError: a leader runs in this very thread, which would wait for ever.
        """
        if threading.get_ident() in list(self.leaders.values()):
            raise WaitError(
                "this would wait for a computation that runs in the same thread; "
                "await the asynchronous call instead"
            )
        self.ended.result()
        return self._result()

    async def wait_async(self) -> dict[K, R]:
        """Wait like `wait`, without blocking; this never raises `WaitError`."""
        import asyncio  # not needed where nothing is missing from a cache, and long to import

        await asyncio.wrap_future(self.ended)
        return self._result()

    def _result(self) -> dict[K, R]:
        if self.error is not None:
            raise self.error
        return self.landed


class FlightTable(Generic[K, R]):
    """The flights that are under way in a cache.

    A flow that nobody drives any more abandons its flights when Python collects it, in whatever
    thread, even in one that is busy with this very table. So they are put aside, and whoever holds
    the lock ends them.
    """

    def __init__(self) -> None:
        self._lock: threading.Lock
        self._leaders: dict[K, int]  # the thread that each runs in
        self._followers: dict[K, list[Following[K, R]]]
        self._abandoned: deque[Collection[K]]
        renew_after_fork(self, _begin_empty)

    def board(self, keys: Collection[K]) -> tuple[set[K], Following[K, R] | None]:
        """Lead the flights of keys that are not under way, and follow those of the others.

        Returns:
            The keys whose flights the caller leads and must end; and the flights to wait for, if
            there are others.
        """
        following: Following[K, R] | None = None
        with self._lock:
            ended = self._take_off_abandoned()
            others = {key: self._leaders[key] for key in keys if key in self._leaders}
            led = set(keys).difference(others)
            self._leaders.update(dict.fromkeys(led, threading.get_ident()))
            if others:
                following = Following(others)
                for key in others:
                    self._followers.setdefault(key, []).append(following)
        self._tell(ended)
        return led, following

    def land(self, results: Mapping[K, R], lost: Collection[K] = ()) -> None:
        """End flights that the caller leads with results, which their followers get.

        Args:
            results: the results.
            lost: the keys of those that could not be stored, and cannot be stored later.
        """
        self._end(results, results, None, lost)

    def crash(self, keys: Collection[K], error: Exception) -> None:
        """End flights that the caller leads with an error, which their followers get."""
        self._end(keys, {}, error)

    def abandon(self, keys: Collection[K]) -> None:
        """End flights that the caller leads without a result; one of the followers takes over."""
        self._abandoned.append(keys)
        self._end_abandoned()

    def _end(
        self,
        keys: Collection[K],
        results: Mapping[K, R],
        error: Exception | None,
        lost: Collection[K] = (),
    ) -> None:
        with self._lock:
            ended = [*self._take_off_abandoned(), *self._take_off(keys, results, error, lost)]
        self._tell(ended)

    def _end_abandoned(self) -> None:
        """End what was abandoned; if the lock is held, its holder does so, who looks afterwards."""
        while self._abandoned and self._lock.acquire(blocking=False):
            try:
                ended = self._take_off_abandoned()
            finally:
                self._lock.release()
            _wake(ended)

    def _tell(self, ended: Sequence[Following[K, R]]) -> None:
        _wake(ended)
        if self._abandoned:
            self._end_abandoned()

    def _take_off_abandoned(self) -> list[Following[K, R]]:
        ended: list[Following[K, R]] = []
        while self._abandoned:
            ended += self._take_off(self._abandoned.popleft(), {}, None, ())
        return ended

    def _take_off(
        self,
        keys: Collection[K],
        results: Mapping[K, R],
        error: Exception | None,
        lost: Collection[K],
    ) -> list[Following[K, R]]:
        """Take flights off the table, and return the followers that follow no others."""
        ended = []
        for key in keys:
            self._leaders.pop(key, None)  # after a fork, it may be the parent's
        followed = [key for key in keys if key in self._followers] if self._followers else ()
        for key in followed:
            for following in self._followers.pop(key):
                del following.leaders[key]
                following.error = following.error or error
                if key in results:
                    following.landed[key] = results[key]
                if key in lost:
                    following.lost.add(key)
                if not following.leaders:
                    ended.append(following)
        return ended


def _wake(ended: Iterable[Following[Any, Any]]) -> None:
    for following in ended:
        if following.ended.set_running_or_notify_cancel():  # otherwise the follower was cancelled
            following.ended.set_result(None)


def _begin_empty(it: FlightTable[Any, Any]) -> None:
    """Have no flight: a forked child has none of the threads that would end those under way."""
    it._lock = threading.Lock()
    it._leaders, it._followers = {}, {}
    it._abandoned = deque()
