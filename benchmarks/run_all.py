"""Measure everything, and print tables with a line for each figure that is to be reached.

python benchmarks/run_all.py                         all; several minutes
python benchmarks/run_all.py --quick                 a small dose, to see that it works
python benchmarks/run_all.py start_up warm           some parts
python benchmarks/run_all.py --write docs/speed.md   put the tables between that page's marks;
                                                     each group of parts has marks of its own

The gateway is measured where there is `wrk`, and beside LiteLLM's proxy where LITELLM names the
Python of an environment with it; the page where there is a Chromium; a first run over real PDFs
where there is a corpus of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import adapters
import cold_run
import embedding_loop
import embedding_peers
import embedding_processes
import embedding_scale
import embedding_speed
import embedding_tasks
import first_run
import gateway_speed
import haystack_components
import memory
import ray_cluster
import start_up
import warm_run
import web_page
from corpus import corpus_folder, documents
from docs_pages import load, machine, shown, write_between
from made_library import make_library
from measuring import ROUNDS, figure_table
from program import World, compile_program
from served_page import chromium_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from measuring import Report


@dataclass(frozen=True)
class Dose:
    """How much is measured."""

    library: int = 10_000
    asked: int = 1_000
    real: int = 3_400  # PDFs of the corpus
    vectors: int = 20_000
    shared: int = 2_000
    rounds: int = ROUNDS
    asking: int = 3  # seconds
    rows: int = 200_000
    shown: int = 400  # files of a run that the page shows


_FULL = Dose()
_QUICK = Dose(
    library=500,
    asked=80,
    real=100,
    vectors=2_000,
    shared=400,
    rounds=1,
    asking=1,
    rows=20_000,
    shown=80,
)


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


def _first_run(folder: Path, dose: Dose) -> Iterator[Report]:
    paths = documents(corpus_folder())
    if not paths:
        print("A first run over real PDFs is not measured, for lack of a corpus: make corpus")
        return
    yield first_run.report(folder, first_run.spread(paths, dose.real), dose.rounds)


def _read_and_write(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_speed.reports(folder, dose.vectors, dose.rounds)


def _adapters(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from adapters.reports(folder, dose.vectors, dose.rounds)


def _peers(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_peers.reports(folder, dose.vectors, dose.rounds)


def _scale(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_scale.reports(folder, dose.vectors, dose.rounds)


def _processes(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_processes.reports(folder, dose.shared, dose.rounds)


def _tasks(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_tasks.reports(folder, dose.shared, dose.rounds)


def _loop(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from embedding_loop.reports(folder, dose.vectors, dose.rounds)


def _haystack(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from haystack_components.reports(folder, dose.vectors, dose.rounds)


def _gateway(folder: Path, dose: Dose) -> Iterator[Report]:
    if not shutil.which("wrk"):
        print("The gateway is not measured, for lack of wrk: apt install wrk, or brew install wrk")
        return
    litellm = os.environ.get("LITELLM")
    yield from gateway_speed.reports(folder, dose.asking, dose.rounds, litellm)


def _page(folder: Path, dose: Dose) -> Iterator[Report]:
    if not chromium_program():
        print("The page is not measured, for lack of a Chromium: apt install chromium")
        return
    yield from web_page.reports(folder, dose.library, dose.shown, dose.rounds)


def _ray(folder: Path, dose: Dose) -> Iterator[Report]:
    yield from ray_cluster.reports(folder, dose.rows)


_GROUPS: dict[str, dict[str, Callable[[Path, Dose], Iterator[Report]]]] = {
    "runs": {"start_up": _start_up, "warm": _warm, "cold": _cold},
    "first_run": {"first_run": _first_run},
    "embeddings": {
        "read_and_write": _read_and_write,
        "haystack": _haystack,
        "adapters": _adapters,
        "peers": _peers,
        "scale": _scale,
        "processes": _processes,
        "tasks": _tasks,
        "loop": _loop,
    },
    "gateway": {"gateway": _gateway},
    "ray": {"ray": _ray},
    "page": {"page": _page},
}
"""The parts, by the marks between which a page has their tables."""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    known = [part for parts in _GROUPS.values() for part in parts]
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="a small dose")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for tables")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(known):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")

    compile_program()
    for group, parts in _GROUPS.items():
        asked = [part for part in parts if part in (options.parts or known)]
        if asked:
            reports = [
                report
                for part in asked
                for report in _measured(parts[part], _QUICK if options.quick else _FULL)
            ]
            summary = figure_table([figure for report in reports for figure in report.figures])
            print(f"### All figures\n\n{summary}\n", flush=True)
            if options.write:
                pieces = map(shown, reports)
                tables = "\n\n".join([f"{machine()} {load()}", summary, *pieces])
                write_between(options.write, group, tables)


def _measured(part: Callable[[Path, Dose], Iterator[Report]], dose: Dose) -> Iterator[Report]:
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        for report in part(Path(folder), dose):
            print(f"{shown(report)}\n", flush=True)
            yield report


if __name__ == "__main__":
    main()
