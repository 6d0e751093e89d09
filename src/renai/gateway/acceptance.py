"""Whose keys the upstream has accepted, and how long ago.

A gateway cannot know which keys are good. It knows that the upstream has just answered one; so for
a while that key gets answers from the cache. After that, and for a key never seen, the upstream is
asked.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MOST = 10_000
"""The most keys and models that are remembered; whoever is forgotten is asked about again."""

_REFUSED = (401, 403)


class Acceptance:
    """Remembers who was accepted for what.

    Args:
        seconds: how long an acceptance holds.
        now: the seconds of a clock that never goes back.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._accepted: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._asking: dict[tuple[str, ...], asyncio.Task[None]] = {}

    def note(self, status: int, *what: str) -> None:
        """Note what the upstream has answered, to an identity and for a model.

        Args:
            status: the status of its answer; whether a busy or a broken upstream would accept the
                key is not known.
            what: the identity and the model.
        """
        if status in _REFUSED:
            self._accepted.pop(what, None)
        elif 200 <= status < 300:
            self._accepted[what] = self._now()
            self._accepted.move_to_end(what)
            if len(self._accepted) > _MOST:
                self._accepted.popitem(last=False)

    def holds(self, *what: str) -> bool:
        """Return whether it was accepted not too long ago."""
        since = self._accepted.get(what)
        return since is not None and self._now() - since < self._seconds

    async def ensure(self, ask: Callable[[], Awaitable[None]], *what: str) -> None:
        """Ask whether it is accepted, unless that is known; several at once ask one time.

        Args:
            ask: asks the upstream; notes what it says, and raises if it refuses.
            what: the identity and the model.
        """
        if self.holds(*what):
            return
        asking = self._asking.get(what)
        if asking is None:
            asking = asyncio.ensure_future(_waited_for(ask))
            self._asking[what] = asking
            asking.add_done_callback(lambda _: self._asking.pop(what, None))
        await asyncio.shield(asking)  # whoever leaves does not end it for the others


async def _waited_for(ask: Callable[[], Awaitable[None]]) -> None:
    await ask()
