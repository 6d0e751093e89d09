"""A run over a library that is cached whole: what it opens, how long it takes.

It is compared with a bare loop over the same files, which does what no cache of this kind can do
without: it walks the tree, stats every file, and reads and parses its metadata entry. The loop
compares nothing, checks nothing, and makes no plan. The first run has renamed the files, so the
plan finds that each has its name already.
"""

# The loop is to be as bare as can be.
# ruff: noqa: PTH116, PTH123
from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import sys
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

from measuring import COMPARED, Figure, Report, Rounds
from renai import BookProcessor, Orchestrator, get_metadata_cache_path
from renai.__main__ import OBJECTS_BETWEEN_COLLECTIONS
from renai.cli.logs import log_to_stderr

if TYPE_CHECKING:
    from program import World

_SPY = """
import sys
from renai.__main__ import main
opened = open(sys.argv.pop(1), "w")
def spy(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        print(arguments[0], file=opened)
sys.addaudithook(spy)
main()
"""


def report(world: World) -> Report:
    """Measure over a library that a first run has read."""
    os.environ.update(world.environment())
    books = BookProcessor()
    found = _surveyed(books, world)
    entries = {
        str(job.path): get_metadata_cache_path(
            job.file_hash, books.provider.name, books.provider.model
        )
        for job in found.survey.jobs
        if job.file_hash
    }

    def loop() -> None:
        known = {}
        for folder, _, names in os.walk(world.library):
            for name in names:
                path = f"{folder}/{name}"
                os.stat(path)
                with open(entries[path], "rb") as entry:
                    known[path] = json.loads(entry.read())
        assert len(known) == len(entries)

    def plan() -> None:
        assert len(_surveyed(books, world).plan()) == len(entries)

    def command() -> None:
        world.run(str(world.library), "--yes")

    # Both as the program does it; the loop gains by it, too.
    log_to_stderr()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    with (world.folder / "log").open("w") as log, redirect_stderr(log):
        rounds = Rounds({"bare loop": loop, "find, fill, plan": plan, "renai PATH": command})
    asyncio.run(books.aclose())
    ratio = rounds.ratio("find, fill, plan", "bare loop")
    beyond, beyond_cpu = (rounds.beyond("renai PATH", "bare loop", of) for of in ("wall", "cpu"))
    return Report(
        f"A warm run over {len(entries):,} files",
        COMPARED,
        rounds.rows("bare loop"),
        [
            Figure("documents opened by the command", 0, documents_opened(world), "{:.0f}"),
            Figure("find, fill, plan / bare loop", 3, ratio),
            Figure("renai PATH / bare loop", 2.2, rounds.ratio("renai PATH", "bare loop")),
            Figure("renai PATH - bare loop", 0.8, beyond, "{:.2f} s"),
            Figure("the same in processor time", 0.8, beyond_cpu, "{:.2f} s"),
        ],
    )


def _surveyed(books: BookProcessor, world: World) -> Orchestrator:
    orchestrator = Orchestrator(books)

    async def survey() -> None:
        await orchestrator.find([world.library])
        await orchestrator.fill()

    asyncio.run(survey())
    assert not orchestrator.survey.asked, "the library is not cached whole"
    return orchestrator


def documents_opened(world: World) -> int:
    """How many files of the library one run opens, as the system saw it where it can be asked."""
    trace = world.folder / "trace"
    words = (str(world.library), "--yes")
    if strace := shutil.which("strace"):
        spied = (strace, "-f", "-qq", "-e", "trace=openat,open", "-o", str(trace))
        world.run(*words, command=(*spied, sys.executable, "-m", "renai"))
        lines = [x for x in trace.read_text().splitlines() if "O_DIRECTORY" not in x]
    else:
        world.run(*words, command=(sys.executable, "-c", _SPY, str(trace)))
        lines = trace.read_text().splitlines()
    return sum(f"{world.library}{os.sep}" in line for line in lines)
