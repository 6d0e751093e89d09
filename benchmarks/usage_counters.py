"""What usage counters cost, what their database survives, and how fast that is read.

    python benchmarks/usage_counters.py [--hits 10000] [--events 1000000] [--rounds 7]

A warm run finds, looks up and counts so many documents, in this process, with a usage database and
without one in turns. Eight processes count at once into one file, and one is killed while it
counts; what they said they had counted is compared with what the file holds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from docs_pages import load, machine, shown
from made_cache import fill, made_document, put_into
from measuring import COMPARED, Figure, Report, Rounds, figure_table
from program import World
from renai import BookProcessor, Orchestrator
from renai.cache.cache import Cache
from renai.configuration import load_settings
from renai.maintenance.stats import gather
from renai.metadata.request import make_request
from renai.usage.counters import Counts, TotalCost, UsageKey
from renai.usage.database import UsageDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESSES = 8
_DAYS, _MODELS = 365, 5

_COUNTING = """
import sys
from collections import Counter
from pathlib import Path
from renai.usage.counters import UsageKey, Counts
from renai.usage.database import UsageDatabase
database, key = UsageDatabase(Path(sys.argv[1])), UsageKey("metadata", "p", "m")
for number in range(int(sys.argv[2])):
    database.add({key: Counts(Counter(hit=1))})
    if len(sys.argv) > 3 and number % 100 == 99:
        print(number + 1, flush=True)
"""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="renai-usage-") as folder:
        for report in reports(Path(folder), arguments):
            print(f"\n{shown(report)}\n\n{figure_table(report.figures)}", flush=True)
    print(f"\n{load()}")


def reports(folder: Path, arguments: argparse.Namespace) -> Iterator[Report]:
    """Count, and see what it costs."""
    yield _reading(folder / "read.sqlite", arguments.events, arguments.rounds)
    yield _surviving(folder)
    yield _counting(World(folder), arguments.hits, arguments.rounds)


def _reading(path: Path, events: int, rounds: int) -> Report:
    database, today = UsageDatabase(path), date.today()
    each = events // (_DAYS * _MODELS)
    saved = TotalCost(each * 2000, each, each * 2500, each * 80, each * 1.0, each * 0.0005)
    for number in range(_DAYS * _MODELS):
        key = UsageKey("metadata", "custom", f"model {number // _DAYS}")
        day = today - timedelta(days=number % _DAYS)
        database.add({key: Counts(Counter(hit=each), saved=saved)}, day)
    database.flush()

    def read() -> None:
        assert gather(database.read()).total.hits == each * _DAYS * _MODELS

    measured = Rounds({"stats": read}, rounds)
    return Report(
        f"`stats` over {events:,} events of a year, {_MODELS} models",
        COMPARED,
        measured.rows("stats"),
        [Figure("stats, in process", 300, 1000 * measured.wall("stats"), "{:.0f} ms")],
    )


def _surviving(folder: Path) -> Report:
    together, killed = folder / "together.sqlite", folder / "killed.sqlite"
    times = 20_000
    writers = [_start(together, times) for _ in range(_PROCESSES)]
    for writer in writers:
        assert writer.wait() == 0
    lost = _PROCESSES * times - _hits(together)

    victim = _start(killed, 10**9, "tell")
    assert victim.stdout is not None
    victim.stdout.readline()
    batches = _watched(killed)
    victim.send_signal(signal.SIGKILL)
    counted = int(victim.stdout.read().split()[-1])
    lost_by_kill = max(0, counted - _hits(killed))
    rows = [
        (f"{_PROCESSES} processes at once", f"{_PROCESSES * times:,}", f"{lost:,}"),
        ("one, killed", f"{counted:,}", f"{lost_by_kill:,}"),
    ]
    return Report(
        "What is counted and what is lost",
        ("case", "counted", "lost"),
        rows,
        [
            Figure(f"lost by {_PROCESSES} processes at once", 0, lost, "{:.0f}"),
            Figure("lost by a kill / largest batch", 1, lost_by_kill / max(batches), "{:.2f}"),
        ],
    )


def _watched(path: Path) -> list[int]:
    """By how much what is counted in a file grows at a time, for two batches and a while longer."""
    totals = [0]
    while len(totals) < 3:
        if path.exists() and (total := _hits(path)) > totals[-1]:
            totals.append(total)
        time.sleep(0.02)
    time.sleep(0.5)
    return [later - earlier for earlier, later in pairwise(totals)]


def _start(path: Path, times: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _COUNTING, str(path), str(times), *more],
        stdout=subprocess.PIPE,
        text=True,
    )


def _hits(path: Path) -> int:
    return sum(counts.hits for _, _, counts in UsageDatabase(path).read())


def _counting(world: World, hits: int, rounds: int) -> Report:
    os.environ.update(world.environment())
    settings = load_settings(fallback_mode="none")
    request = make_request(settings, "offline", None)
    documents = [made_document(world.library, number) for number in range(hits)]
    fill(put_into(world.cache), iter(documents), request)
    books = BookProcessor(settings=settings)

    def run() -> None:
        orchestrator = Orchestrator(books)

        async def survey() -> None:
            await orchestrator.find([world.library])
            await orchestrator.fill()

        asyncio.run(survey())
        assert orchestrator.survey.cached == hits

    @contextmanager
    def nothing_counted() -> Iterator[None]:
        with patch.object(Cache, "_count_hits", lambda *_: None):
            yield

    def without() -> None:
        with nothing_counted():
            run()

    run()  # digests the files, which the memo then knows
    time.sleep(2)  # a file of this moment is not remembered
    run()
    measured = Rounds({"without a database": without, "with it": run}, rounds)
    asyncio.run(books.aclose())
    ratio, cpu = (measured.ratio("with it", "without a database", of) for of in ("wall", "cpu"))
    return Report(
        f"Finding {hits:,} documents and what is known of them",
        COMPARED,
        measured.rows("without a database"),
        [
            Figure("with a database / without", 1.02, ratio, "{:.3f}x"),
            Figure("the same in processor time", 1.02, cpu, "{:.3f}x"),
        ],
    )


if __name__ == "__main__":
    main()
