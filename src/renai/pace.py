"""How long the rest of some work may take, by how long its parts took so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from renai.counting import lasted

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Watches some work, and tells how long the rest of it may take.

    Args:
        clock: gives seconds; tests have one of their own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = clock()
        self._done_before: int | None = None
        self._done = 0

    @property
    def seconds(self) -> float:
        """The seconds since the work began."""
        return self._clock() - self._began

    def left(self, done: int, total: int) -> float | None:
        """Return the seconds that the rest may take; None as long as nothing was done.

        Args:
            done: how many parts are done. What was done at the first call counts as no work.
            total: how many there are.
        """
        now = self._clock()
        if self._done_before is None:
            self._done_before = self._done = done
            self._began = now
        if done > self._done:
            self._done, self._last = done, now
        worked = self._done - self._done_before
        if not worked:
            return None
        each = (self._last - self._began) / worked
        waited = now - self._last
        # One that takes more than twice as long as those before says more of the rest than they do.
        each = max(each, waited - each)
        rest = total - self._done
        # Between two parts the time runs down, but not below what the parts after the next take.
        return max(each * rest - waited, each * (rest - 1), 0.0)

    def words(self, done: int, total: int) -> str:
        """Return in words how long the rest may take; as long as nothing is known, `so_far`."""
        left = self.left(done, total)
        if left is None:
            return self.so_far()
        return f"{_rounded(left)} left" if left >= 0.5 else "nearly done"

    def so_far(self) -> str:
        """Return in words how long the work has taken; empty for less than a second."""
        return f"{_rounded(self.seconds)} so far" if self.seconds >= 1 else ""


def _rounded(seconds: float) -> str:
    """Return a duration without tenths, which would only flicker."""
    return lasted(max(10.0, seconds)) if seconds >= 10 else f"{seconds:.0f} s"
