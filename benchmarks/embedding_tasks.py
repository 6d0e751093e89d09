"""Two hundred tasks that embed overlapping batches at once: what is computed, and who is held up.

A ticker on the same event loop says how late it was woken at worst. So it does while nothing else
goes on in this process, which shows what the machine itself adds.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections import Counter
from typing import TYPE_CHECKING

from embedding_material import RECIPE, Material
from measuring import Figure, Report
from renai.embeddings.cache import EmbeddingCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from embedding_material import Vectors

_TASKS = 200
_A_TASK = 1 / 10  # of all texts
_TICK = 0.001


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    material = Material(count)
    size = int(count * _A_TASK)
    step = (count - size) // _TASKS
    batches = [material.texts[task * step :][:size] for task in range(_TASKS)]
    wanted = len({text for batch in batches for text in batch})
    lags, idles, most, seconds = [], [], 0, []
    for round_ in range(rounds):
        url = f"sqlite:///{folder}/{round_}.sqlite"
        # To look through what was there before takes Python 30 ms, and is not the cache's doing.
        gc.collect()
        gc.freeze()
        started = time.perf_counter()
        lag, computed = asyncio.run(_embed(url, material, batches))
        seconds.append(time.perf_counter() - started)
        lags.append(lag)
        idles.append(asyncio.run(idle(seconds[-1])))
        assert len(computed) == wanted
        most = max(most, computed.total())
    lag, nothing = statistics.median(lags) * 1000, statistics.median(idles) * 1000
    yield Report(
        f"{_TASKS} tasks embed overlapping batches, {wanted:,} texts in all, into SQLite",
        ("case", "seconds", "longest wait of the event loop, ms", "computations"),
        [
            (
                "all tasks",
                f"{statistics.median(seconds):.2f}",
                f"{lag:.1f}",
                f"{most:,}",
            ),
            ("nothing for as long", "", f"{nothing:.1f}", ""),
        ],
        [
            Figure("event loop blocked at most", 20, lag, "{:.1f} ms"),
            Figure(f"computations of {wanted:,} texts by tasks", wanted, most, "{:,.0f}"),
        ],
    )


async def _embed(
    url: str, material: Material, batches: list[list[str]]
) -> tuple[float, Counter[str]]:
    """The longest wait of the event loop, and how often each text was computed."""
    computed = Counter[str]()

    async def compute(texts: list[str]) -> Vectors:
        computed.update(texts)
        await asyncio.sleep(0.005)
        return material.compute(texts)

    with EmbeddingCache(url, RECIPE) as cache:
        ticker = asyncio.create_task(tick())
        await asyncio.sleep(0)
        await asyncio.gather(*(cache.aembed(batch, compute) for batch in batches))
        ticker.cancel()
        return await ticker, computed


async def idle(seconds: float) -> float:
    """Return what `tick` says while nothing else goes on for so long."""
    ticker = asyncio.create_task(tick())
    await asyncio.sleep(seconds)
    ticker.cancel()
    return await ticker


async def tick() -> float:
    """Tick until cancelled; returns by how much a tick was late at most, in seconds."""
    latest = 0.0
    try:
        while True:
            due = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            latest = max(latest, time.perf_counter() - due)
    except asyncio.CancelledError:
        return latest
