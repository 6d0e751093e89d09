"""Cold extraction of the corpus' PDFs through renai's workers, beside a bare loop over PDFium.

    CORPUS=~/corpus python benchmarks/extraction.py

The bare loop is one process that does nothing but ask PDFium for the text of each page until the
text limit is reached, as renai does. Two processes can at best take half of its time, and have to
be started; that is what the workers are held against. They do more for it: type sizes and places
of the lines of the first two pages, properties, XMP, whole words, one document's crash kept from
the next, and everything sent through a pipe.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2

from corpus import corpus_folder, documents, spread
from measuring import Figure, Report, figure_table
from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DocumentError
from text_pool import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROCESSES = 2
_AT_ONCE = 2 * _PROCESSES  # documents, so that each worker always has a next one


def bare(paths: Sequence[Path]) -> int:
    """One process, text only.

    Returns:
        The characters that there were.
    """
    return sum(text_of(str(path)) for path in paths)


async def through_workers(paths: Sequence[Path]) -> None:
    """Two processes that are started for it, and end with it."""
    waiting = iter(paths)
    async with WorkerPool(_PROCESSES) as pool:

        async def work_off() -> None:
            for path in waiting:
                try:
                    await pool.read(path)
                except DocumentError:
                    continue

        await asyncio.gather(*(work_off() for _ in range(_AT_ONCE)))


def report(paths: Sequence[Path], rounds: int) -> Report:
    """Measure, in turns; what the files hold is in memory before."""
    with tempfile.TemporaryDirectory() as folder:
        blank = Path(folder, "blank.pdf")
        with pypdfium2.PdfDocument.new() as document:
            document.new_page(300, 400)
            document.save(blank)
        characters = bare(paths)
        cases = {
            "bare": lambda: bare(paths),
            "start": lambda: asyncio.run(through_workers([blank])),
            "workers": lambda: asyncio.run(through_workers(paths)),
        }
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, case in cases.items():
                started = time.perf_counter()
                case()
                taken[name].append(time.perf_counter() - started)
    seconds = {name: statistics.median(times) for name, times in taken.items()}
    ratio = statistics.median(
        workers / (alone / _PROCESSES + start)
        for alone, start, workers in zip(*(taken[name] for name in cases), strict=True)
    )
    return Report(
        f"Extracting {len(paths):,} PDFs, {characters:,} characters, medians of {rounds}",
        ("case", "s", "files a second"),
        [
            ("PDFium alone, one process", *_speed(seconds["bare"], len(paths))),
            ("a worker's start", f"{seconds['start']:.2f}", ""),
            (f"through {_PROCESSES} workers", *_speed(seconds["workers"], len(paths))),
        ],
        [Figure("workers / (half of PDFium alone + a start)", 1.2, ratio)],
    )


def _speed(seconds: float, count: int) -> tuple[str, str]:
    return f"{seconds:.2f}", f"{count / seconds:,.0f}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, help="of documents, spread over all; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    paths = documents(corpus_folder())
    if arguments.count:
        paths = spread(paths, arguments.count)
    made = report(paths, arguments.rounds)
    print(f"{made.title}\n\n{made.table}\n\n{figure_table(made.figures)}")


if __name__ == "__main__":
    main()
