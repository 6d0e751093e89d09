"""What the server does while pages are shown: one piece of work at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from renai.errors import RenaiError, UsageError
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_log = logging.getLogger("renai")

_SECONDS_BETWEEN_REPORTS = 0.1


class Background:
    """A piece of work that is under way beside the pages, or none.

    Args:
        on_progress: called again and again while it is under way.
        on_failure: called with a sentence that says why it has failed.
    """

    def __init__(
        self, *, on_progress: Callable[[], None], on_failure: Callable[[str], None]
    ) -> None:
        self._on_progress = on_progress
        self._on_failure = on_failure
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a piece of work.

        Raises:
            UsageError: another one is under way.
        """
        if self._task and not self._task.done():
            work.close()
            raise UsageError("something is under way; wait for it, or stop it")
        self._task = asyncio.create_task(self._watched(work))

    async def done(self) -> None:
        """Wait for its end."""
        if self._task:
            with suppress(Exception):
                await self._task

    async def cancel(self) -> None:
        """Break it off, if it is under way, and wait until it has ended."""
        if self._task and not self._task.done():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        reports = asyncio.create_task(self._report())
        try:
            await work
        except RenaiError as error:
            self._on_failure(printable(str(error)))
        except Exception:  # noqa: BLE001 - a page that waits must be told
            _log.exception("The page's run has failed")
            self._on_failure("Something unforeseen has happened; the terminal says what.")
        finally:
            reports.cancel()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_REPORTS)
            self._on_progress()
