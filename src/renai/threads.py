"""Threads beside an event loop's own, for calls that block.

An event loop has a few threads for whoever asks (`asyncio.to_thread`). All of them may be waiting
for what a task of ours is about to bring; if that task needed one of them, none would ever go on.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")


class Threads:
    """A few threads for each event loop, which go with it.

    Args:
        name: what the threads are called.
        at_once: how many there are; by default as many as an event loop has.
    """

    def __init__(self, name: str, at_once: int | None = None) -> None:
        self._name = name
        self._at_once = at_once
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor] = (
            WeakKeyDictionary()
        )

    async def run(self, function: Callable[..., R], *arguments: Any) -> R:
        """Call a function in one of them, in the context of the caller."""
        loop = asyncio.get_running_loop()
        threads = self._of.get(loop)
        if threads is None:
            threads = self._of[loop] = ThreadPoolExecutor(self._at_once, self._name)
        return await loop.run_in_executor(threads, copy_context().run, function, *arguments)
