"""Thread pools of our own beside an event loop's default one, for calls that block.

An event loop has one small pool that everybody uses (`asyncio.to_thread`). All of its threads may
be waiting for the result of one of our tasks; if that task needed one of these threads, none would
ever go on.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

R = TypeVar("R")


class Threads:
    """A small thread pool for each event loop, which disappears together with its loop.

    Args:
        name: the prefix of the threads' names.
        at_once: the number of threads in a pool; by default as many as a loop's own pool has.
    """

    def __init__(self, name: str, at_once: int | None = None) -> None:
        self._name = name
        self._at_once = at_once
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor] = (
            WeakKeyDictionary()
        )

    async def run(self, function: Callable[..., R], *arguments: Any) -> R:
        """Call a function in one of the threads, in the caller's context, and return its result."""
        import asyncio  # not needed where nothing is missing from a cache, and long to import
        from concurrent.futures import ThreadPoolExecutor

        loop = asyncio.get_running_loop()
        threads = self._of.get(loop)
        if threads is None:
            threads = self._of[loop] = ThreadPoolExecutor(self._at_once, self._name)
        return await loop.run_in_executor(threads, copy_context().run, function, *arguments)
