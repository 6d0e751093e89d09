"""Reserve keys and compute what is missing, in threads or in tasks.

    with cache.reserve_missing(misses) as reserved:
        while reserved.missing:
            reserved.record(make(reserved.missing))
    reserved.outcomes

A reservation drives a flow (`renai.cache.flow`): it does what the flow asks for, stops where
entries are to be computed, and goes on when they are recorded. It decides nothing. A thread uses it
as above, and is blocked while it waits. A task uses `async with` and
`await reserved.arecord(...)`: the store is then called in a helper thread, once for each batch, and
the task itself does the waiting, since a small machine has few threads.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from renai.cache.flow import Await, Claim, Compute, LookUp, Outcomes, Pause, Record, Release
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Coroutine,
        Hashable,
        Iterable,
        Mapping,
        Sequence,
    )
    from types import TracebackType
    from typing import Self

    from renai.cache.flow import Claimed, Effect, Flow
    from renai.cache.leases import HeldLease
    from renai.cache.looked_up import Found, Miss

K = TypeVar("K", bound="Hashable")
E = TypeVar("E")
R = TypeVar("R")

# A thread that computes may keep the interpreter for `sys.getswitchinterval()` before the event
# loop gets it back, and so may each further thread.
_HOPS_AT_ONCE = 2

_threads = Threads("renai store", _HOPS_AT_ONCE)
_recording: set[asyncio.Future[Any]] = set()


class EntryCache(Protocol[K, E]):
    """A cache, as a reservation sees it."""

    def names_of(self, keys: Sequence[K]) -> Sequence[str]:
        """Return the names of the keys' entries."""
        ...

    def look_up(self, keys: Sequence[K]) -> Found[K, E]:
        """Sort different keys into hits and misses."""
        ...

    def claim(self, keys: Sequence[K]) -> Claimed[K, E]:
        """Claim keys, and look up those that no other process holds."""
        ...

    def record(self, entries: Mapping[K, E], lease: HeldLease | None = None) -> Collection[K]:
        """Store entries, release the lease on them, and return the keys of those that are lost."""
        ...

    def release(self, lease: HeldLease) -> None:
        """End a lease under which nothing was recorded."""
        ...

    def count_misses(self, misses: Mapping[K, Miss[E]]) -> None:
        """Count keys that are about to be computed, by reason."""
        ...

    def count_spent(self, keys: Iterable[K], entries: Iterable[E | None], seconds: float) -> None:
        """Count the cost of computing entries, which took so many seconds of wall time together."""
        ...

    def count_shared(self, outcomes: Outcomes[K, E]) -> None:
        """Count the entries that other threads and tasks have computed meanwhile."""
        ...


