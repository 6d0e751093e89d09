"""What it takes to look after a large cache: `explain`, `verify`, `export` and `import`.

    python benchmarks/maintenance.py [--entries 100000] [--rounds 5]

`explain` is measured in this process, with the opening of all stores and the hashing of the file,
and as a command, less what the same command takes where there is no cache. `verify` is compared
with reading the same file from its beginning to its end, once with the file dropped from memory
before each, so that both wait for the disk, and once without. `export` and `import` are looked at
for the memory they take, with a tenth of the entries and with all of them, in processes of their
own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from docs_pages import load, machine, shown
from made_cache import fill, made_document, put_into
from measuring import COMPARED, Figure, Floor, Fresh, Report, Rounds, figure_table
from program import World
from renai import EmbeddingCache, Recipe
from renai.configuration import load_settings
from renai.documents.fingerprint import look_into_memo
from renai.locations import VECTORS_FILE
from renai.maintenance.explain import explain, identify_with_former
from renai.maintenance.lineage import find_lineage
from renai.maintenance.open_stores import OpenStore, open_stores
from renai.maintenance.verify import verify
from renai.metadata.request import make_request
from renai.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.settings import Settings

_DIM = 384
_CHUNKS = 20  # vectors a document
_BLOCK = 1 << 20
_PROVIDER, _MODEL, _OTHER = "custom", "one", "another"

# At the end, which is as good as its peak, for little is given back. Pages of mapped databases are
# the system's to keep or to drop, and do not count.
_PEAK = """
import sys
from pathlib import Path
from renai.cli.main import main
try:
    main()
except SystemExit:
    pass
