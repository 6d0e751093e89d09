"""How fast EmbeddingCache reads and writes, beside bare loops over the same databases.

Reading ends in one array, with everything checked. Writing is `embed` into an empty store, leases
and all, with a model that has the vectors ready. The bare loop writes all in one transaction; the
same in transactions of 256, the size in which EmbeddingCache keeps what it computed, stands beside.

Two cases show what can be reached at best: the bare loops, and besides a digest for each text and a
checksum for each vector.
"""

from __future__ import annotations

import itertools
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import numpy as np
import redis

from embedding_material import DIM, RECIPE, BareSqlite, Material
from measuring import RATES, Floor, Fresh, Report, Rounds
from renai.embeddings.cache import EmbeddingCache
from servers import drop, have_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BATCH = 256
_MGET = 1000
_BARE = "SQLite, bare"
_BARE_REDIS = "Redis, bare"
_PROMISE = "digests, checksums"


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    material = Material(count)
    server = have_redis()
    try:
        yield _reading(folder, material, server.url, rounds)
        server.empty()
        yield _writing(folder, material, server.url, rounds)
    finally:
        drop(server)


def _reading(folder: Path, material: Material, redis_url: str, rounds: int) -> Report:
    with ExitStack() as stack:
        bare = stack.enter_context(closing(BareSqlite(folder / "bare.sqlite")))
        bare.write(material, len(material.keys))
        bare_redis = stack.enter_context(redis.Redis.from_url(redis_url))
        _write_redis(bare_redis, material)
        cases: dict[str, Callable[[], object]] = {
            _BARE: lambda: bare.read(material.keys),
            _BARE_REDIS: lambda: _read_redis(bare_redis, material.keys),
            f"{_BARE}, {_PROMISE}": lambda: (bare.read(material.keys), material.name_and_check()),
            f"{_BARE_REDIS}, {_PROMISE}": lambda: (
                _read_redis(bare_redis, material.keys),
                material.name_and_check(),
            ),
        }
        for url in (
            f"sqlite:///{folder}/warm.sqlite",
            redis_url,
            "memory://",
            f"file://{folder}/v",
        ):
            cache = stack.enter_context(material.filled(url))
            cases[url.partition(":")[0]] = lambda cache=cache: material.read_from(cache)
        measured = Rounds(cases, rounds)
    return Report(
        f"Reading {len(material.texts):,} vectors that are there",
        RATES,
        measured.rate_rows(_BARE, len(material.texts)),
        [
            Floor("warm read, SQLite / bare loop", 0.85, measured.ratio(_BARE, "sqlite"), "{:.2f}"),
            Floor(
                "warm read, Redis / bare MGET", 0.55, measured.ratio(_BARE_REDIS, "redis"), "{:.2f}"
            ),
            Floor("warm read, memory / SQLite", 1, measured.ratio("sqlite", "memory"), "{:.2f}"),
        ],
    )


def _writing(folder: Path, material: Material, redis_url: str, rounds: int) -> Report:
    numbers = itertools.count()

    @contextmanager
    def empty_bare() -> Iterator[BareSqlite]:
        path = folder / f"{next(numbers)}.sqlite"
        with closing(BareSqlite(path)) as bare:
            yield bare
        path.unlink()

    @contextmanager
    def empty_sqlite() -> Iterator[EmbeddingCache]:
        path = folder / f"{next(numbers)}.sqlite"
        with EmbeddingCache(f"sqlite:///{path}", RECIPE) as cache:
            yield cache
        path.unlink()

    @contextmanager
    def empty_redis() -> Iterator[EmbeddingCache]:
        with redis.Redis.from_url(redis_url) as connection:
            connection.flushall()
        with EmbeddingCache(redis_url, RECIPE) as cache:
            yield cache

    count = len(material.texts)
    measured = Rounds(
        {
            _BARE: Fresh(empty_bare, lambda bare: bare.write(material, count)),
            f"{_BARE}, {_BATCH} a transaction": Fresh(
                empty_bare, lambda bare: bare.write(material, _BATCH)
            ),
            f"{_BARE}, {_BATCH} a transaction, {_PROMISE}": Fresh(
                empty_bare, lambda bare: (bare.write(material, _BATCH), material.name_and_check())
            ),
            "sqlite": Fresh(empty_sqlite, material.embed_into),
            "sqlite, put": Fresh(
                empty_sqlite, lambda cache: cache.put(material.texts, material.vectors)
            ),
            "redis": Fresh(empty_redis, material.embed_into),
            "memory": Fresh(lambda: EmbeddingCache("memory://", RECIPE), material.embed_into),
        },
        rounds,
    )
    return Report(
        f"Embedding {count:,} texts into an empty store",
        RATES,
        measured.rate_rows(_BARE, count),
        [
            Floor(
                "write, SQLite / one executemany", 0.5, measured.ratio(_BARE, "sqlite"), "{:.2f}"
            ),
            Floor(
                "put, SQLite / one executemany",
                0.65,
                measured.ratio(_BARE, "sqlite, put"),
                "{:.2f}",
            ),
        ],
    )


def _write_redis(connection: redis.Redis, material: Material) -> None:
    with connection.pipeline(transaction=False) as pipeline:
        for key, vector in zip(material.keys, material.vectors, strict=True):
            pipeline.set(key, vector.tobytes())
        pipeline.execute()


def _read_redis(connection: redis.Redis, keys: list[bytes]) -> np.ndarray:
    values = []
    for start in range(0, len(keys), _MGET):
        values += connection.mget(keys[start : start + _MGET])
    return np.frombuffer(b"".join(values), "<f4").reshape(-1, DIM)
