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

_REFUSED_KEY = 401
_REFUSED_MODEL = 403


class Acceptance:
    """Remembers who was accepted for what.

    Args:
        seconds: how long an acceptance holds.
        now: the seconds of a clock that never goes back.

    Attributes:
        now: the same clock.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._seconds = seconds
        self._accepted: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._refused: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._asking: dict[tuple[str, ...], asyncio.Task[None]] = {}

    def note(self, status: int, asked: float, *what: str) -> None:
        """Note what the upstream has answered, to an identity and for a model.

        Args:
            status: the status of its answer: 401 refuses the identity for all models, and 403 for
                this one; whether a busy or a broken upstream would accept it is not known.
            asked: when the question was sent. A refusal after that counts more than its answer,
                which may have been on its way for long.
            what: the identity and the model.
        """
        if status == _REFUSED_KEY:
            for each in [it for it in self._accepted if it[0] == what[0]]:
                del self._accepted[each]
            _put(self._refused, what[:1], self.now())
        elif status == _REFUSED_MODEL:
            self._accepted.pop(what, None)
            _put(self._refused, what, self.now())
        elif 200 <= status < 300:
            never = float("-inf")
            refused = (self._refused.get(it, never) for it in (what[:1], what))
            if asked > max(refused):
                _put(self._accepted, what, self.now())

    def holds(self, *what: str) -> bool:
        """Return whether it was accepted not too long ago."""
        since = self._accepted.get(what)
        return since is not None and self.now() - since < self._seconds

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
            asking = asyncio.ensure_future(ask())
            self._asking[what] = asking
            asking.add_done_callback(lambda _: self._asking.pop(what, None))
        await asyncio.shield(asking)  # whoever leaves does not end it for the others


def _put(table: OrderedDict[tuple[str, ...], float], what: tuple[str, ...], moment: float) -> None:
    table[what] = moment
    table.move_to_end(what)
    if len(table) > _MOST:
        table.popitem(last=False)
