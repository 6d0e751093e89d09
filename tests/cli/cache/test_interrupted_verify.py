"""`renai cache verify` of a large file, which several processes check, is told to end."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.processes import processors
from waiting import LIMIT, until

if TYPE_CHECKING:
    from program import Program

COUNT, DIM = 90_000, 512  # more than is checked by one process


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


@pytest.mark.long
@pytest.mark.skipif(processors() < 2, reason="one processor: nothing is shared out")
def test_a_signal_to_it_alone_ends_all_and_the_store_stays_whole(renai: Program) -> None:
    url = f"sqlite:///{renai.cache}/vectors.sqlite"
    renai("cache", "stats")
    with EmbeddingCache(url, Recipe("m"), ledger=False) as cache:
        rng = np.random.default_rng(0)
        for start in range(0, COUNT, 10_000):
            texts = [f"text {n}" for n in range(start, start + 10_000)]
            cache.put(texts, rng.normal(size=(10_000, DIM)).astype(np.float32))
    for number in (signal.SIGINT, signal.SIGTERM):
        for repair in ((), ("--repair",)):
            process = renai.start("cache", "verify", *repair)
            started = until(lambda pid=process.pid: len(children(pid)) >= 3 and children(pid))
            process.send_signal(number)
            _, err = process.communicate(timeout=LIMIT)
            assert process.returncode == 130
            assert "[ERROR] Interrupted. What was done so far is kept." in err
            assert "Traceback" not in err
            until(lambda pids=started: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    checked = renai("cache", "verify")
    assert checked.code == 0
    assert f"{COUNT:,} entries" in checked.out
    assert not renai.entries("quarantine")
