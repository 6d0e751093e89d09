"""A first run over real PDFs without a model, beside a pool that only takes their text.

    python benchmarks/first_run.py                 all PDFs of the corpus (`make corpus`)
    python benchmarks/first_run.py --count 500     some of them, spread over all

The pool is `text_pool.py`. The run digests every file, reads it in a confined worker, finds a name,
and keeps text and answer on the disk. Both are whole programs, so that the start of Python and the
import of modules count on both sides.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import corpus_folder, documents, spread
from measuring import COMPARED, Figure, Report, Rounds, figure_table
from program import RENAI, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_POOL = (sys.executable, str(Path(__file__).with_name("text_pool.py")))
_WORDS = ("--provider", "offline", "--fallback-mode", "none", "--dry-run")


def report(folder: Path, paths: Sequence[Path], rounds: int) -> Report:
    """Measure, in turns; what the files hold is in the system's memory before.

    Args:
        folder: a temporary one.
        paths: the PDFs.
        rounds: how often each case runs.
    """
    world = World(folder)
    _fill(world.library, paths)

    def pool() -> None:
        world.run(str(world.library), command=_POOL)

    def run() -> None:
        with _without_cache(world):
            world.run(str(world.library), *_WORDS, command=RENAI)

    pool()
    measured = Rounds({"pool": pool, "renai": run}, rounds)
    return Report(
        f"A first run over {len(paths):,} PDFs without a model, medians of {rounds}",
        COMPARED,
        measured.rows("pool"),
        [
            Figure(
                "a first run / a pool that only takes text", 1.5, measured.ratio("renai", "pool")
            ),
            Figure("the same in processor time", 1.5, measured.ratio("renai", "pool", "cpu")),
        ],
    )


def _fill(library: Path, paths: Sequence[Path]) -> None:
    """Put documents into a library without taking room for them, where that can be."""
    library.mkdir()
    for number, path in enumerate(paths):
        place = library / f"{number:05}.pdf"
        try:
            place.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, place)


@contextmanager
def _without_cache(world: World) -> Iterator[None]:
    """Have the cache away before, and after."""
    shutil.rmtree(world.cache, ignore_errors=True)
    yield
    shutil.rmtree(world.cache, ignore_errors=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, help="of documents, spread over all; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    paths = documents(corpus_folder())
    if options.count:
        paths = spread(paths, options.count)
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        made = report(Path(folder), paths, options.rounds)
    print(f"{made.title}\n\n{made.table}\n\n{figure_table(made.figures)}")


if __name__ == "__main__":
    main()
