"""The two drivers of a flow: one blocks, one awaits. Neither decides anything.

The asynchronous one hops to a thread for the store, once a batch, and never waits inside a hop: a
small machine has few threads to wait in.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

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


class Shelf(Protocol[K, E]):
    """Where a flow's entries lie."""

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
    flow: Flow[K, E], shelf: Shelf[K, E], compute: Callable[[Mapping[K, Miss[E]]], list[E]]
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
                return _ask(shelf, effect)

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


async def drive_async(
    flow: Flow[K, E],
    shelf: Shelf[K, E],
    compute: Callable[[Mapping[K, Miss[E]]], Awaitable[list[E]]],
) -> Outcomes[K, E]:
    """Run a flow to its end without blocking the event loop."""

    async def perform(effect: Effect[K, E]) -> Any:
        match effect:
            case Compute(misses):
                return await compute(misses)
            case Await(following):
                return await following.wait_async()
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case _:
                return await hop(_ask, shelf, effect)

    try:
        effect = next(flow)
        while True:
            try:
                result = await perform(effect)
            except BaseException as error:  # noqa: BLE001 - the flow decides what it means
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        outcomes: Outcomes[K, E] = stop.value
        return outcomes
    finally:
        flow.close()


async def hop(function: Callable[..., R], *arguments: Any) -> R:
    """Call what blocks in a thread; of all tasks of an event loop, two at once."""
    return await _threads.run(function, *arguments)


def _ask(shelf: Shelf[K, E], effect: LookUp[K] | Claim[K] | Record[K, E] | Release) -> Any:
    match effect:
        case LookUp(keys):
            return shelf.look_up(keys)
        case Claim(keys):
            return shelf.claim(keys)
        case Record(entries, held):
            return shelf.record(entries, held)
        case Release(held):
            return shelf.release(held)
