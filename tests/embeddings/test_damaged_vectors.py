"""Vectors damaged by chance, in every store: each is computed again, and none is wrong."""

from __future__ import annotations

import math
import os
import random
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from damages import BYTES, exchanged
from renai import EmbeddingCache, Recipe
from renai.codecs.binary import seal
from renai.codecs.sparse import SparseVector
from renai.embeddings.lineage import lineage_of
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.stores.registry import open_store
from renai.stores.upkeep import stream
from surroundings import unharmed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIM = 24
SOURCE = "5" * 64


def vector(text: str) -> list[float]:
    chance = random.Random(text)
    return [chance.uniform(-1, 1) for _ in range(DIM)]


def sparse(text: str) -> SparseVector:
    return SparseVector.of([len(text), 1000 + len(text)], [0.5, 0.25])


def odd_expiry(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    """Return a frame that ended long ago, or at a moment that there is not."""
    at = 12 if data.startswith(b"rnv") else 8
    moment = struct.pack("<d", chance.choice([math.nan, -math.inf, -1.0, 0.0]))
    return seal(name, data[:at] + moment + data[at + 8 : -4])


def odd_dimension(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    """Return a frame that says it has more numbers, or fewer, than it has, or other ones."""
    at = 8 if data.startswith(b"rnv") else 16
    said = struct.pack("<I", chance.choice([0, 1, DIM - 1, DIM + 1, 2**31, 2**32 - 1]))
    return seal(name, data[:at] + said + data[at + 4 : -4])


def odd_numbers(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    """Return a frame with a number that is none, under a checksum that is right."""
    number = struct.pack("<f", chance.choice([math.nan, math.inf, -math.inf]))
    return seal(name, data[:-8] + number)


def odd_type(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    kind = chance.choice([b"f2\0\0", b"i1\0\0", b"f8\0\0", b"O\0\0\0", b"\xff\xff\xff\xff"])
    return seal(name, data[:4] + kind + data[8:-4])


def nothing_but_a_checksum(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    return seal(name, data[: chance.choice([0, 3, 4, 8, 12, 20, 24])])


DENSE = (odd_expiry, odd_dimension, odd_numbers, odd_type, nothing_but_a_checksum)
SERVERS = {
    "redis": "redis_server",
    "rediscluster": "redis_cluster",
    "postgresql": "postgres_server",
}

SPARSE = (odd_expiry, odd_numbers, nothing_but_a_checksum)


@pytest.fixture(params=["file", "sqlite", "redis", "rediscluster", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is empty."""
    match request.param:
        case "file":
            return f"file://{tmp_path}/home/vectors"
        case "sqlite":
            return f"sqlite:///{tmp_path}/home/vectors.sqlite"
        case kind:
            server = request.getfixturevalue(SERVERS[kind])
            server.empty()
            return str(server.url)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize(
    ("seed", "count", "rounds"), [(1, 12, 3), pytest.param(2, 100, 10, marks=pytest.mark.long)]
)
def test_a_damaged_vector_is_computed_again(
    tmp_path: Path, url: str, kind: str, seed: int, count: int, rounds: int
) -> None:
    chance = random.Random(seed)
    home = tmp_path / "home"
    home.mkdir()
    texts = [f"text {'x' * number}" for number in range(count)]
    ways = (*BYTES, exchanged, *(DENSE if kind == "dense" else SPARSE))

    def embedded() -> tuple[Any, list[str]]:
        computed: list[str] = []

        def compute(missing: list[str]) -> Any:
            computed.extend(missing)
            return [(vector if kind == "dense" else sparse)(text) for text in missing]

        cache: Any = (EmbeddingCache if kind == "dense" else SparseEmbeddingCache)(
            url, Recipe(model="m"), ledger=False
        )
        with cache:
            cache.trace(texts, [SOURCE] * count)
            return cache.embed(texts, compute).vectors, computed

    with unharmed(tmp_path, home):
        first, computed = embedded()
        assert computed == texts
        for _ in range(rounds):
            some = {*chance.sample(range(count), count // 2)}
            hurt(url, {texts[at]: at for at in some}, ways, chance)
            again, computed = embedded()
            assert_equal(again, first)
            assert len(computed) == len(some)
            assert embedded()[1] == []
            assert sorted(lineage(url)) == sorted(names_in(url))


def hurt(
    url: str, texts: dict[str, int], ways: tuple[Callable[..., bytes], ...], chance: random.Random
) -> None:
    """Damage the entries of as many vectors, and all records beside them."""
    with closing(open_store(url)) as store:
        held = {name: data for batch in stream(store) for name, data in batch.items()}
        vectors = {name: data for name, data in held.items() if name.startswith("embedding/")}
        hit = chance.sample(sorted(vectors), len(texts))
        for name in hit:
            made = vectors[name]
            while made == vectors[name]:
                made = chance.choice(ways)(name, vectors[name], vectors, chance)
            store.put_many({name: made})
        records = sorted(held.keys() - vectors.keys())
        for name in records:
            if data := held[name]:
                store.put_many({name: chance.choice(BYTES)(name, data, held, chance)})
    match url.partition(":")[0]:
        case "sqlite":
            hurt_sqlite(url, chance)
        case "postgresql":
            hurt_postgres(url, hit, chance)
        case "redis" | "redis+cluster":
            hurt_redis(url, sorted(vectors), [*hit, *records], chance)


def hurt_sqlite(url: str, chance: random.Random) -> None:
    """Give entries odd dates."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database, database:
        odd = chance.choice(["9e999", "-9e999", "-1.0", "1e300", "'yesterday'", "x'ff'"])
        database.execute(f"UPDATE entries SET stored_at = {odd} WHERE rowid % 3 = 0")


def hurt_postgres(url: str, damaged: list[str], chance: random.Random) -> None:
    """Give entries odd dates; of some that are damaged the server says that they have expired."""
    import psycopg

    late = ["infinity", "294276-12-31"]
    early = ["-infinity", "4714-11-24 BC", "1970-01-01"]
    update = "UPDATE renai_entries SET {} = %s WHERE {}"
    a_third = "ascii(right(name, 1)) %% 3 = %s"
    with psycopg.connect(url) as connection:
        for column, odd in (("stored_at", late + early), ("used_at", late + early)):
            date, which = chance.choice(odd), chance.randrange(3)
            connection.execute(update.format(column, a_third).encode(), [date, which])
        column = "expires_at"
        connection.execute(update.format(column, a_third).encode(), [chance.choice(late), 0])
        some = chance.sample(damaged, len(damaged) // 3)
        connection.execute(
            update.format(column, "name = ANY(%s)").encode(), [chance.choice(early), some]
        )


def hurt_redis(url: str, vectors: list[str], spoiled: list[str], chance: random.Random) -> None:
    """Give entries odd dates and expiries, and some of the damaged ones other types."""
    from renai.stores.redis.connection import connect

    with closing(connect(url)) as redis:
        for name in chance.sample(vectors, len(vectors) // 3):
            odd = chance.choice([math.nan, math.inf, -math.inf, -1.0, 1e300])
            redis.setrange(f"renai:{name}", 0, struct.pack("<d", odd))
            redis.pexpireat(f"renai:{name}", 1 << 53)
        for name in chance.sample(spoiled, len(spoiled) // 2):
            key = f"renai:{name}"
            redis.delete(key)
            match chance.randrange(5):
                case 0:
                    redis.rpush(key, "a", "list")
                case 1:
                    redis.hset(key, "a", "hash")
                case 2:
                    redis.set(key, chance.randbytes(chance.randrange(9)))  # no whole date
                case 3:
                    redis.set(key, b"x", px=1)
                case _:
                    pass


def names_in(url: str) -> list[str]:
    with closing(open_store(url)) as store:
        return [stat.name for stat in store.scan("embedding/")]


def lineage(url: str) -> list[str]:
    with closing(open_store(url)) as store:
        return lineage_of(store, SOURCE)[1]


def assert_equal(found: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        assert np.array_equal(found, expected)
    else:
        assert [(*x.indices, *x.values) for x in found] == [
            (*x.indices, *x.values) for x in expected
        ]


def test_a_file_in_the_place_of_a_vector_may_be_anything(tmp_path: Path) -> None:
    """A pipe, a link, and a size that no disk has."""
    url = f"file://{tmp_path}/vectors"
    texts = ["one", "two", "three", "four"]
    with EmbeddingCache(url, Recipe(model="m"), ledger=False) as cache:
        cache.put(texts, [vector(text) for text in texts])
        paths = [tmp_path / "vectors" / "embedding" / cache.key(text) for text in texts]
    for path in paths[1:3]:
        path.unlink()
    os.truncate(paths[0], 1 << 42)
    os.mkfifo(paths[1])
    paths[2].symlink_to(paths[3])
    with EmbeddingCache(url, Recipe(model="m"), ledger=False) as cache:
        result = cache.embed(texts, lambda missing: [vector(text) for text in missing])
        assert list(result.hits) == [False, False, False, True]
        assert np.allclose(result.vectors, [vector(text) for text in texts])
        assert cache.get(texts).hits.all()
