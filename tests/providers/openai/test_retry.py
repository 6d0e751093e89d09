from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from renai.providers.openai.retry import Backoff, Pause, retry_after

NOON = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "3600"}, 3600),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Tue, 01 Jan 2030 12:00:30 GMT"}, 30),
        ({"retry-after": "Tue, 01 Jan 2030 11:00:00 GMT"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 99 Foo 2030 99:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_milliseconds_or_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOON) == seconds


def test_waits_double_up_to_a_limit_and_spread() -> None:
    backoff = Backoff(first=1, most=8)
    for attempt, longest in enumerate([1, 2, 4, 8, 8, 8]):
        waits = {backoff.delay(attempt) for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest
    assert backoff.delay(10_000) <= 8


async def test_a_pause_holds_everyone_and_can_only_grow() -> None:
    pause = Pause()
    started = time.monotonic()
    await pause.wait()
    waiting = asyncio.gather(*(pause.wait() for _ in range(5)))
    pause.extend(0.05)
    waiting = asyncio.gather(waiting, pause.wait())
    await asyncio.sleep(0)
    pause.extend(0.1)
    pause.extend(0.01)
    await waiting
    await pause.wait()
    assert 0.09 <= time.monotonic() - started < 5