print(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0], file=sys.stderr)
"""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="renai-maintenance-") as folder:
        for report in reports(Path(folder), arguments.entries, arguments.rounds):
            print(f"\n{shown(report)}\n\n{figure_table(report.figures)}", flush=True)
    print(f"\n{load()}")


def reports(folder: Path, entries: int, rounds: int) -> Iterator[Report]:
    """Make a cache, and look after it."""
    world = World(folder)
    os.environ.update(world.environment(CUSTOM_API_BASE_URL="http://localhost:1"))
    shared = f"sqlite:///{folder}/shared.sqlite"
    settings = load_settings(fallback_mode="none")
    request = make_request(settings, _PROVIDER, _MODEL, may_ask=False)
    documents = [made_document(world.library, number) for number in range(entries // 2)]
    fill(put_into(world.cache), iter(documents), request)
    with SqliteStore(folder / "shared.sqlite") as store:
        fill(store.put_many, iter(documents), request)
    with EmbeddingCache(f"sqlite:///{world.cache}/{VECTORS_FILE}", Recipe("m")) as cache:
        _fill_vectors(cache, [document.file_hash for document in documents], entries)
    path = documents[entries // _CHUNKS // 2].path
    yield _explaining(path, world, settings, shared, rounds)
    yield _verifying(world.cache / VECTORS_FILE, entries, rounds)
    yield _carrying(world, entries)


def _fill_vectors(cache: EmbeddingCache, sources: list[str], count: int) -> None:
    random = np.random.default_rng(0)
    for start in range(0, count, _CHUNKS * 500):
        numbers = range(start, min(start + _CHUNKS * 500, count))
        texts = [f"chunk {number}" for number in numbers]
        cache.trace(texts, [sources[number // _CHUNKS] for number in numbers])
        cache.put(texts, random.standard_normal((len(texts), _DIM), dtype=np.float32))


def _explaining(path: Path, world: World, settings: Settings, shared: str, rounds: int) -> Report:
    in_sqlite = replace(settings, cache_url=shared)
    vectors = f"sqlite:///{world.cache}/{VECTORS_FILE}"

    def explained(settings: Settings, model: str) -> None:
        request = make_request(settings, _PROVIDER, model, may_ask=False, sees=True)
        with closing(look_into_memo(settings.cache_dir)) as memo:
            document, former = identify_with_former(path, memo)
        with open_stores(settings, vectors) as stores:
            layers = explain(document, request, stores[0].store, former=former)
            lineage = find_lineage(stores, document.file_hash)[-1]
        assert [layer.hit for layer in layers] == [True, model == _MODEL]
        assert lineage.known == lineage.usable == _CHUNKS

    command = ("cache", "explain", str(path), "--fallback-mode", "none", "--provider", _PROVIDER)
    calls = {
        "in process, files, a hit": partial(explained, settings, _MODEL),
        "in process, files, another model": partial(explained, settings, _OTHER),
        "in process, one SQLite file, a hit": partial(explained, in_sqlite, _MODEL),
        "in process, one SQLite file, another model": partial(explained, in_sqlite, _OTHER),
        "the command, no cache": partial(
            world.run, *command, "--model", _MODEL, "--cache-dir", f"{world.folder}/none"
        ),
        "the command, a hit": partial(world.run, *command, "--model", _MODEL),
        "the command, another model": partial(world.run, *command, "--model", _OTHER),
    }
    measured = Rounds(calls, rounds)
    *inside, nothing, hit, other = calls
    return Report(
        "`explain` of one file",
        COMPARED,
        measured.rows(nothing),
        [
            *(Figure(name, 150, 1000 * measured.wall(name), "{:.0f} ms") for name in inside),
            *(
                Figure(f"{name}, beyond no cache", 150, 1000 * beyond, "{:.0f} ms")
                for name in (hit, other)
                for beyond in [measured.beyond(name, nothing)]
            ),
        ],
    )


def _verifying(path: Path, count: int, rounds: int) -> Report:
    def read() -> None:
        with path.open("rb", buffering=0) as stream:
            while stream.read(_BLOCK):
                pass

    def check() -> None:
        with SqliteStore(path) as store:
            checked = next(verify([OpenStore("", store, ("embedding",))], ["embedding"]))
        assert (checked.entries, checked.bad) == (count, [])

    @contextmanager
    def dropped() -> Iterator[None]:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        yield

    cold = "read from the disk", "verify, from the disk"
    warm = "read from memory", "verify, from memory"
    measured = Rounds(
        {
            cold[0]: Fresh(dropped, lambda _: read()),
            cold[1]: Fresh(dropped, lambda _: check()),
            warm[0]: read,
            warm[1]: check,
        },
        rounds,
    )
    size = path.stat().st_size
    rows = [(name, f"{size / measured.wall(name) / 1e6:,.0f}") for name in measured.spent]
    return Report(
        f"`verify` of {count:,} vectors, {size / 1e6:,.0f} MB",
        ("case", "MB a second"),
        rows,
        [Floor("verify / sequential read, from the disk", 0.5, measured.ratio(*cold))],
    )


def _carrying(world: World, entries: int) -> Report:
    rows = []
    peaks = {}
    part = World(world.folder / "part")
    _copy_part(world.cache, part.cache, entries // 20)
    for name, its in {"a tenth": part, "all": world}.items():
        archive = its.folder / "cache.tar.gz"
        for command, more in {
            "export": (),
            "import": ("--cache-url", f"sqlite:///{its.folder}/imported.sqlite"),
        }.items():
            seconds, peak = _peak(its, "cache", command, str(archive), *more)
            peaks[command, name] = peak
            rows.append((f"{command}, {name}", f"{seconds:.1f}", f"{peak:.0f}"))
        rows[-2] += (f"{archive.stat().st_size / 1e6:,.0f}",)
        rows[-1] += ("",)
    return Report(
        f"An archive of {entries:,} texts and answers, and {entries:,} vectors",
        ("case", "seconds", "own memory, MB", "archive, MB"),
        rows,
        [
            Figure(
                f"{command}: memory for all / for a tenth",
                1.25,
                peaks[command, "all"] / peaks[command, "a tenth"],
            )
            for command in ("export", "import")
        ],
    )


def _copy_part(source: Path, target: Path, count: int) -> None:
    for layer in ("text", "metadata"):
        (target / layer).mkdir(parents=True)
        for path in islice((source / layer).iterdir(), count):
            os.link(path, target / layer / path.name)
    with EmbeddingCache(f"sqlite:///{target}/{VECTORS_FILE}", Recipe("m")) as cache:
        _fill_vectors(cache, [f"{number:064x}" for number in range(count)], 2 * count)


def _peak(world: World, *words: str) -> tuple[float, float]:
    """Seconds, and the memory that the process holds for itself in MB."""
    import time

    started = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", _PEAK, *words],
        check=True,
        capture_output=True,
        text=True,
        env=world.environment(),
    )
    kilobytes = int(ran.stderr.split()[-1])
    return time.perf_counter() - started, kilobytes * 1024 / 1e6


if __name__ == "__main__":
    main()
