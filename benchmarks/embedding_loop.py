"""How long one task that embeds keeps an event loop from everybody else, batch by batch.

A ticker on the same loop says how late it was woken at worst: while vectors are computed, checked,
packed and stored, for large batches and long vectors, from arrays and from lists of numbers, as
most embedders give them; and while all of them are read. Beside it stands how late it is woken
where nothing else goes on, which shows what the machine itself adds.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
from typing import TYPE_CHECKING

import numpy as np

from embedding_material import RECIPE
from embedding_tasks import idle, tick
from measuring import Figure, Report
from renai.embeddings.cache import EmbeddingCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

_MOST_MS = 50
_CASES = (
    # texts, dimension, batch
    (1.0, 384, 256),
    (1.0, 384, 20_000),
    (0.2, 3_072, 4_096),
    (5.0, 8, 256),
)


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure; `count` is the number of texts of the largest batch."""
    rows: list[tuple[str, ...]] = []
    figures = []
    for share, dim, batch in _CASES:
        texts = [f"text {number}" for number in range(int(count * share))]
        vectors = np.random.default_rng(0).normal(size=(len(texts), dim)).astype(np.float32)
        for kind, answers in (("array", vectors), ("lists", vectors.tolist())):
            what = f"{len(texts):,} x {dim:,}, {kind}, batches of {batch:,}"
            lags: dict[str, list[float]] = {"computed": [], "read": [], "nothing": []}
            for turn in range(rounds):
                url = f"sqlite:///{folder}/{dim}-{batch}-{kind}-{turn}.sqlite"
                # To look through what was there before takes Python long, and is not the cache's.
                gc.collect()
                gc.freeze()
                with EmbeddingCache(url, RECIPE, batch_size=batch) as cache:
                    lags["computed"].append(asyncio.run(_embed(cache, texts, answers)))
                    lags["read"].append(asyncio.run(_embed(cache, texts, answers)))
                lags["nothing"].append(asyncio.run(idle(1.0)))
            worst = {name: statistics.median(its) * 1000 for name, its in lags.items()}
            rows.append((what, *(f"{worst[name]:.1f}" for name in lags)))
            figures.append(
                Figure(
                    f"loop blocked, {what}",
                    _MOST_MS,
                    max(worst["computed"], worst["read"]),
                    "{:.1f} ms",
                )
            )
    yield Report(
        "One task embeds, and the event loop waits at worst, in ms",
        ("case", "computed", "read", "nothing"),
        rows,
        figures,
    )


async def _embed(cache: EmbeddingCache, texts: list[str], answers: Any) -> float:
    done = 0

    async def compute(missing: list[str]) -> Any:
        nonlocal done
        done += len(missing)
        await asyncio.sleep(0)
        return answers[done - len(missing) : done]

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0)
    await cache.aembed(texts, compute)
    ticker.cancel()
    return await ticker
