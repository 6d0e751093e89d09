"""A cluster of Ray with three nodes: how full batches are, what that costs, and what kills cost.

The model is a stand-in: it sleeps as long as a GPU takes for a batch, whether that is full or not,
so that what is compared does not depend on a GPU. The store is a Redis. All of it runs on this
machine, in a network that has nothing but loopback where the system allows that.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

# Also brings the tests' helpers.
import embedding_material  # noqa: F401
from measuring import Figure, Floor, Report
from ray_nodes import ENVIRONMENT, RayCluster, shut_in
from renai import EmbeddingCache, Recipe
from servers import drop, have_redis
from waiting import LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Iterator

_NODES = 3
_MAX_BATCH = 256
_SECONDS = 0.15  # for a call of the model
_DIMENSION = 384
_RECIPE = "benchmark"

_DRIVER = """
import json, os, sys, time
import numpy as np, pyarrow as pa, pyarrow.compute as pc
import ray, ray.data
from renai import EmbeddingCache, Recipe
from renai.ray import embed

how, address, url, folder, rows, seconds, options = sys.argv[1:]
rows, seconds, options = int(rows), float(seconds), json.loads(options)

class Model:
    def __call__(self, texts):
        with open(f"{folder}/{os.getpid()}", "a") as calls:
            calls.write(json.dumps([int(text.split()[1]) for text in texts]) + "\\n")
        time.sleep(seconds)
        return np.array([[float(text.split()[1])] * 384 for text in texts], np.float32)

def appended(table, vectors):
    values = pa.array(np.ascontiguousarray(vectors, np.float32).reshape(-1))
    return table.append_column("embedding", pa.FixedSizeListArray.from_arrays(values, 384))

class Plain:
    def __init__(self):
        self.model = Model()
    def __call__(self, table):
        return appended(table, self.model(table.column("text").to_pylist()))

class Naive(Plain):
    def __init__(self):
        super().__init__()
        self.cache = EmbeddingCache(url, Recipe("benchmark"), ledger=False)
    def __call__(self, table):
        texts = table.column("text").to_pylist()
        return appended(table, self.cache.embed(texts, self.model).vectors)

def with_texts(table):
    texts = [f"text {n} " + "x" * 480 for n in table["id"].to_pylist()]
    return table.append_column("text", pa.array(texts))

def checked(table):
    vectors = table.column("embedding").combine_chunks()
    first = np.asarray(vectors.flatten()).reshape(-1, 384)
    ids = table.column("id").to_numpy()
    right = (first == ids[:, None].astype(np.float32)).all(axis=1)
    return pa.table({"id": ids, "right": right})

