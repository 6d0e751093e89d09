"""Texts that hit are embedded again by choice, and other weights behind a name are noticed."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.embeddings import canary as module
from renai.embeddings.canary import Canary, changes_in, trust
from renai.errors import (
    ConfigurationError,
    ProviderError,
    RenaiError,
    StoreError,
    UsageError,
    VectorError,
    WeightsChangedError,
)
from renai.stores.registry import open_store
from renai.stores.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = ["tides", "bread", "lamps"]
RECIPE = Recipe(model="house-model")


class Endpoint:
    """A model that can be replaced behind its name; it adds noise, as processors do."""

    def __init__(self) -> None:
        self.weights = 0
        self.asked: list[str] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        rows = [
            np.random.default_rng([self.weights, *text.encode()]).normal(size=32) for text in texts
        ]
        noise = np.random.default_rng(len(self.asked)).normal(scale=1e-3, size=(len(texts), 32))
        return np.array(rows) + noise


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def open_cache(tmp_path: Path) -> Callable[..., EmbeddingCache]:
    def opened(**options: Any) -> EmbeddingCache:
        return EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", RECIPE, ledger=False, **options)

    return opened


@pytest.fixture(autouse=True)
def _marks_are_looked_for_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LOOKS", 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_the_same_weights_are_no_change(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, dtype: str
) -> None:
    with open_cache(canary=1.0, on_change="raise", dtype=dtype) as cache:
        stored = cache.embed(TEXTS, endpoint)
        again = cache.embed(TEXTS, endpoint)
    assert again.hits.all()
    assert np.array_equal(stored.vectors, again.vectors)
    assert endpoint.asked == TEXTS + TEXTS


def test_no_canary_asks_nothing(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    with open_cache() as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        assert cache.embed(TEXTS, endpoint).hits.all()
    assert endpoint.asked == TEXTS


def test_other_weights_stop_the_recipe_for_all_who_share_the_store(
    open_cache: Callable[..., EmbeddingCache],
    endpoint: Endpoint,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with open_cache(canary=1.0) as cache, open_cache() as other:
        cache.embed(TEXTS, endpoint)
        assert other.get(TEXTS).hits.all()
        endpoint.weights = 1
        with caplog.at_level(logging.WARNING, "renai"):
            told = cache.embed([*TEXTS, "new"], endpoint)
        assert "renai cache trust" in caplog.text
        assert "house-model" in caplog.text
        assert not told.hits.any()
        assert told.unstored == len(TEXTS) + 1
        now = endpoint(TEXTS)
        assert np.allclose(told.vectors[:3], now, atol=0.05), "as they come out today"
        assert np.isnan(other.get(TEXTS).vectors).all()
        assert not other.embed(TEXTS, endpoint).hits.any()
    with open_cache() as reopened:
        assert np.isnan(reopened.get(["new"]).vectors).all(), "nothing was stored"
        assert not reopened.get(TEXTS).hits.any()


async def test_tasks_notice_as_well(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    async def compute(texts: list[str]) -> np.ndarray:
        return endpoint(texts)

    with open_cache(canary=1.0) as cache:
        await cache.aembed(TEXTS, compute)
        assert (await cache.aembed(TEXTS, compute)).hits.all()
        endpoint.weights = 1
        assert not (await cache.aembed(TEXTS, compute)).hits.any()
        assert (await cache.aembed(TEXTS, compute)).unstored == len(TEXTS)


def test_a_change_can_be_an_error_and_a_person_can_trust_again(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, tmp_path: Path
) -> None:
    with open_cache(canary=1.0, on_change="raise") as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        with pytest.raises(WeightsChangedError, match="revision"):
            cache.embed(TEXTS, endpoint)
        with pytest.raises(WeightsChangedError):
            cache.get(TEXTS)
        endpoint.weights = 0
        store = open_store(f"sqlite:///{tmp_path}/v.sqlite")
        (change,) = changes_in(store)
        assert change.model == "house-model"
        assert set(change.keys) == set(map(cache.key, TEXTS))
        trust(store, change)
        store.close()
        assert cache.embed(TEXTS, endpoint).hits.all()


def test_an_endpoint_that_is_gone_does_not_fail_what_hits(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    def gone(texts: list[str]) -> np.ndarray:
        raise ConnectionError("nobody there")

    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        assert cache.embed(TEXTS, gone).hits.all()
        assert cache.embed(TEXTS, lambda texts: np.ones((1, 32))).hits.all()


class ChangedError(RenaiError):
    """What an embedder raises that is not the one it was."""


@pytest.mark.parametrize("error", [UsageError, ConfigurationError, ChangedError])
async def test_what_is_wrong_with_the_call_is_raised_though_all_hits(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, error: type[Exception]
) -> None:
    def changed(texts: list[str]) -> np.ndarray:
        raise error("the embedder was changed")

    async def later(texts: list[str]) -> np.ndarray:
        return changed(texts)

    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        with pytest.raises(error):
            cache.embed(TEXTS, changed)
        with pytest.raises(error):
            await cache.aembed(TEXTS, later)


@pytest.mark.parametrize("error", [ProviderError, VectorError, ConnectionError])
async def test_what_is_wrong_with_the_model_is_not(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, error: type[Exception]
) -> None:
    async def gone(texts: list[str]) -> np.ndarray:
        raise error("nobody there")

    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        assert (await cache.aembed(TEXTS, gone)).hits.all()


NAN = [math.nan] * 32


@pytest.mark.parametrize("answer", [[None] * 3, [[]] * 3, [NAN] * 3, np.full((3, 32), np.nan)])
def test_an_outage_of_a_lenient_embedder_is_no_change(
    open_cache: Callable[..., EmbeddingCache],
    endpoint: Endpoint,
    answer: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with open_cache(canary=1.0, on_change="raise") as cache:
        cache.embed(TEXTS, endpoint)
        assert cache.attempt(TEXTS, lambda texts: answer, lenient=True).hits.all()
        assert "could not be compared" in caplog.text
        assert cache.get(TEXTS).hits.all()


@pytest.mark.parametrize("failed", [None, NAN, [1.0]])
def test_only_the_sound_ones_are_compared(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, failed: Any
) -> None:
    def partly(texts: list[str]) -> Any:
        return [failed, *endpoint(texts)[1:].tolist()]

    with open_cache(canary=1.0, on_change="raise") as cache:
        cache.embed(TEXTS, endpoint)
        assert cache.attempt(TEXTS, partly, lenient=True).hits.all()
        endpoint.weights = 1
        with pytest.raises(WeightsChangedError) as told:
            cache.attempt(TEXTS, partly, lenient=True)
        assert cache.key(TEXTS[1])[:12] in str(told.value), "the first that is sound"


@pytest.mark.parametrize(
    ("stored", "computed", "is_same"),
    [
        ([0.0, 0.0], [0.0, 0.0], True),
        ([0.0, 0.0], [1.0, 0.0], False),
        ([1.0, 0.0], [0.0, 0.0], False),
        ([1.0, 0.0], [1.0, 0.0, 0.0], False),
        ([1e30, 1e30], [1e30, 1e30], True),
        ([1e-30, 0.0], [1e-30, 0.0], True),
        ([1.0, 0.0], [-1.0, 0.0], False),
    ],
)
def test_vectors_without_a_direction_or_of_any_length(
    stored: list[float], computed: list[float], *, is_same: bool
) -> None:
    with EmbeddingCache("memory://", RECIPE, ledger=False, canary=1.0) as cache:
        cache.embed(["tides"], lambda texts: [stored])
        assert cache.embed(["tides"], lambda texts: [computed]).hits.all() == is_same


def test_a_store_that_does_not_take_the_mark_is_asked_again(
    open_cache: Callable[..., EmbeddingCache],
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise StoreError("disk full")

    with open_cache(canary=1.0) as cache, open_cache() as other:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        with monkeypatch.context() as failing:
            failing.setattr(SqliteStore, "put_many", refuse)
            assert not cache.embed(TEXTS, endpoint).hits.any()
            assert not cache.embed(TEXTS, endpoint).hits.any(), "it is not forgotten"
            assert other.get(TEXTS).hits.all()
        assert not cache.get(TEXTS).hits.any()
        assert not other.get(TEXTS).hits.any()


def test_a_text_without_a_vector_is_told_though_nothing_is_stored(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        cache.embed(TEXTS, endpoint)
        with pytest.raises(VectorError, match="vector 1"):
            cache.embed(TEXTS, lambda texts: [[1.0] * 32, [math.nan] * 32, [2.0] * 32])


def test_so_many_a_day(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    with EmbeddingCache("memory://", RECIPE, ledger=False, canary=24) as cache:
        cache.embed(TEXTS, endpoint)
        for minute in range(0, 24 * 60, 10):
            now[0] = minute * 60.0
            cache.embed(TEXTS, endpoint)
    assert len(endpoint.asked) - len(TEXTS) in (23, 24)


@pytest.mark.parametrize("value", [0, 0.0, 1.5, -1, True, "0.1"])
def test_what_is_no_share_and_no_number_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="canary"):
        Canary.of(value)
