"""Measure everything, and print tables with a line for each figure that is to be reached.

python benchmarks/run_all.py                         all; several minutes
python benchmarks/run_all.py --quick                 a small dose, to see that it works
python benchmarks/run_all.py start_up warm           some parts
python benchmarks/run_all.py --write docs/speed.md   put the tables between that page's marks
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cold_run
import memory
import start_up
import warm_run
from corpus import make_library
from measuring import ROUNDS, Figure, figure_table
from program import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from measuring import Report

_BEGIN, _END = "<!-- tables: begin -->", "<!-- tables: end -->"


@dataclass(frozen=True)
class Dose:
    """How much is measured."""

    library: int = 10_000
    asked: int = 1_000
    rounds: int = ROUNDS


_FULL = Dose()
_QUICK = Dose(library=500, asked=80, rounds=1)


def _start_up(folder: Path, dose: Dose) -> Iterator[Report]:
    yield start_up.report(folder)


def _warm(folder: Path, dose: Dose) -> Iterator[Report]:
    world = World(folder)
    make_library(world.library, dose.library)
    cold = memory.first_run(world)
    yield warm_run.report(world)
    yield memory.report(world, cold, dose.library)


def _cold(folder: Path, dose: Dose) -> Iterator[Report]:
    yield cold_run.report(folder, dose.asked, dose.rounds)


_PARTS: dict[str, Callable[[Path, Dose], Iterator[Report]]] = {
    "start_up": _start_up,
    "warm": _warm,
    "cold": _cold,
}
_EMBEDDING = "embedding"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join([*_PARTS, _EMBEDDING]))
    parser.add_argument("--quick", action="store_true", help="a small dose")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for tables")
    options = parser.parse_args()
    parts = options.parts or [*_PARTS, _EMBEDDING]
    if unknown := set(parts) - {*_PARTS, _EMBEDDING}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")

    pieces, figures = [], list[Figure]()
    for part in parts:
        for title, text, found in _measured(part, _QUICK if options.quick else _FULL):
            print(f"### {title}\n\n{text}\n", flush=True)
            pieces.append(f"### {title}\n\n{text}")
            figures += found
    summary = figure_table(figures)
    print(f"### All figures\n\n{summary}")
    if options.write:
        _write(options.write, "\n\n".join([_circumstances(), summary, *pieces]))


def _measured(part: str, dose: Dose) -> Iterator[tuple[str, str, list[Figure]]]:
    if part == _EMBEDDING:
        yield "Embeddings, beside bare loops over the same databases", _embedding(), []
        return
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        for report in _PARTS[part](Path(folder), dose):
            yield report.title, report.table, report.figures


def _embedding() -> str:
    program = Path(__file__).with_name("embedding_cache.py")
    ended = subprocess.run(
        [sys.executable, str(program)], check=True, stdout=subprocess.PIPE, text=True
    )
    return f"```\n{ended.stdout.rstrip()}\n```"


def _circumstances() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores, "
        f"{pages / 2**30:.0f} GiB, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()}. Processes that wanted a core in the end, on average: "
        f"{os.getloadavg()[1]:.1f}; beyond the number of cores, wall times count other work, too."
    )


def _write(page: Path, tables: str) -> None:
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise SystemExit(f"{page} has no lines {_BEGIN} and {_END} for the tables")
    page.write_text(f"{before}{_BEGIN}\n\n{tables}\n\n{_END}{after}")


if __name__ == "__main__":
    main()