ray.init(address=address, _node_ip_address="127.0.0.2", log_to_driver=False, logging_level="error")
ray.data.DataContext.get_current().enable_progress_bars = False
began = time.perf_counter()
ds = ray.data.range(rows, override_num_blocks=max(rows // 5000, 12)).map_batches(
    with_texts, batch_format="pyarrow", batch_size=None
)
if how == "renai":
    ds = embed(ds, column="text", embedder=Model, store=url, recipe=Recipe("benchmark"),
               dimension=384, actors=3, resources={"node": 1}, num_cpus=0, **options)
else:
    ds = ds.map_batches({"plain": Plain, "naive": Naive}[how], batch_size=256,
                        batch_format="pyarrow", compute=ray.data.ActorPoolStrategy(size=3),
                        resources={"node": 1}, num_cpus=0)
ds = ds.map_batches(checked, batch_format="pyarrow", batch_size=None)
found = [ray.get(each) for each in ds.to_arrow_refs()]
wall = time.perf_counter() - began
whole = pa.concat_tables(found)
assert sorted(whole.column("id").to_pylist()) == list(range(rows)), "not every row once"
assert all(whole.column("right").to_pylist()), "a wrong row"
print("WALL", wall, flush=True)
"""


class _Run(NamedTuple):
    """What came of one run.

    Attributes:
        wall: seconds, with the start of the actors.
        batches: the numbers of texts in the calls of the model.
    """

    wall: float
    batches: list[list[int]]

    @property
    def calls(self) -> int:
        return len(self.batches)

    @property
    def computed(self) -> int:
        return sum(map(len, self.batches))

    @property
    def full(self) -> float:
        return self.computed / self.calls / _MAX_BATCH if self.calls else 0.0


class _World:
    """A cluster, a store, and the drivers that run there."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.calls = folder / "calls"
        self.rows = rows
        self.server = have_redis()
        self.cluster = RayCluster(_NODES)

    def close(self) -> None:
        self.cluster.stop()
        drop(self.server)

    def texts(self, every: int = 1) -> list[str]:
        return [f"text {number} " + "x" * 480 for number in range(0, self.rows, every)]

    def fill(self) -> None:
        import numpy as np

        numbers = np.arange(self.rows, dtype=np.float32)
        with EmbeddingCache(self.server.url, Recipe(_RECIPE), ledger=False) as cache:
            texts = self.texts()
            for start in range(0, self.rows, 10_000):
                part = slice(start, start + 10_000)
                vectors = np.repeat(numbers[part, None], _DIMENSION, axis=1)
                cache.put(texts[part], vectors)

    def lose(self, every: int) -> int:
        """Drop every so-manieth text's vector; returns how many there were."""
        with EmbeddingCache(self.server.url, Recipe(_RECIPE), ledger=False) as cache:
            return cache.delete(self.texts(every))

    def begin(self, how: str, **options: object) -> subprocess.Popen[str]:
        words = [how, self.cluster.address, self.server.url, str(self.calls), str(self.rows)]
        return subprocess.Popen(
            [sys.executable, "-c", _DRIVER, *words, str(_SECONDS), json.dumps(options)],
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, how: str, **options: object) -> _Run:
        self.forget()
        return self.ended(self.begin(how, **options))

    def ended(self, driver: subprocess.Popen[str]) -> _Run:
        said, _ = driver.communicate(timeout=2 * LIMIT)
        assert driver.returncode == 0, said
        return _Run(float(said.split("WALL")[1]), self.batches())

    def forget(self) -> None:
        self.calls.mkdir(exist_ok=True)
        for file in self.calls.iterdir():
            file.unlink()

    def batches(self) -> list[list[int]]:
        lines = [line for file in self.calls.iterdir() for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines if line.endswith("]")]

    def half(self, missing: int) -> None:
        until(lambda: sum(map(len, self.batches())) >= missing / 2)


def reports(folder: Path, rows: int) -> Iterator[Report]:
    """Measure, in a process with a network of its own."""
    command = [sys.executable, __file__, str(folder), str(rows)]
    said = subprocess.run(shut_in(command), stdout=subprocess.PIPE, text=True, check=True).stdout
    for title, header, table, figures in json.loads(said.splitlines()[-1]):
        yield Report(
            title,
            tuple(header),
            [tuple(row) for row in table],
            [{"Figure": Figure, "Floor": Floor}[kind](*rest) for kind, *rest in figures],
        )


def _measured(world: _World) -> Iterator[Report]:
    world.fill()
    warm = world.run("renai")
    assert not warm.batches
    rows = [("all there", f"{warm.wall:.1f}", "0", "", "", "")]
    figures: list[Figure] = []
    plain = world.run("plain")
    rows.append(_row("no cache", plain))
    for percent, least, options in (
        (10, 0.92, {}),
        (1, 0.70, {"rows_per_call": 10_000, "linger": 2.0}),
    ):
        missing = world.lose(100 // percent)
        ours = world.run("renai", **options)
        assert ours.computed == missing, (ours.computed, missing)
        world.lose(100 // percent)
        naive = world.run("naive")
        ideal = warm.wall + -(-missing // _MAX_BATCH) / _NODES * _SECONDS
        rows.append(_row(f"{percent} % missing, renai", ours, ideal))
        rows.append(_row(f"{percent} % missing, a look-up each 256 rows", naive, ideal))
        what = f"at {percent} % misses"
        figures += [
            Floor(f"how full batches are {what}", 100 * least, 100 * ours.full, "{:.0f} %"),
            Figure(f"wall / look-ups and calls {what}", 1.3, ours.wall / ideal),
            Figure(f"model time / that of the naive way {what}", 0.3, ours.calls / naive.calls),
        ]
    yield Report(
        f"{world.rows:,} rows on {_NODES} nodes, {_SECONDS} s for a batch of the model",
        ("case", "s", "calls", "batches full", "model s", "wall / ideal"),
        rows,
        figures,
    )
    yield _with_kills(world)


def _with_kills(world: _World) -> Report:
    table, figures = [], list[Figure]()
    for what in ("the driver", "a node"):
        missing = world.lose(10)
        world.forget()
        driver = world.begin("renai")
        world.half(missing)
        if what == "the driver":
            driver.send_signal(signal.SIGKILL)
            driver.communicate()
            driver = world.begin("renai")
        else:
            world.cluster.nodes[-1].kill()
        run = world.ended(driver)
        distinct = len({text for batch in run.batches for text in batch})
        assert distinct == missing
        again = (run.computed - missing) / _MAX_BATCH
        table.append((what, f"{missing:,}", f"{run.computed:,}", f"{again:.1f}", f"{run.wall:.1f}"))
        at_most = _NODES if what == "the driver" else 1
        figures.append(
            Figure(f"batches computed again after kill -9 of {what}", at_most, again, "{:.1f}")
        )
    return Report(
        "kill -9 at half, every row once and right",
        ("what was killed", "texts missing", "texts computed", "batches again", "s to the end"),
        table,
        figures,
    )


def _row(what: str, run: _Run, ideal: float | None = None) -> tuple[str, ...]:
    return (
        what,
        f"{run.wall:.1f}",
        str(run.calls),
        f"{100 * run.full:.0f} %",
        f"{run.calls * _SECONDS:.1f}",
        f"{run.wall / ideal:.2f}x" if ideal else "",
    )


def _main() -> None:
    folder, rows = sys.argv[1:]
    world = _World(Path(folder), int(rows))
    try:
        found = [
            (
                report.title,
                report.header,
                report.rows,
                [
                    (type(each).__name__, each.what, each.aim, each.measured, each.form)
                    for each in report.figures
                ],
            )
            for report in _measured(world)
        ]
    finally:
        world.close()
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
