"""What the benchmarks of embeddings work with: texts, vectors, and bare loops to compare with.

The bare loops do only what nobody can do without: their keys are ready-made, nothing is digested,
framed or checked.
"""

from __future__ import annotations

import random
import sqlite3
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from renai import Recipe
from renai.codecs.binary import crcs
from renai.embeddings.cache import EmbeddingCache
from renai.embeddings.recipe import EntryNames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

# Private servers, as the tests start them.
sys.path.append(str(Path(__file__).parents[1] / "tests"))

CHARACTERS, DIM = 500, 384
RECIPE = Recipe("benchmark")

_READ_AT_ONCE = 30_000


class Material:
    """Texts, their vectors, and a model that has them ready."""

    def __init__(self, count: int) -> None:
        rng = random.Random(0)
        letters = string.ascii_letters + " "
        self.texts = ["".join(rng.choices(letters, k=CHARACTERS)) for _ in range(count)]
        self.vectors = np.random.default_rng(0).normal(size=(count, DIM)).astype(np.float32)
        self.keys = [rng.randbytes(32) for _ in range(count)]
        self._row_of = {text: row for row, text in enumerate(self.texts)}

    def compute(self, texts: list[str]) -> Vectors:
        """Stand in for a model that costs next to nothing."""
        start = self._row_of[texts[0]]
        rows = slice(start, start + len(texts))
        if self.texts[rows] == texts:
            return self.vectors[rows]
        return self.vectors[[self._row_of[text] for text in texts]]

    def embed_into(self, cache: EmbeddingCache) -> None:
        """Embed all into an empty store."""
        assert not cache.embed(self.texts, self.compute).hits.any()

    def read_from(self, cache: EmbeddingCache) -> None:
        """Embed all from a full one."""
        assert cache.embed(self.texts, _refuse).hits.all()

    def name_and_check(self) -> None:
        """Do what no cache can leave out that says which text a vector is of, and that it is whole.

        That is a digest of each text, and a checksum of each vector with its name.
        """
        names = EntryNames("", RECIPE, "float32").of(self.texts)
        assert len(list(crcs(names, self.vectors))) == len(names)

    def filled(self, url: str, **options: str) -> EmbeddingCache:
        """A cache that has all.

        It is closed once, and opens by itself. So the log of an SQLite file has gone into the file,
        where a later run finds it, and where the bare loop has its own.
        """
        cache = EmbeddingCache(url, RECIPE, **options)
        cache.put(self.texts, self.vectors)
        cache.close()
        return cache


def _refuse(texts: list[str]) -> Vectors:
    raise AssertionError(f"{len(texts)} texts were not read")


class BareSqlite:
    """What a careful person would write by hand: a table, an index, chunks, one array."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(
            "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "PRAGMA mmap_size = 1073741824;"
            "CREATE TABLE vectors (key BLOB NOT NULL, value BLOB NOT NULL);"
            "CREATE UNIQUE INDEX vectors_by_key ON vectors (key);"
        )

    def write(self, material: Material, at_once: int) -> None:
        """Write all with `executemany`, so many in a transaction."""
        for start in range(0, len(material.keys), at_once):
            end = start + at_once
            self.database.execute("BEGIN")
            self.database.executemany(
                "INSERT INTO vectors VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                zip(material.keys[start:end], map(bytes, material.vectors[start:end]), strict=True),
            )
            self.database.execute("COMMIT")

    def read(self, keys: list[bytes]) -> Vectors:
        """Read all into one array."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _READ_AT_ONCE):
            chunk = keys[start : start + _READ_AT_ONCE]
            marks = ",".join("?" * len(chunk))
            found.update(
                self.database.execute(
                    f"SELECT key, value FROM vectors WHERE key IN ({marks})", chunk
                )
            )
        return np.frombuffer(b"".join([found[key] for key in keys]), "<f4").reshape(-1, DIM)

    def close(self) -> None:
        """Close the database."""
        self.database.close()
