"""Lineage: which vectors came out of which file."""

from __future__ import annotations

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.embeddings.lineage import lineage_of, read_lineage
from renai.errors import DamagedEntryError, StoreError, UsageError
from renai.keys.digest import digest_bytes
from renai.stores.memory import MemoryStore

ONE, TWO = digest_bytes(b"one"), digest_bytes(b"two")


def vectors_of(store: MemoryStore, source: str) -> set[str]:
    return set(lineage_of(store, source)[1])


def test_the_vectors_of_a_file_are_found() -> None:
    store = MemoryStore()
    cache = EmbeddingCache(store, Recipe(model="m"))
    cache.trace(["a", "b", "c", "b"], [ONE, ONE, TWO, TWO])
    cache.trace(["d"], [ONE])
    cache.trace(["nobody's"], [None])
    name_of = {text: f"embedding/{cache.key(text)}" for text in "abcd"}
    assert vectors_of(store, ONE) == {name_of["a"], name_of["b"], name_of["d"]}
    assert vectors_of(store, TWO) == {name_of["b"], name_of["c"]}
    assert vectors_of(store, digest_bytes(b"three")) == set()


def test_the_names_are_those_of_the_entries() -> None:
    store = MemoryStore()
    cache = EmbeddingCache(store, Recipe(model="m"), dtype="int8", namespace="mine")
    cache.trace(["a"], [ONE])
    cache.put(["a"], np.ones((1, 3)))
    assert vectors_of(store, ONE) == {stat.name for stat in store.scan("embedding/")}


def test_there_is_one_source_for_each_text() -> None:
    with pytest.raises(UsageError, match="1 sources for 2 texts"):
        EmbeddingCache("memory://", Recipe(model="m")).trace(["a", "b"], [ONE])


def test_what_is_known_is_not_written_again() -> None:
    class Counting(MemoryStore):
        writes = 0

        def put_many(self, items, ttl=None):
            self.writes += 1
            super().put_many(items, ttl)

    store = Counting()
    cache = EmbeddingCache(store, Recipe(model="m"))
    for _ in range(3):
        cache.trace(["a", "b"], [ONE, ONE])
        cache.trace(["b", "a"], [ONE, ONE])
    assert store.writes == 1


def test_a_damaged_record_is_written_anew_and_never_believed() -> None:
    store = MemoryStore()
    cache = EmbeddingCache(store, Recipe(model="m"))
    cache.trace(["a"], [ONE])
    ((name, data),) = [(s.name, store.get_many([s.name])[s.name]) for s in store.scan()]
    for damaged in (b"", data[:-1], data[:9] + bytes([data[9] ^ 1]) + data[10:], b"x" * 40):
        store.put_many({name: damaged})
        with pytest.raises(DamagedEntryError, match="lineage"):
            read_lineage(name, damaged)
        assert lineage_of(store, ONE) == ([name], [])
    cache.trace(["a"], [ONE])
    assert store.get_many([name]) == {name: data}


def test_a_source_is_a_digest() -> None:
    cache = EmbeddingCache(MemoryStore(), Recipe(model="m"))
    for source in ("report.pdf", ONE.upper(), "../" + ONE, ""):
        with pytest.raises(UsageError, match="SHA-256"):
            cache.trace(["a"], [source])


def test_a_store_that_fails_costs_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(MemoryStore):
        def get_many(self, names):
            raise StoreError("it is on fire")

    EmbeddingCache(Failing(), Recipe(model="m")).trace(["a"], [ONE])
    assert "on fire" in caplog.text
