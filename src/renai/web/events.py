"""Server-sent events: what happens is told to every open page at once.

A page that comes late gets the state as it is, and then what changes. A page that does not read
loses nothing it needs: it gets the latest state when it reads again.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_MOST_WAITING = 100  # events for a page that does not read
_SECONDS_BETWEEN = 15.0  # without an event, after which a comment keeps the connection open


class Events:
    """Tells all open pages what happens."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._is_closed = False

    def tell(self, name: str, data: Any) -> None:
        """Tell all pages of an event; it does not wait for any of them."""
        said = _event(name, data)
        for page in self._pages:
            if page.full():
                # What it would have learnt is in the state, for which it is told to ask.
                while not page.empty():
                    page.get_nowait()
                page.put_nowait(_event("reload", {}))
            page.put_nowait(said)

    async def listen(self, name: str, state: Callable[[], Any]) -> AsyncIterator[str]:
        """Yield the state, and then all events, as they go over the wire, until the end.

        Args:
            name: the name of the event that the state is.
            state: gives the state.
        """
        page: asyncio.Queue[str | None] = asyncio.Queue(_MOST_WAITING)
        if self._is_closed:
            return
        self._pages.add(page)
        try:
            yield _event(name, state())
            while True:
                said: str | None = ": still here\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SECONDS_BETWEEN):
                        said = await page.get()
                if said is None:
                    return
                yield said
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """End all streams; pages learn by that that the server has ended."""
        self._is_closed = True
        for page in self._pages:
            while page.full():
                page.get_nowait()
            page.put_nowait(None)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
