"""How long is waited before a request is sent again: by one call, and by all of them."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from renai.settings import DEFAULT_LOADING_SECONDS


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before each further attempt, in seconds.

    Attributes:
        first: the wait before the second attempt; doubled before each later one.
        most: the longest wait of our own choosing.
        patience: the longest wait an endpoint may ask for; beyond it the call counts as failed.
        loading: how long a model that is still being loaded is waited for.
    """

    first: float = 0.5
    most: float = 20.0
    patience: float = 900.0
    loading: float = DEFAULT_LOADING_SECONDS

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait after a failed attempt (0 for the first), with jitter."""
        doubled = self.first * 2.0 ** min(attempt, 64)
        return random.uniform(0.5, 1.0) * min(self.most, doubled)  # noqa: S311 - no secret


class Pause:
    """A moment before which no worker sends a request."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def left(self) -> float:
        """The seconds that are left of the pause; 0 if there is none."""
        return max(0.0, self._until - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Pause for this many seconds from now, unless a longer pause is set."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Wait until requests are allowed again."""
        while left := self.left:  # noqa: ASYNC110 - a time, not an event
            await asyncio.sleep(left)
