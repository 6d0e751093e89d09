"""Waiting for what clients send, but not for ever, by one timer for all of them.

`asyncio.timeout` starts and ends a timer of its own for each wait, which takes longer than looking
up a vector. Nearly all bodies are there already when they are waited for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive

_BETWEEN_LOOKS = 1.0
"""Seconds; so much later than it should, at most, a wait ends."""


class Patience:
    """Ends the waiting of tasks when their time is over."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until: dict[asyncio.Task[object], float] = {}
        self._over: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def within(self, seconds: float, receive: Receive) -> Message:
        """Return what is received next.

        Args:
            seconds: how long to wait for it.
            receive: gives it.

        Raises:
            TimeoutError: it does not come.
        """
        task = asyncio.current_task(self._loop)
        assert task is not None
        cancelled_before = task.cancelling()
        self._until[task] = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(_BETWEEN_LOOKS, self._look)
        try:
            return await receive()
        except asyncio.CancelledError:
            # Somebody else may have cancelled the task as well, which counts more.
            if task in self._over and task.cancelling() == cancelled_before + 1:
                raise TimeoutError from None
            raise
        finally:
            del self._until[task]
            if task in self._over:
                self._over.remove(task)
                task.uncancel()

    def _look(self) -> None:
        """End what has waited too long, and look again as long as anybody waits."""
        now = self._loop.time()
        for task, until in self._until.items():
            if until <= now and task not in self._over:
                self._over.add(task)
                task.cancel()
        self._timer = None
        if self._until:
            self._timer = self._loop.call_later(_BETWEEN_LOOKS, self._look)
