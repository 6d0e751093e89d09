"""Verify: every entry is checked as a look-up would check it, in every store."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.sparse import SparseVector
from renai.codecs.text import TextCodec
from renai.codecs.vector import VectorCodec
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import DamagedStoreError
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Recipe as AnyRecipe
from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.maintenance.verify import verify
from renai.metadata.metadata_cache import MetadataCache, metadata_key
from renai.metadata.text_cache import open_text_cache, text_key
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.upkeep import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from renai.stores.base import Store

FILE = digest_bytes(b"a document")
DTYPES = ("float32", "float16", "int8")


@pytest.fixture(params=["memory://", "file://{}", "sqlite:///{}/all.sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(request.param.format(tmp_path))) as store:
        yield store


def fill(store: Store) -> None:
    recipe = AnyRecipe("extract", 1, {})
    open_text_cache(store).record({text_key(FILE, recipe): Entry.made_by(recipe, "words")})
    recipe = AnyRecipe("metadata", 1, {"provider": "custom", "model": "m"})
    entry = Entry.made_by(recipe, {"title": "T"}, provider="custom", model="m")
    MetadataCache(store).record({metadata_key(FILE, recipe): entry})
    for dim, dtype in enumerate(DTYPES, start=3):
        cache = EmbeddingCache(store, Recipe(model="m"), dtype=dtype)
        cache.put(["a", "b"], np.ones((2, dim)))
        cache.trace(["a"], [FILE])
    SparseEmbeddingCache(store, Recipe(model="m")).put(["a"], [SparseVector.of([7], [0.5])])


def verified(store: Store, *, repair: bool = False) -> dict[str, tuple[int, list[str]]]:
    opened = OpenStore("here", store, tuple(LAYERS))
    return {
        checked.layer: (checked.entries, sorted(checked.bad))
        for checked in verify([opened], tuple(LAYERS), repair=repair)
    }


def names(store: Store) -> list[str]:
    return sorted(stat.name for stat in store.scan())


def test_whole_entries_are_found_whole(store: Store) -> None:
    fill(store)
    assert verified(store) == {
        "text": (1, []),
        "metadata": (1, []),
        "embedding": (7, []),
        "lineage": (3, []),
        "recipe": (4, []),
    }


def test_completions_of_a_gateway_are_checked(store: Store) -> None:
    fill(store)
    name = f"chat/{'a' * 64}.json"
    data = JsonCodec().encode(name, Entry({"answer": "{}"}, {}, "b" * 64))
    store.put_many({name: data})
    assert verified(store)["chat"] == (1, [])
    store.put_many({name: data.replace(b"answer", b"Answer")})
    assert verified(store)["chat"] == (1, [name])


def test_vectors_of_older_versions_are_whole(store: Store) -> None:
    for dtype in DTYPES:
        name = f"embedding/{digest_bytes(dtype.encode())}"
        store.put_many(
            {name: VectorCodec(dtype).pack([name], np.ones((1, 5), np.float32)).frames[0]}
        )
    fill(store)
    assert verified(store)["embedding"] == (10, [])


def test_a_flipped_bit_in_any_entry_is_found_and_repaired(store: Store) -> None:
    fill(store)
    whole = {name: data for batch in stream(store) for name, data in batch.items()}
    assert Counter(name.partition("/")[0] for name in whole) == {
        "text": 1,
        "metadata": 1,
        "embedding": 7,
        "lineage": 3,
        "recipe": 4,
    }
    for name, data in whole.items():
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        store.put_many({name: flipped})
        found = verified(store)
        assert [bad for _, names in found.values() for bad in names] == [name]
        assert store.get_many([name]) == {name: flipped}, "to look changes nothing"
        assert verified(store, repair=True) == found
        aside = f"quarantine/{name.replace('/', '_')}"
        assert store.get_many([name, aside]) == {aside: flipped}
        store.put_many({name: data})
    assert not any(bad for _, bad in verified(store).values())


@pytest.mark.parametrize("data", [b"", b"rnv1", b"rns1", b"rnv1f4\0\0\xff\xff\xff\xff", b"?" * 99])
def test_what_is_no_entry_is_found(data: bytes) -> None:
    store = MemoryStore()
    fill(store)
    bad = f"embedding/{0:064x}"
    store.put_many({bad: data})
    assert verified(store)["embedding"] == (8, [bad])


def test_an_entry_under_another_name_is_bad(store: Store) -> None:
    fill(store)
    held = next(stat.name for stat in store.scan("embedding/"))
    elsewhere = f"embedding/{1:064x}"
    store.put_many({elsewhere: store.get_many([held])[held]})
    assert verified(store)["embedding"][1] == [elsewhere]


def test_what_was_made_anew_meanwhile_is_not_dropped() -> None:
    class Mended(MemoryStore):
        """Somebody else repairs the entry between the check and the repair."""

        def stream(self, prefix: str = "") -> Iterator[dict[str, bytes]]:
            for stat in list(self.scan(prefix)):
                yield {stat.name: b"damaged"}

    store = Mended()
    fill(store)
    before = names(store)
    assert verified(store, repair=True)["text"][1]
    assert names(store) == before


def test_streaming_brings_what_scanning_and_getting_bring(store: Store) -> None:
    fill(store)
    for prefix in ("", "embedding/", "text/", "nothing/"):
        listed = [stat.name for stat in store.scan(prefix)]
        streamed = {name: data for batch in stream(store, prefix) for name, data in batch.items()}
        assert streamed == store.get_many(listed)


def test_an_index_that_is_damaged_is_told(tmp_path: Path) -> None:
    """Entries that are whole and cannot be found are of no use."""
    path = tmp_path / "all.sqlite"
    with closing(open_store(f"sqlite:///{path}")) as store:
        fill(store)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'entries_by_slot'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    with closing(open_store(f"sqlite:///{path}")) as store, pytest.raises(DamagedStoreError):
        verified(store)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("repair", [False, True])
def test_a_large_file_is_checked_by_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, repair: bool
) -> None:
    monkeypatch.setattr("renai.processes.processors", lambda: count)
    monkeypatch.setattr("renai.maintenance.verify.processors", lambda: count)
    monkeypatch.setattr("renai.maintenance.verify._LARGE", 0)
    with closing(open_store(f"sqlite:///{tmp_path}/all.sqlite")) as store:
        fill(store)
        cache = EmbeddingCache(store, Recipe(model="many"))
        cache.put([f"text {number}" for number in range(2000)], np.ones((2000, 4)))
        store.delete_many(names(store)[200:900])  # its rows are not evenly spread
        whole = verified(store)
        assert whole["embedding"][0] == len(list(store.scan("embedding/")))
        bad = [name for name in names(store) if name.startswith("embedding/")][::7]
        store.put_many(dict.fromkeys(bad, b"damaged"))
        monkeypatch.setattr("renai.maintenance.verify._LARGE", 1 << 40)
        assert verified(store)["embedding"] == (whole["embedding"][0], bad)
        monkeypatch.setattr("renai.maintenance.verify._LARGE", 0)
        assert verified(store, repair=repair)["embedding"] == (whole["embedding"][0], bad)
        assert set(store.get_many(bad)) == (set() if repair else set(bad))


@pytest.mark.parametrize("count", [1, 2])
def test_damage_of_a_large_file_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("renai.processes.processors", lambda: count)
    monkeypatch.setattr("renai.maintenance.verify.processors", lambda: count)
    monkeypatch.setattr("renai.maintenance.verify._LARGE", 0)
    path = tmp_path / "all.sqlite"
    with closing(open_store(f"sqlite:///{path}")) as store:
        fill(store)
        EmbeddingCache(store, Recipe(model="many")).put(
            list(map(str, range(3000))), np.ones((3000, 9))
        )
    size = path.stat().st_size
    with path.open("r+b") as stream_:
        stream_.seek(size // 2)
        stream_.write(b"\xff" * (size // 4))
    with (
        closing(open_store(f"sqlite:///{path}")) as store,
        pytest.raises(DamagedStoreError, match="move it away"),
    ):
        verified(store)


def test_what_is_too_large_is_bad_and_not_read(caplog: pytest.LogCaptureFixture) -> None:
    asked = []

    class Shared(MemoryStore):
        """Tells sizes before values, as a server does."""

        def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
            asked.extend(names)
            return {
                name: data for name, data in self.get_many(names).items() if len(data) <= most_bytes
            }

        def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
            found = super().get_many(names)
            assert all(len(data) <= 16 << 20 for data in found.values()), "it was read"
            return found

    store = Shared()
    large = f"embedding/{'0' * 64}"
    with EmbeddingCache(store, Recipe("m"), ledger=False) as cache:
        cache.put(["a"], [[1.0, 2.0]])
    store.put_many({large: bytes((16 << 20) + 1)})
    opened = OpenStore("here", store, ("embedding",))
    vectors = next(iter(verify([opened], ["embedding"])))
    assert (vectors.entries, vectors.bad) == (2, [large])
    assert large not in asked


def test_files_of_absurd_sizes_are_bad_where_they_are_renais(tmp_path: Path) -> None:
    ours, theirs = f"text/{'0' * 64}_basic.txt", "text/a-film.txt"
    long = f"text/{'1' * 64}_basic.txt"
    with closing(open_store(f"file://{tmp_path}/cache")) as store:
        text = TextCodec().encode(long, Entry("x" * (20 << 20), {}, ""))
        store.put_many({ours: b"1", theirs: b"1", long: text})
        for name in (ours, theirs):
            os.truncate(tmp_path / "cache" / name, 1 << 40)
        opened = OpenStore("here", store, ("text",))
        (texts,) = verify([opened], ["text"])
        assert (texts.entries, texts.bad, texts.dropped) == (2, [ours], [])
        (texts,) = verify([opened], ["text"], repair=True)
        assert texts.dropped == [ours]
        assert (
            tmp_path / "cache" / "quarantine" / ours.replace("/", "_")
        ).stat().st_size == 1 << 40
        (texts,) = verify([opened], ["text"])
        assert (texts.entries, texts.bad) == (1, [])
        assert (tmp_path / "cache" / theirs).exists()
