"""Waiting for a condition, so that no test depends on how fast the machine is today.

`LIMIT` is the one limit of the tests: it turns a hang into a failure and decides nothing else.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LIMIT = 300.0
"""Seconds after which something hangs, on the slowest machine."""

_EVERY = 0.01


def until(condition: Callable[[], T]) -> T:
    """Return what a condition gives as soon as that is true.

    Raises:
        AssertionError: it did not come true.
    """
    last = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < last, "what was waited for did not come"
        time.sleep(_EVERY)
    return found


async def until_async(condition: Callable[[], T]) -> T:
    """Return what a condition gives as soon as that is true, and let other tasks go on.

    Raises:
        AssertionError: it did not come true.
    """
    last = time.monotonic() + LIMIT
    while not (found := condition()):
        assert time.monotonic() < last, "what was waited for did not come"
        await asyncio.sleep(_EVERY)
    return found


def unless_it_hangs(function: Callable[[], T]) -> T:
    """Return what a function gives that might wait for ever if it were wrong.

    Raises:
        AssertionError: it waits.
    """
    given: list[T] = []
    failed: list[BaseException] = []

    def call() -> None:
        try:
            given.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failed.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert not thread.is_alive(), "it hangs"
    if failed:
        raise failed[0]
    return given[0]


def when_followed(cache: Any, call: Callable[[], object]) -> None:
    """Have something called as soon as anybody waits for what another one computes in a cache."""
    board = cache._flights.board

    def note(keys: Any) -> Any:
        led, following = board(keys)
        if following is not None:
            call()
        return led, following

    cache._flights.board = note
