"""A first run that asks a model about every file, beside the schedule of the calls alone.

The model is an endpoint on this machine that answers after a tenth of a second. With so many
calls in flight no run can take less than `files / calls in flight` tenths of a second. Reading the
documents goes on meanwhile, and what it takes by itself is shown beside.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import statistics
import time
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

from made_library import make_library
from measuring import Figure, Report, Rounds
from program import RunningEndpoint, World
from renai import BookProcessor, Orchestrator
from renai.configuration import load_settings
from renai.documents.sandbox.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_DELAY = 0.1
_IN_FLIGHT = 8
_AT_ONCE = 4  # documents, so that both workers always have a next one


def report(folder: Path, count: int, rounds: int) -> Report:
    """Measure."""
    world = World(folder)
    make_library(world.library, count, suffixes=(".pdf",))
    paths = sorted(world.library.rglob("*.pdf"))
    first = folder / "first.txt"
    first.write_text("The First\nby Nobody\n")
    os.environ.update(world.environment())
    with RunningEndpoint(_DELAY) as custom:
        os.environ.update(custom)
        taken: dict[str, list[float]] = {"reading": [], "filling": []}

        def read() -> None:
            taken["reading"].append(asyncio.run(_read(paths, first)))

        def fill() -> None:
            shutil.rmtree(world.cache, ignore_errors=True)
            taken["filling"].append(asyncio.run(_fill(world, first, count)))

        with (folder / "log").open("w") as log, redirect_stderr(log):
            measured = Rounds({"reading": read, "filling": fill}, rounds)
    schedule = math.ceil(count / _IN_FLIGHT) * _DELAY
    reading, filling = (statistics.median(seconds) for seconds in taken.values())
    return Report(
        f"A first run over {count:,} PDFs, {_DELAY:g} s an answer, {_IN_FLIGHT} in flight",
        ("case", "wall s", "processor s", "wall by the schedule's"),
        [
            ("the calls' schedule", f"{schedule:.1f}", "", "1.00x"),
            _row("reading the documents alone", reading, measured.cpu("reading"), schedule),
            _row("the run, with reading in it", filling, measured.cpu("filling"), schedule),
        ],
        [Figure("the run / the schedule and reading", 1.15, filling / (schedule + reading))],
    )


def _row(name: str, wall: float, cpu: float, schedule: float) -> tuple[str, ...]:
    return name, f"{wall:.1f}", f"{cpu:.1f}", f"{wall / schedule:.2f}x"


async def _read(paths: Sequence[Path], first: Path) -> float:
    """Seconds to read all, once a worker has started."""
    waiting = iter(paths)
    settings = load_settings()
    async with WorkerPool(
        settings.workers,
        time_limit=settings.document_seconds,
        memory_limit=settings.document_memory,
    ) as pool:
        await pool.read(first)
        started = time.perf_counter()

        async def work_off() -> None:
            for path in waiting:
                await pool.read(path)

        await asyncio.gather(*(work_off() for _ in range(_AT_ONCE)))
        return time.perf_counter() - started


async def _fill(world: World, first: Path, count: int) -> float:
    """Seconds from the first look to the last answer, once a first call has been made."""
    async with BookProcessor("custom", settings=load_settings(concurrency=_IN_FLIGHT)) as books:
        await books.process(first)
        orchestrator = Orchestrator(books)
        await orchestrator.find([world.library])
        started = time.perf_counter()
        await orchestrator.fill()
        assert orchestrator.survey.asked == count
        return time.perf_counter() - started
