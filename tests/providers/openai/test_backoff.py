from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

from renai.providers.openai import backoff as waiting
from renai.providers.openai.backoff import Backoff, Pause

if TYPE_CHECKING:
    import pytest


def test_waits_double_up_to_a_limit_and_spread() -> None:
    backoff = Backoff(first=1, most=8)
    for attempt, longest in enumerate([1, 2, 4, 8, 8, 8]):
        waits = {backoff.delay(attempt) for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest
    assert backoff.delay(10_000) <= 8


async def test_a_pause_holds_everyone_and_can_only_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = 1000.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        if len(slept) == 1:
            pause.extend(100)
            pause.extend(10)
        now += seconds
        await asyncio.sleep(0)

    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(waiting, "asyncio", SimpleNamespace(sleep=sleep))
    pause = Pause()
    await pause.wait()
    assert not slept
    pause.extend(50)
    await pause.wait()
    assert slept == [50, 50]
    await pause.wait()
    assert now == 1100
    pause.extend(20)
    await asyncio.gather(*(pause.wait() for _ in range(5)))
    assert now >= 1120
