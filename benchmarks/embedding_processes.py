"""Eight processes that need the same vectors at once, beside one that has the work to itself.

A text takes a millisecond under one lock for the whole machine, so that nothing is won by computing
in parallel, and each computation is written down, so that what is computed twice is seen.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

# Also starts the tests' servers.
import embedding_material  # noqa: F401
from measuring import Figure, Report
from servers import drop, have_postgres, have_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_AT_ONCE = 8

_EMBED = """
import fcntl, sys, time
import numpy as np
from renai import EmbeddingCache, Recipe
url, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
texts = [f"text {number}" for number in range(count)]

def compute(missing):
    with open(folder + "/lock", "a") as lock, open(folder + "/computed", "a") as computed:
        fcntl.flock(lock, fcntl.LOCK_EX)
        time.sleep(0.001 * len(missing))
        computed.write("".join(text + "\\n" for text in missing))
        computed.flush()
    return np.array([[float(text.split()[1])] * 384 for text in missing], np.float32)

with EmbeddingCache(url, Recipe("benchmark")) as cache:
    print("ready", flush=True)
    sys.stdin.readline()
    vectors = cache.embed(texts, compute).vectors
    print("done", flush=True)
    assert (vectors[:, 383] == np.arange(count)).all()
"""


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    rows, figures = [], list[Figure]()
    for name, places in (
        ("SQLite", _files(folder)),
        ("Redis", _emptied(have_redis)),
        ("PostgreSQL", _emptied(have_postgres)),
    ):
        with places as place:
            alone, together, most = [], [], 0
            for _ in range(rounds):
                alone.append(_run(place(), folder, count, 1)[0])
                seconds, times = _run(place(), folder, count, _AT_ONCE)
                together.append(seconds)
                most = max(most, times)
        ratio = statistics.median(t / a for t, a in zip(together, alone, strict=True))
        rows.append(
            (
                name,
                f"{statistics.median(alone):.2f}",
                f"{statistics.median(together):.2f}",
                f"{ratio:.2f}x",
                str(most),
            )
        )
        figures += [
            Figure(f"{_AT_ONCE} processes / one alone, {name}", 1.3, ratio),
            Figure(f"computations of {count:,} texts, {name}", count, most, "{:,.0f}"),
        ]
    yield Report(
        f"{_AT_ONCE} processes embed the same {count:,} texts at once",
        ("store", "one alone s", f"{_AT_ONCE} at once s", "ratio", "computations"),
        rows,
        figures,
    )


@contextmanager
def _files(folder: Path) -> Iterator[Callable[[], str]]:
    yield lambda: f"sqlite:///{folder}/{time.monotonic_ns()}.sqlite"


@contextmanager
def _emptied(have: Callable[[], object]) -> Iterator[Callable[[], str]]:
    server = have()

    def place() -> str:
        server.empty()
        return server.url

    try:
        yield place
    finally:
        drop(server)


def _run(url: str, folder: Path, count: int, processes: int) -> tuple[float, int]:
    """Seconds until all have all vectors, and how many texts were computed in that time."""
    computed = folder / "computed"
    computed.write_text("")
    command = [sys.executable, "-c", _EMBED, url, str(folder), str(count)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout.readline() == "done\n"
    seconds = time.perf_counter() - started
    for process in running:
        process.communicate()
        assert process.returncode == 0
    texts = computed.read_text().splitlines()
    assert len(set(texts)) == count
    return seconds, len(texts)
