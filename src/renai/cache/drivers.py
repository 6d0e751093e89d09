"""The two drivers of a flow: one blocks, one awaits. Neither decides anything.

The asynchronous one hops to a thread for the store, once a batch, and never waits inside a hop: a
small machine has few threads to wait in.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from renai.cache.flow import Await, Claim, Compute, LookUp, Pause, Record, Release
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

    from renai.cache.flow import Claimed, Effect, Flow, Found, Miss, Outcomes
    from renai.cache.leases import HeldLease

K = TypeVar("K", bound="Hashable")
E = TypeVar("E")


R = TypeVar("R")

# A thread that computes keeps the interpreter for 5 ms before the event loop gets it back
# (`sys.getswitchinterval`), and so does each that stands in line with it.
_HOPS_AT_ONCE = 2

_threads = Threads("renai store", _HOPS_AT_ONCE)


class EntryStore(Protocol[K, E]):
    """Where a flow looks entries up, claims and records them."""

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


def drive(
    flow: Flow[K, E], store: EntryStore[K, E], compute: Callable[[Mapping[K, Miss[E]]], list[E]]
) -> Outcomes[K, E]:
    """Run a flow to its end in this thread."""

    def perform(effect: Effect[K, E]) -> Any:
        match effect:
            case Compute(misses):
                return compute(misses)
            case Await(following):
                return following.wait()
            case Pause(seconds):
                return time.sleep(seconds)
            case _:
                return _perform(store, effect)

    try:
        effect = next(flow)
        while True:
            try:
                result = perform(effect)
            except BaseException as error:  # noqa: BLE001 - the flow decides what it means
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        outcomes: Outcomes[K, E] = stop.value
        return outcomes
    finally:
        flow.close()


class AsyncDrive(Generic[K, E]):
    """A flow that is run by a task, which gets control back where something is to be computed.

    Args:
        flow: what is run; it is closed by `close`, or by its end.
        store: where its entries are.

    Attributes:
        outcomes: what the flow brought, once it has ended.
    """

    def __init__(self, flow: Flow[K, E], store: EntryStore[K, E]) -> None:
        self._flow = flow
        self._store = store
        self.outcomes: Outcomes[K, E] | None = None

    async def advance(
        self, computed: list[E] | None = None, error: BaseException | None = None
    ) -> Mapping[K, Miss[E]] | None:
        """Go on until something is to be computed, without blocking the event loop.

        Args:
            computed: what the last call asked for, in that order; None in the first call.
            error: why it could not be computed, instead.

        Returns:
            What is to be computed now, or None at the end.

        Raises:
            BaseException: `error`, when the flow has let go of what it held.
        """
        try:
            effect = self._flow.throw(error) if error else self._flow.send(computed)
            while not isinstance(effect, Compute):
                try:
                    result = await self._perform(effect)
                except BaseException as failure:  # noqa: BLE001 - the flow decides what it means
                    effect = self._flow.throw(failure)
                else:
                    effect = self._flow.send(result)
        except StopIteration as stop:
            self.outcomes = stop.value
            return None
        return effect.misses

    def close(self) -> None:
        """Let go of a flow that has not ended."""
        self._flow.close()

    async def _perform(self, effect: Effect[K, E]) -> Any:
        match effect:
            case Await(following):
                return await following.wait_async()
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case _:
                return await hop(_perform, self._store, effect)


async def drive_async(
    flow: Flow[K, E],
    store: EntryStore[K, E],
    compute: Callable[[Mapping[K, Miss[E]]], Awaitable[list[E]]],
) -> Outcomes[K, E]:
    """Run a flow to its end without blocking the event loop."""
    drive = AsyncDrive(flow, store)
    try:
        misses = await drive.advance()
        while misses is not None:
            try:
                computed = await compute(misses)
            except BaseException as error:  # noqa: BLE001 - the flow decides what it means
                misses = await drive.advance(error=error)
            else:
                misses = await drive.advance(computed)
    finally:
        drive.close()
    assert drive.outcomes is not None
    return drive.outcomes


async def hop(function: Callable[..., R], *arguments: Any) -> R:
    """Call what blocks in a thread; of all tasks of an event loop, two at once."""
    return await _threads.run(function, *arguments)


def _perform(store: EntryStore[K, E], effect: Effect[K, E]) -> Any:
    match effect:
        case LookUp(keys):
            return store.look_up(keys)
        case Claim(keys):
            return store.claim(keys)
        case Record(entries, held):
            return store.record(entries, held)
        case Release(held):
            return store.release(held)
