"""Texts that hit are embedded again by choice, and other weights behind a name are noticed."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.embeddings import canary as module
from renai.embeddings import questions
from renai.embeddings.canary import Canary
from renai.embeddings.marks import CHANGED, changes_in, read_change, said_of, trust
from renai.errors import (
    ConfigurationError,
    ProviderError,
    RenaiError,
    StoreError,
    UsageError,
    VectorError,
    WeightsChangedError,
)
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.sqlite.store import SqliteStore
from waiting import LIMIT, unless_it_hangs, when_followed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


# Threads, tiers, and what others write


def test_a_reading_that_began_before_the_mark_does_not_clear_it(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    with EmbeddingCache(store, RECIPE, ledger=False, canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        read = store.get_many

        def read_while_another_thread_notices(names: list[str]) -> dict[str, bytes]:
            found = read(names)
            if names[0].startswith("changed/") and not found:
                monkeypatch.setattr(store, "get_many", read)
                other = threading.Thread(target=cache.embed, args=(TEXTS, endpoint))
                other.start()
                other.join()
            return found

        monkeypatch.setattr(store, "get_many", read_while_another_thread_notices)
        assert np.isnan(cache.get(TEXTS).vectors).all()


def test_nobody_passes_while_the_first_look_is_under_way(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LOOKS", 1000.0)
    store = MemoryStore()
    with EmbeddingCache(store, RECIPE, ledger=False, canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        cache.embed(TEXTS, endpoint)
    with EmbeddingCache(store, RECIPE, ledger=False) as cache:
        read, hits = store.get_many, []

        def read_while_another_thread_reads(names: list[str]) -> dict[str, bytes]:
            if names[0].startswith("changed/"):
                monkeypatch.setattr(store, "get_many", read)
                other = threading.Thread(target=lambda: hits.extend(cache.get(TEXTS).hits))
                other.start()
                other.join()
            return read(names)

        monkeypatch.setattr(store, "get_many", read_while_another_thread_reads)
        cache.get(TEXTS)
        assert hits == [False] * len(TEXTS)


def test_threads_that_notice_at_once_store_nothing(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, tmp_path: Path
) -> None:
    told: list[Any] = []
    with open_cache(canary=1.0) as cache:
        old = cache.embed(TEXTS, endpoint).vectors
        endpoint.weights = 1
        barrier = threading.Barrier(6)

        def work(number: int) -> None:
            barrier.wait()
            told.append(cache.embed([*TEXTS, f"new {number}"], endpoint))

        threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            unless_it_hangs(thread.join)
        assert len(told) == 6
        now = endpoint(TEXTS)
        for each in told:
            assert np.allclose(each.vectors[:3], now, atol=0.05)
    with closing(open_store(f"sqlite:///{tmp_path}/v.sqlite")) as store:
        (change,) = changes_in(store)
        trust(store, change)
    with open_cache() as cache:
        assert np.array_equal(cache.get(TEXTS).vectors, old), "none was written over"


def test_a_mark_is_in_the_slow_one_of_two_tiers_alone(tmp_path: Path, endpoint: Endpoint) -> None:
    slow = f"sqlite:///{tmp_path}/slow.sqlite"

    def tiers(fast: str) -> EmbeddingCache:
        url = [f"sqlite:///{tmp_path}/{fast}.sqlite", slow]
        return EmbeddingCache(url, RECIPE, ledger=False, canary=1.0)

    with tiers("mine") as mine, tiers("other") as other:
        mine.embed(TEXTS, endpoint)
        assert other.get(TEXTS).hits.all()
        endpoint.weights = 1
        mine.embed(TEXTS, endpoint)
        assert not other.get(TEXTS).hits.any()
        for fast in ("mine", "other"):
            with closing(open_store(f"sqlite:///{tmp_path}/{fast}.sqlite")) as store:
                assert not list(store.scan(CHANGED))
        endpoint.weights = 0
        with closing(open_store(slow)) as store:
            trust(store, *changes_in(store))
        assert mine.embed(TEXTS, endpoint).hits.all()
        assert other.embed(TEXTS, endpoint).hits.all()


GOOD: dict[str, Any] = {
    "model": "m",
    "keys": ["ab" * 32],
    "distance": 0.5,
    "noticed_at": 1_700_000_000.0,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, None) for field in GOOD),
        *((field, []) for field in ("model", "distance", "noticed_at")),
        *(
            (field, value)
            for field in ("distance", "noticed_at")
            for value in (10**400, -1, -1e300, math.nan, math.inf, -math.inf, "1", True, {})
        ),
        ("distance", 2.5),
        ("noticed_at", 1e11),
        ("noticed_at", 253_402_300_799),
        ("keys", "ab" * 32),
        ("keys", [1]),
        ("keys", ["\x1b[2J"]),
        ("keys", {"ab" * 32: 1}),
    ],
)
def test_a_mark_that_says_what_cannot_be_is_none(
    open_cache: Callable[..., EmbeddingCache],
    endpoint: Endpoint,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    field: str,
    value: Any,
) -> None:
    with open_cache() as cache, closing(open_store(f"sqlite:///{tmp_path}/v.sqlite")) as store:
        cache.embed(TEXTS, endpoint)
        name = CHANGED + cache._names.common
        store.put_many({name: _mark(name, GOOD | {field: value})})
        for _ in range(3):
            assert cache.get(TEXTS).hits.all()
        assert changes_in(store) == []
        assert caplog.text.count("is passed over") == 2, "once by the cache, once by the list"
        store.put_many({name: _mark(name, GOOD)})
        assert not cache.get(TEXTS).hits.any()


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff" * 9, b"x" * (1 << 17)])
def test_so_is_one_that_is_damaged_until_a_canary_writes_it_anew(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, tmp_path: Path, data: bytes
) -> None:
    with (
        open_cache(canary=1.0) as cache,
        closing(open_store(f"sqlite:///{tmp_path}/v.sqlite")) as store,
    ):
        cache.embed(TEXTS, endpoint)
        store.put_many({CHANGED + cache._names.common: data, f"{CHANGED}notes": data})
        assert cache.embed(TEXTS, endpoint).hits.all()
        endpoint.weights = 1
        assert not cache.embed(TEXTS, endpoint).hits.any()
        (change,) = changes_in(store)
        assert change.digest == cache._names.common


def test_what_a_mark_says_cannot_control_a_terminal() -> None:
    name = CHANGED + "ab" * 32
    keys = ["cd" * 32] * 1000
    change = read_change(name, _mark(name, GOOD | {"model": "\x1b[2J\n" * 99, "keys": keys}))
    assert said_of(change).isprintable()
    assert len(said_of(change)) < 1000
    assert len(change.keys) == 10


def _mark(name: str, value: dict[str, Any]) -> bytes:
    return JsonCodec().encode(name, Entry(value, {}, "ab" * 32))


def test_a_text_without_a_vector_is_told_though_nothing_is_stored(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        cache.embed(TEXTS, endpoint)
        with pytest.raises(VectorError, match=r"vector 1 .* of the others, 2 are not stored"):
            cache.embed(TEXTS, lambda texts: [[1.0] * 32, [math.nan] * 32, [2.0] * 32])


def test_nothing_is_adopted_while_the_recipe_is_stopped(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    with open_cache(canary=1.0) as cache, open_cache(on_change="raise") as strict:
        old = cache.embed(TEXTS, endpoint).vectors
        endpoint.weights = 1
        cache.embed(TEXTS, endpoint)
        assert cache.put([*TEXTS, "new"], endpoint([*TEXTS, "new"])) == 0
        with pytest.raises(VectorError):
            cache.put(TEXTS, NAN)
        with pytest.raises(WeightsChangedError):
            strict.put(["new"], endpoint(["new"]))
        trust(cache._store, *changes_in(cache._store))
        assert np.array_equal(cache.get(TEXTS).vectors, old)
        assert not cache.get(["new"]).hits.any()


def test_who_waits_for_another_is_told_that_nothing_is_stored(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    async def both(cache: EmbeddingCache) -> list[int]:
        may_end = asyncio.Event()
        when_followed(cache._unkept, may_end.set)

        async def compute(texts: list[str]) -> np.ndarray:
            await may_end.wait()
            return endpoint(texts)

        told = await asyncio.gather(cache.aembed(TEXTS, compute), cache.aembed(TEXTS[:2], compute))
        return [each.unstored for each in told]

    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        cache.embed(TEXTS, endpoint)
        endpoint.asked.clear()
        assert asyncio.run(both(cache)) == [3, 2]
        assert sorted(endpoint.asked) == sorted(TEXTS), "one has waited for the other"


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


class Hanging:
    """An endpoint that does not answer until it is let go."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.asked.set()
        assert self.let_go.wait(LIMIT)
        return self.endpoint(texts)


