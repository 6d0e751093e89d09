"""Prune: what is old, whose it is, and what is too much."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.sparse import SparseVector
from renai.codecs.vector import VectorCodec
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.maintenance.prune import choose, drop, give_back
from renai.metadata.metadata_cache import metadata_name
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = 86_400.0


@pytest.fixture
def opened(tmp_path: Path) -> OpenStore:
    """Texts of 100 bytes that were made, and last used, so many days ago."""
    store = FileStore(tmp_path)
    for number, days in enumerate((100, 10, 1)):
        name = f"text/{number:064x}_basic.txt"
        store.put_many({name: b"x" * 100})
        then = time.time() - days * DAY
        os.utime(tmp_path / name, (then, then))
    return OpenStore("here", store, tuple(LAYERS))


def chosen(opened: OpenStore, **what: object) -> list[int]:
    return sorted(int(entry.subject, 16) for entry in choose([opened], tuple(LAYERS), **what))


def test_by_age(opened: OpenStore) -> None:
    assert chosen(opened, older_than=90 * DAY) == [0]
    assert chosen(opened, older_than=5 * DAY) == [0, 1]
    assert chosen(opened, older_than=900 * DAY) == []


def test_to_a_size_the_least_recently_used_go_first(opened: OpenStore) -> None:
    assert chosen(opened, max_size=300) == []
    assert chosen(opened, max_size=299) == [0]
    assert chosen(opened, max_size=100) == [0, 1]
    assert chosen(opened, max_size=0) == [0, 1, 2]


def test_by_both_what_is_old_makes_room_first(opened: OpenStore) -> None:
    assert chosen(opened, older_than=90 * DAY, max_size=200) == [0]
    assert chosen(opened, older_than=90 * DAY, max_size=150) == [0, 1]


def test_only_what_was_chosen_goes(opened: OpenStore) -> None:
    assert drop([opened], choose([opened], ("text",), older_than=5 * DAY)) == 2
    assert [stat.name[-11] for stat in opened.store.scan()] == ["2"]


def test_by_whom_and_where() -> None:
    stores = [OpenStore(place, MemoryStore(), tuple(LAYERS)) for place in ("here", "there")]
    for opened in stores:
        for model in ("first", "second"):
            opened.store.put_many({metadata_name("a" * 64, "custom", model): b"{}"})
    going = choose([stores[1]], ("metadata",), older_than=-1)
    assert drop(stores, going) == 2
    assert [len(list(opened.store.scan())) for opened in stores] == [2, 0]


@pytest.mark.parametrize("url", ["file://{}/v", "sqlite:///{}/v.sqlite", "redis", "postgres"])
def test_vectors_of_one_model(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if "://" not in url:
        server = request.getfixturevalue(f"{url}_server")
        server.empty()
        url = server.url
    with closing(open_store(url.format(tmp_path))) as store:
        opened = [OpenStore("here", store, ("embedding",))]
        caches = {}
        for model in ("old", "new"):
            for dtype in ("float32", "int8"):
                cache = EmbeddingCache(store, Recipe(model), dtype=dtype, ledger=False)
                cache.put(["a", "b"], np.ones((2, 4)))
                caches[model, dtype] = cache
            SparseEmbeddingCache(store, Recipe(model), ledger=False).put(
                ["a"], [SparseVector.of([1], [1.0])]
            )
        older = f"embedding/{'0' * 64}"
        frames = VectorCodec().pack([older], np.ones((1, 4), np.float32)).frames
        store.put_many({older: frames[0]})

        assert choose(opened, ("embedding",), model="other") == []
        assert choose(opened, ("text",), model="old") == []
        assert drop(opened, choose(opened, ("embedding",), model="old")) == 5
        for (model, _), cache in caches.items():
            assert cache.get(["a", "b"]).hits.all() == (model == "new")
        assert len(choose(opened, ("embedding",), model="new")) == 5
        assert older in store.get_many([older]), "nobody knows whose it is"
        assert choose(opened, ("embedding",), model="") == []
        assert len(choose(opened, ("embedding",), older_than=-1)) == 6


def test_vectors_are_not_read_where_their_recipe_does_not_matter() -> None:
    class Unreadable(MemoryStore):
        def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
            raise AssertionError(f"{names} are read")

    store = Unreadable()
    store.put_many({f"embedding/{number:064x}": b"x" * 10 for number in range(3)})
    opened = [OpenStore("here", store, ("embedding",))]
    assert len(choose(opened, ("embedding",), max_size=10)) == 2


@pytest.mark.parametrize("limit", [None, 10**9])
def test_what_is_dropped_is_given_back_to_the_disk(tmp_path: Path, limit: int | None) -> None:
    path = tmp_path / "vectors.sqlite"
    names = [f"embedding/{number * 7919 % 2000:064x}" for number in range(2000)]
    with open_store(f"sqlite:///{path}", max_bytes=limit) as store:
        for start in range(0, 2000, 250):
            store.put_many(dict.fromkeys(names[start : start + 250], b"v" * 4124))
        opened = OpenStore("here", store, ("embedding",))
        full = sum(each.stat().st_size for each in tmp_path.iterdir())
        going = choose([opened], ("embedding",), max_size=2_000_000)
        assert drop([opened], going) > 1000
        assert give_back([opened], going) == []
        left = list(store.scan())
        assert sum(stat.size for stat in left) <= 2_000_000
        assert len(store.get_many([stat.name for stat in left])) == len(left)
        files = sum(each.stat().st_size for each in tmp_path.glob("*.sqlite*"))
        assert files < 3_000_000 < full
        few = choose([opened], ("embedding",), max_size=sum(stat.size for stat in left) - 1)
        before = path.stat().st_mtime_ns
        drop([opened], few)
        give_back([opened], few)
        assert path.stat().st_mtime_ns == before, "a file is not written anew for one entry"


def test_a_file_in_use_keeps_its_size_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    with open_store(f"sqlite:///{path}") as store:
        store.put_many({f"embedding/{number:064x}": b"v" * 4124 for number in range(500)})
        opened = OpenStore("here", store, ("embedding",))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM entries").fetchone()
            # Else it would wait for half a minute.
            store._file._connection.execute("PRAGMA busy_timeout = 10")  # type: ignore[attr-defined]
            going = choose([opened], ("embedding",), max_size=100_000)
            drop([opened], going)
            (said,) = give_back([opened], going)
    assert "not given back" in said
    assert "in use" in said
