"""Vectors that were read and checked are used again while the store holds the very same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.embeddings import frames as module
from renai.errors import StoreError
from renai.stores.registry import open_store

RECIPE = Recipe("toy", revision="1")


async def embed(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), 1.5, -2.0] for text in texts])


@pytest.fixture
def url(tmp_path):
    """Give a file that holds a vector: nothing closes it when it is idle, beside the test."""
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    with EmbeddingCache(url, Recipe("another"), ledger=False) as cache:
        cache.put(["a"], np.ones((1, 3)))
    return url


@pytest.fixture
def cache(url):
    with EmbeddingCache(url, RECIPE, ledger=False) as cache:
        yield cache


async def held_of(cache: EmbeddingCache, texts: list[str]):
    await cache.aembed(texts, embed)
    held = (await cache.aembed(texts, embed)).held
    assert held is not None
    return held


async def test_they_hit_as_often_as_they_are_used(cache):
    held = await held_of(cache, ["a", "bb", "a"])
    hits = cache._counters.hits
    assert cache.still_holds(held)
    assert cache.still_holds(held)
    assert cache._counters.hits == hits + 2 * 2


async def test_only_few_that_were_all_there_are_told(cache):
    assert (await cache.aembed(["a"], embed)).held is None
    assert (await cache.aembed(["a", "new"], embed)).held is None
    many = [str(number) for number in range(100)]
    await cache.aembed(many, embed)
    assert (await cache.aembed(many, embed)).held is None


async def test_what_another_process_deletes_or_replaces_is_not_held(cache, url):
    held = await held_of(cache, ["a", "bb"])
    first, second = held.entries
    with open_store(url) as other:
        other.delete_many([first])
        assert not cache.still_holds(held)
        other.put_many({first: held.entries[first]})
        assert cache.still_holds(held)
        other.put_many({second: held.entries[second][:-1] + b"?"})
    hits = cache._counters.hits
    assert not cache.still_holds(held)
    assert cache._counters.hits == hits


async def test_what_has_expired_is_not_held(url, monkeypatch):
    with EmbeddingCache(url, RECIPE, ledger=False, ttl=100) as cache:
        held = await held_of(cache, ["a"])
        assert cache.still_holds(held)
        monkeypatch.setattr(module.time, "time", lambda: held.expires_at)
        assert not cache.still_holds(held)


async def test_another_dimension_ends_it(cache, url):
    with EmbeddingCache(url, RECIPE, ledger=False) as other:
        await other.aembed(["a"], embed)
    held = await held_of(cache, ["a"])
    cache.put(["other"], np.ones((1, 5)))
    assert not cache.still_holds(held)


async def test_a_recipe_that_is_stopped_ends_it(url, caplog):
    async def other(texts: list[str]) -> np.ndarray:
        return -(await embed(texts))

    with (
        EmbeddingCache(url, RECIPE, ledger=False) as cache,
        EmbeddingCache(url, RECIPE, ledger=False, canary=1.0) as watching,
    ):
        held = await held_of(cache, ["a"])
        assert not watching.still_holds(held)  # some of them are to be compared
        await watching.aembed(["a"], other)
        assert "weights" in caplog.text
        cache._comparison.watch._look_at = float("-inf")  # it looks now and then
        assert not cache.still_holds(held)


async def test_a_store_that_fails_holds_nothing(cache, monkeypatch):
    held = await held_of(cache, ["a"])

    def fail(_names):
        raise StoreError("gone")

    monkeypatch.setattr(cache._store, "get_many", fail)
    assert not cache.still_holds(held)


async def test_stores_that_may_take_long_are_not_asked(tmp_path):
    with EmbeddingCache(f"file:///{tmp_path}/store", RECIPE, ledger=False) as cache:
        await cache.aembed(["a"], embed)
        assert (await cache.aembed(["a"], embed)).held is None
