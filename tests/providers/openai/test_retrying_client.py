from __future__ import annotations

import asyncio
import time

from renai.providers.openai.retrying_client import Backoff, Pause


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
