"""Letting only so many tasks at once go on, without an event loop before there is a task."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Turns:
    """Lets tasks of one event loop go on as `asyncio.Semaphore` does; use it with `async with`.

    It is made also where no task will ever come, and to import asyncio takes long. So that waits
    for the first task.

    Args:
        at_once: the number of tasks that may go on at once.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once

    @cached_property
    def _semaphore(self) -> asyncio.Semaphore:
        import asyncio

        return asyncio.Semaphore(self._at_once)

    async def __aenter__(self) -> None:
        await self._semaphore.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.release()
