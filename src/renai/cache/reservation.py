"""Reserve what is to be computed: the caller computes, and what is around it is done here.

    with cache.reserve_missing(misses) as reserved:
        while reserved.missing:
            reserved.record(make(reserved.missing))
    reserved.outcomes

A reservation drives a flow (`renai.cache.flow`): it does what the flow wants done, stops where
something is to be computed, and goes on when that is recorded. It decides nothing. Threads use it
as above, and are blocked. Tasks use `async with` and `await reserved.arecord(...)`; then a thread
is asked once for each batch, and nothing waits in it, for a small machine has few threads.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from renai.cache.flow import Await, Claim, Compute, LookUp, Outcomes, Pause, Record, Release
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from renai.cache.flow import Claimed, Effect, Flow, Found, Miss
    from renai.cache.leases import HeldLease

K = TypeVar("K", bound="Hashable")
E = TypeVar("E")
R = TypeVar("R")

# A thread that computes keeps the interpreter for 5 ms before the event loop gets it back
# (`sys.getswitchinterval`), and so does each that stands in line with it.
_HOPS_AT_ONCE = 2

_threads = Threads("renai store", _HOPS_AT_ONCE)


class EntryStore(Protocol[K, E]):
    """Where entries are looked up, claimed, recorded and counted."""

    def names_of(self, keys: Sequence[K]) -> Sequence[str]:
        """Return the names of the keys' entries."""
        ...

    def look_up(self, keys: Sequence[K]) -> Found[K, E]:
        """Sort keys, each of which is asked for once, into hits and misses."""
        ...

    def claim(self, keys: Sequence[K]) -> Claimed[K, E]:
        """Claim keys for ourselves, and then look up those that nobody else has."""
        ...

    def record(self, entries: Mapping[K, E], held: HeldLease | None = None) -> None:
        """Keep entries, and release the lease on them."""
        ...

    def release(self, held: HeldLease) -> None:
        """End a lease under which nothing was recorded."""
        ...

    def count_misses(self, misses: Mapping[K, Miss[E]]) -> None:
        """Count keys that are about to be computed."""
        ...

    def count_spent(self, keys: Iterable[K], entries: Iterable[E], seconds: float) -> None:
        """Count what it took to compute entries: so many seconds of wall time in all."""
        ...

    def count_shared(self, outcomes: Outcomes[K, E]) -> None:
        """Count the entries that others have computed meanwhile."""
        ...


class Reservation(Generic[K, E]):
    """Keys of which some are to be computed by whoever enters the block, and by nobody else.

    If the block raises, nothing of the present batch is recorded, and those who wait for it get
    the error, or take over where it is no `Exception`.

    Args:
        flow: what is to be done; nothing of it has been.
        store: where the entries are.

    Attributes:
        missing: what the block must compute and record now, at most a batch, and why; empty when
            nothing is left.
        outcomes: an outcome for every key, once nothing is left.
    """

    def __init__(self, flow: Flow[K, E], store: EntryStore[K, E]) -> None:
        self.missing: Mapping[K, Miss[E]] = {}
        self.outcomes: Outcomes[K, E] = Outcomes()
        self._flow = flow
        self._store = store
        self._began = 0.0

    def record(self, entries: Sequence[E]) -> None:
        """Keep an entry for each of the missing keys, in their order, and go on.

        Raises:
            ValueError: these are too few or too many; none of them is recorded.
            Exception: with which another computation ended that was waited for.
            WaitError: a key is being computed by a task of this thread's event loop.
        """
        self._go_on(self._flow.send, self._take(entries))

    async def arecord(self, entries: Sequence[E]) -> None:
        """`record` for tasks: the event loop is never blocked."""
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
        """Take a step of the flow, and do what it wants until something is to be computed."""
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
        """`_go_on` for tasks."""
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
                return _ask(self._store, effect)

    async def _aperform(self, effect: Effect[K, E]) -> Any:
        match effect:
            case Await(following):
                return await following.wait_async()
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case _:
                return await hop(_ask, self._store, effect)

    def _hand_over(self, misses: Mapping[K, Miss[E]]) -> None:
        self.missing = misses
        self._store.count_misses(misses)
        self._began = time.perf_counter()

    def _take(self, entries: Sequence[E]) -> Sequence[E]:
        seconds = time.perf_counter() - self._began
        self._store.count_spent(self.missing, entries, seconds)
        self.missing = {}
        return entries

    def _end(self, outcomes: Outcomes[K, E]) -> None:
        self.missing = {}
        self.outcomes = outcomes
        self._store.count_shared(outcomes)

    def _give_up(self) -> None:
        self.missing = {}
        self._flow.close()

    def _nothing_recorded(self) -> RuntimeError:
        name = self._store.names_of(list(self.missing))[0]
        return RuntimeError(f"nothing was recorded for {name}")


async def hop(function: Callable[..., R], *arguments: Any) -> R:
    """Call what blocks in a thread; of all tasks of an event loop, two at once."""
    return await _threads.run(function, *arguments)


def _ask(store: EntryStore[K, E], effect: Effect[K, E]) -> Any:
    match effect:
        case LookUp(keys):
            return store.look_up(keys)
        case Claim(keys):
            return store.claim(keys)
        case Record(entries, held):
            return store.record(entries, held)
        case Release(held):
            return store.release(held)
