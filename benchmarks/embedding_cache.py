"""How fast EmbeddingCache reads and writes, beside a bare loop over SQLite.

    python benchmarks/embedding_cache.py

20,000 texts of 500 characters, vectors of 384 float32. Every round runs every case, so that what
else the machine does hurts all alike; medians of five rounds are printed. The bare loop does only
what nobody can do without: its keys are ready-made, nothing is digested, framed or checked.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import string
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from renai.layers.embedding import EmbeddingCache
from renai.layers.embedding_recipe import EmbeddingRecipe
from renai.stores.memory import MemoryStore
from renai.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from renai.stores.base import Store

    Vectors = NDArray[np.float32]

COUNT, CHARACTERS, DIM, ROUNDS = 20_000, 500, 384, 5
CHUNK = 30_000
RECIPE = EmbeddingRecipe("benchmark")


class BareSqlite:
    """What a careful person would write by hand: a table, an index, chunks, one array."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(
            "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "PRAGMA mmap_size = 1073741824;"
            "CREATE TABLE vectors (key BLOB NOT NULL, value BLOB NOT NULL);"
            "CREATE UNIQUE INDEX vectors_by_key ON vectors (key);"
        )

    def write(self, keys: list[bytes], vectors: Vectors) -> None:
        """Write all in one transaction."""
        self.database.execute("BEGIN")
        self.database.executemany(
            "INSERT INTO vectors VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            zip(keys, map(bytes, vectors), strict=True),
        )
        self.database.execute("COMMIT")

    def read(self, keys: list[bytes]) -> Vectors:
        """Read all into one array."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            marks = ",".join("?" * len(chunk))
            found.update(
                self.database.execute(
                    f"SELECT key, value FROM vectors WHERE key IN ({marks})", chunk
                )
            )
        return np.frombuffer(b"".join([found[key] for key in keys]), "<f4").reshape(-1, DIM)

    def close(self) -> None:
        """Close the database, which brings all from its log into its file."""
        self.database.close()


def measure_bare(path: Path, texts: list[str], vectors: Vectors) -> dict[str, float]:
    """Measure the bare loop."""
    keys = [random.randbytes(32) for _ in texts]
    bare = BareSqlite(path)
    rates = {
        "put": rate(lambda: bare.write(keys, vectors)),
        "warm read": rate(lambda: bare.read(keys)),
    }
    bare.close()
    return {**rates, "bytes": path.stat().st_size / COUNT}


def measure_sqlite(path: Path, texts: list[str], vectors: Vectors) -> dict[str, float]:
    """Measure the cache over SQLite."""
    with SqliteStore(path) as store, SqliteStore(path.with_suffix(".cold")) as empty:
        rates = measure(store, empty, texts, vectors)
    return {**rates, "bytes": path.stat().st_size / COUNT}


def measure_memory(path: Path, texts: list[str], vectors: Vectors) -> dict[str, float]:
    """Measure the cache over memory."""
    return measure(MemoryStore(), MemoryStore(), texts, vectors)


def measure(store: Store, empty: Store, texts: list[str], vectors: Vectors) -> dict[str, float]:
    """Adopt all vectors and read them; have them computed, for nothing, in an empty store."""
    row_of = {text: row for row, text in enumerate(texts)}
    warm, cold = EmbeddingCache(store, RECIPE), EmbeddingCache(empty, RECIPE)
    return {
        "put": rate(lambda: warm.put(texts, vectors)),
        "warm read": rate(lambda: warm.embed(texts, refuse)),
        "cold embed": rate(
            lambda: cold.embed(texts, lambda missing: vectors[[row_of[text] for text in missing]])
        ),
    }


def refuse(texts: list[str]) -> Vectors:
    """Stand in for a model where everything should be a hit."""
    raise AssertionError(f"{len(texts)} texts were not read")


def rate(work: Callable[[], object]) -> float:
    """Vectors a second."""
    begun = time.perf_counter()
    work()
    return COUNT / (time.perf_counter() - begun)


CASES = {"bare SQLite": measure_bare, "sqlite://": measure_sqlite, "memory://": measure_memory}


def main() -> None:
    """Print the table."""
    texts = [
        "".join(random.choices(string.ascii_letters + " ", k=CHARACTERS)) for _ in range(COUNT)
    ]
    vectors = np.random.default_rng(0).normal(size=(COUNT, DIM)).astype(np.float32)
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    for round_ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for case, measure_case in CASES.items():
                path = Path(folder) / f"{round_}-{case.partition(':')[0]}.sqlite"
                for column, value in measure_case(path, texts, vectors).items():
                    taken[case, column].append(value)
    medians = {cell: statistics.median(values) for cell, values in taken.items()}
    columns = ["put", "cold embed", "warm read"]
    print(
        f"{'':12}" + "".join(f"{column + '/s':>14}{'of bare':>9}" for column in columns) + "  bytes"
    )
    for case in CASES:
        line = f"{case:12}"
        for column in columns:
            value = medians.get((case, column))
            # Computing for nothing is writing with the look-ups and claims that go before.
            bare = medians["bare SQLite", column.replace("cold embed", "put")]
            line += f"{value:>14,.0f}{value / bare:>9.2f}" if value else f"{'-':>14}{'-':>9}"
        size = medians.get((case, "bytes"))
        print(line + (f"{size:>7,.0f}" if size else f"{'-':>7}"))


if __name__ == "__main__":
    main()
