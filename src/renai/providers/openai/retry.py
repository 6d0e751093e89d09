"""When to call again: the backoff of one call, and the pause that all calls share.

The SDK retries too, but each call for itself, and it gives up where an endpoint asks for more than
two minutes. Here an endpoint that says `Retry-After` is left in peace by every worker until then.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before each further attempt, in seconds.

    Attributes:
        first: before the second attempt; doubled before each later one.
        most: the longest wait of our own choosing.
        patience: the longest wait an endpoint may ask for before the call counts as failed.
    """

    first: float = 0.5
    most: float = 20.0
    patience: float = 900.0

    def delay(self, attempt: int) -> float:
        """Choose the wait after a failed attempt (0 for the first), spread so that workers part."""
        doubled = self.first * 2.0 ** min(attempt, 64)
        return random.uniform(0.5, 1.0) * min(self.most, doubled)  # noqa: S311 - no secret


class Pause:
    """A time until which nobody calls."""

    def __init__(self) -> None:
        self._until = 0.0

    def extend(self, seconds: float) -> None:
        """Let nobody call for so long from now."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Return once calling is allowed."""
        while (left := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 - a time, not an event
            await asyncio.sleep(left)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read how many seconds a response asks to wait; None if it does not say.

    `retry-after-ms` goes before `Retry-After`, which holds seconds or an HTTP date (RFC 9110,
    section 10.2.3).
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    try:
        date = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