@pytest.fixture
def hanging(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(questions, "_PATIENCE", 0.01)
    hanging = Hanging(endpoint)
    yield hanging
    hanging.let_go.set()


def test_an_endpoint_that_hangs_does_not_delay_what_hits_and_is_heeded_later(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, hanging: Hanging
) -> None:
    with open_cache(canary=1.0) as cache:
        stored = cache.embed(TEXTS, endpoint)
        endpoint.weights = 1
        embedded = cache.embed(TEXTS, hanging)
        assert embedded.hits.all()
        embedded.vectors[:] = 0.0
        assert hanging.asked.wait(LIMIT)
        assert cache.embed(TEXTS, pytest.fail).hits.all(), "one question at a time"
        assert np.array_equal(cache.get(TEXTS).vectors, stored.vectors)
        hanging.let_go.set()
        cache._comparison.questions.let_go_first()
        assert not cache._comparison.questions.is_open
        assert not cache.embed(TEXTS, endpoint).hits.any()


def test_a_late_answer_of_the_same_weights_is_no_change_whatever_became_of_the_rows(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, hanging: Hanging
) -> None:
    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        cache.embed(TEXTS, hanging).vectors[:] *= -1.0
        hanging.let_go.set()
        cache._comparison.questions.let_go_first()
        assert cache.embed(TEXTS, endpoint).hits.all()


def test_what_is_missing_is_not_asked_for_while_a_question_is_open(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint, hanging: Hanging
) -> None:
    with open_cache(canary=1.0) as cache:
        cache.embed(TEXTS, endpoint)
        cache.embed(TEXTS, hanging)
        before = list(endpoint.asked)
        waiting = threading.Thread(target=cache.embed, args=(["new"], endpoint))
        waiting.start()
        assert endpoint.asked == before
        hanging.let_go.set()
        waiting.join(LIMIT)
        assert endpoint.asked == [*before, *TEXTS, "new"]


async def test_a_task_is_not_delayed_either(
    open_cache: Callable[..., EmbeddingCache],
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "_PATIENCE", 0.01)
    let_go = asyncio.Event()

    async def compute(texts: list[str]) -> np.ndarray:
        return endpoint(texts)

    async def hang(texts: list[str]) -> np.ndarray:
        await let_go.wait()
        return endpoint(texts)

    with open_cache(canary=1.0, on_change="raise") as cache:
        await cache.aembed(TEXTS, compute)
        endpoint.weights = 1
        assert (await cache.aembed(TEXTS, hang)).hits.all()
        assert cache._comparison.questions.is_open
        let_go.set()
        await cache._comparison.questions.alet_go_first()
        with pytest.raises(WeightsChangedError):
            await cache.aembed(TEXTS, compute)


async def test_a_task_that_is_cancelled_asks_no_further(
    open_cache: Callable[..., EmbeddingCache], endpoint: Endpoint
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def compute(texts: list[str]) -> np.ndarray:
        return endpoint(texts)

    async def hang(texts: list[str]) -> np.ndarray:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    with open_cache(canary=1.0) as cache:
        await cache.aembed(TEXTS, compute)
        task = asyncio.create_task(cache.aembed(TEXTS, hang))
        await asyncio.wait_for(asked.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 60)
        assert not cache._comparison.questions.is_open


# The end of a program, with a question still open

AT_THE_END = """
import asyncio, logging, sys, threading
import numpy as np
from renai import EmbeddingCache, Recipe
from renai.embeddings import questions
logging.basicConfig(format="%(message)s")
url, on_change, way = sys.argv[1:]
questions._PATIENCE = 0.01

def answer(texts):
    return np.ones((len(texts), 8))

def answer_late(texts):
    threading.main_thread().join()
    return -np.ones((len(texts), 8))

def never(texts):
    threading.Event().wait()

async def never_in_a_task(texts):
    await asyncio.Event().wait()

def use():  # nobody closes it
    cache = EmbeddingCache(url, Recipe("m", revision="1"), canary=1.0, on_change=on_change)
    cache.embed(["a", "b"], answer)
    if way == "task":
        assert asyncio.run(cache.aembed(["a", "b"], never_in_a_task)).hits.all()
    else:
        assert cache.embed(["a", "b"], answer_late if way == "late" else never).hits.all()

use()
if way == "late":
    questions._PATIENCE = 300.0
"""


@pytest.mark.parametrize("on_change", ["warn", "raise"])
@pytest.mark.parametrize("way", ["late", "never", "task"])
def test_a_program_that_ends_says_what_became_of_its_question(
    tmp_path: Path, way: str, on_change: str
) -> None:
    url = f"sqlite:///{tmp_path}/v.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END, url, on_change, way],
        env=os.environ | {"RENAI_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert "Traceback" not in done.stderr
    with closing(open_store(url)) as store:
        changes = list(changes_in(store))
    if way == "late":
        (change,) = changes
        assert said_of(change) in done.stderr
    else:
        assert "the model did not answer in time" in done.stderr
        assert not changes
    assert len(done.stderr.splitlines()) == 1