class Reservation(Generic[K, E]):
    """Keys that are reserved for one block, which computes those that are missing.

    If the block raises, nothing of the present batch is recorded. Those who wait for it get the
    error; or one of them takes over, if the block was cancelled or interrupted.

    Args:
        flow: a flow that has not begun.
        cache: the cache of the entries.

    Attributes:
        missing: the keys that the block must compute and record next, at most a batch, with the
            reasons; empty when none is left.
        outcomes: the outcome of every key, when none is left.
    """

    def __init__(self, flow: Flow[K, E], cache: EntryCache[K, E]) -> None:
        self.missing: Mapping[K, Miss[E]] = {}
        self.outcomes: Outcomes[K, E] = Outcomes()
        self._flow = flow
        self._cache = cache
        self._began = 0.0

    def record(self, entries: Sequence[E | None]) -> None:
        """Store an entry for each missing key, in their order, and go on.

        None stands for an entry that could not be computed; its key is among the `failed` of the
        outcomes.

        Raises:
            ValueError: there are too few or too many entries; none of them is recorded.
            WaitError: a task of this thread's event loop is computing a key.
            Exception: the error of another computation that was waited for.
        """
        self._go_on(self._flow.send, self._take(entries))

    async def arecord(self, entries: Sequence[E | None]) -> None:
        """Record entries like `record`, without blocking the event loop."""
        await self._ago_on(self._flow.send, self._take(entries))

    def __enter__(self) -> Self:
        self._go_on(next, self._flow)
        return self

    async def __aenter__(self) -> Self:
        await self._ago_on(next, self._flow)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.missing:
            self._go_on(self._flow.throw, error or self._nothing_recorded())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.missing:
            await self._ago_on(self._flow.throw, error or self._nothing_recorded())

    def _go_on(self, step: Callable[[Any], Effect[K, E]], value: object) -> None:
        """Take a step of the flow, and do what it asks for until entries are to be computed."""
        try:
            effect = step(value)
            while not isinstance(effect, Compute):
                try:
                    done = self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - the flow decides what it means
                    effect = self._flow.throw(error)
                else:
                    effect = self._flow.send(done)
        except StopIteration as end:
            self._end(end.value)
        except BaseException:
            self._give_up()
            raise
        else:
            self._hand_over(effect.misses)

    async def _ago_on(self, step: Callable[[Any], Effect[K, E]], value: object) -> None:
        """Do as `_go_on` does, without blocking the event loop."""
        try:
            effect = step(value)
            while not isinstance(effect, Compute):
                try:
                    done = await self._aperform(effect)
                except BaseException as error:  # noqa: BLE001 - the flow decides what it means
                    effect = self._flow.throw(error)
                else:
                    effect = self._flow.send(done)
        except StopIteration as end:
            self._end(end.value)
        except BaseException:
            self._give_up()
            raise
        else:
            self._hand_over(effect.misses)

    def _perform(self, effect: Effect[K, E]) -> Any:
        match effect:
            case Await(following):
                return following.wait()
            case Pause(seconds):
                return time.sleep(seconds)
            case _:
                return _ask(self._cache, effect)

    async def _aperform(self, effect: Effect[K, E]) -> Any:
        match effect:
            case Await(following):
                return await following.wait_async()
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Record():
                return await _in_any_case(hop(_ask, self._cache, effect))
            case _:
                return await hop(_ask, self._cache, effect)

    def _hand_over(self, misses: Mapping[K, Miss[E]]) -> None:
        self.missing = misses
        self._cache.count_misses(misses)
        self._began = time.perf_counter()

    def _take(self, entries: Sequence[E | None]) -> Sequence[E | None]:
        seconds = time.perf_counter() - self._began
        self._cache.count_spent(self.missing, entries, seconds)
        self.missing = {}
        return entries

    def _end(self, outcomes: Outcomes[K, E]) -> None:
        self.missing = {}
        self.outcomes = outcomes
        self._cache.count_shared(outcomes)

    def _give_up(self) -> None:
        self.missing = {}
        self._flow.close()

    def _nothing_recorded(self) -> RuntimeError:
        name = self._cache.names_of(list(self.missing))[0]
        return RuntimeError(f"nothing was recorded for {name}")


async def hop(function: Callable[..., R], *arguments: Any) -> R:
    """Call a blocking function in a thread; for all tasks of an event loop, two at a time."""
    return await _threads.run(function, *arguments)


async def all_recorded() -> None:
    """Wait until what cancelled tasks of this event loop had computed is stored.

    Whoever closes a store waits for that first.
    """
    loop = asyncio.get_running_loop()
    while mine := [task for task in _recording if task.get_loop() is loop]:
        await asyncio.wait(mine)


async def _in_any_case(work: Coroutine[Any, Any, R]) -> R:
    """Await work that goes on if this task is cancelled, for it keeps what was paid for."""
    task = asyncio.ensure_future(work)
    _recording.add(task)
    task.add_done_callback(_recording.discard)
    return await asyncio.shield(task)


def _ask(cache: EntryCache[K, E], effect: Effect[K, E]) -> Any:
    match effect:
        case LookUp(keys):
            return cache.look_up(keys)
        case Claim(keys):
            return cache.claim(keys)
        case Record(entries, lease):
            return cache.record(entries, lease)
        case Release(lease):
            return cache.release(lease)
