"""A vector is computed once, kept, and used only where it is the right one."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from forks import exit_code, fork
from renai import EmbeddingCache, Recipe
from renai.codecs.vector import VectorCodec
from renai.embeddings import recipe as recipe_module
from renai.errors import ConfigurationError, StoreError, UsageError, VectorError
from renai.keys.canonical import encode
from renai.stores.memory import MemoryStore
from renai.stores.tiered import TieredStore
from waiting import LIMIT, unless_it_hangs, until_async

RECIPE = Recipe("toy", revision="1")
DIM = 4


class Toy:
    """A model that tells what it was asked."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.calls.append(texts)
        return np.array([vector_of(text) for text in texts])

    async def later(self, texts: list[str]) -> np.ndarray:
        await asyncio.sleep(0.01)
        return self(texts)

    @property
    def asked(self) -> list[str]:
        return [text for call in self.calls for text in call]


def vector_of(text: str) -> list[float]:
    return [len(text), sum(map(ord, text)) % 97, -1.5, 0.25]


def expected(texts: list[str]) -> np.ndarray:
    return np.array([vector_of(text) for text in texts], np.float32)


@pytest.fixture
def toy():
    return Toy()


@pytest.fixture(params=["memory", "file", "sqlite"])
def url(request, tmp_path):
    return {
        "memory": "memory://",
        "file": f"file://{tmp_path}/vectors",
        "sqlite": f"sqlite:///{tmp_path}/vectors.sqlite",
    }[request.param]


def test_only_missing_texts_are_computed_each_once_and_all_come_back_in_order(url, toy):
    with EmbeddingCache(url, RECIPE) as cache:
        first = cache.embed(["a", "bb", "a"], toy)
        second = cache.embed(["ccc", "a", "ccc", "bb"], toy)
    assert toy.calls == [["a", "bb"], ["ccc"]]
    assert np.array_equal(first.vectors, expected(["a", "bb", "a"]))
    assert np.array_equal(second.vectors, expected(["ccc", "a", "ccc", "bb"]))
    assert first.hits.tolist() == [False, False, False]
    assert second.hits.tolist() == [False, True, False, True]
    assert first.vectors.dtype == np.float32
    assert first.hits.dtype == np.bool_


@pytest.mark.parametrize("scheme", ["file://{}/vectors", "sqlite:///{}/vectors.sqlite"])
def test_a_later_process_finds_what_was_kept(scheme, tmp_path, toy):
    for _ in range(2):
        with EmbeddingCache(scheme.format(tmp_path), RECIPE) as cache:
            result = cache.embed(["a", "bb"], toy)
    assert result.hits.all()
    assert toy.calls == [["a", "bb"]]


def test_nothing_in_gives_nothing_of_the_known_dimension(url, toy):
    with EmbeddingCache(url, RECIPE) as cache:
        assert cache.embed([], toy).vectors.shape == (0, 0)
        cache.embed(["a"], toy)
        empty = cache.embed([], toy)
    assert empty.vectors.shape == (0, DIM)
    assert empty.hits.shape == (0,)


def test_more_texts_than_are_read_at_once(toy):
    texts = [f"text {number}" for number in range(10_000)]
    cache = EmbeddingCache("memory://", RECIPE)
    cache.put(texts[::2], expected(texts[::2]))
    result = cache.embed(texts, toy)
    assert np.array_equal(result.vectors, expected(texts))
    assert result.hits.tolist() == [number % 2 == 0 for number in range(10_000)]
    assert toy.asked == texts[1::2]
    assert max(map(len, toy.calls)) == 256


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_a_hit_gives_the_very_numbers_that_the_miss_gave(dtype):
    vectors = np.random.default_rng(7).normal(size=(50, 33))
    texts = [str(row) for row in range(50)]
    cache = EmbeddingCache("memory://", RECIPE, dtype=dtype)
    missed = cache.embed(texts, lambda missing: vectors[list(map(int, missing))])
    hit = cache.get(texts)
    assert hit.hits.all()
    assert np.array_equal(missed.vectors, hit.vectors)
    assert np.allclose(hit.vectors, vectors, atol=0.02)


async def test_sync_and_async_give_the_same(url, toy):
    texts = ["a", "bb", "a", "ccc"]
    with (
        EmbeddingCache(url, RECIPE, batch_size=2) as one,
        EmbeddingCache("memory://", RECIPE, batch_size=2) as other,
    ):
        other.put(["bb"], expected(["bb"]))
        one.put(["bb"], expected(["bb"]))
        awaited = await one.aembed(texts, toy.later)
        blocked = other.embed(texts, toy)
        again = await one.aembed(texts, toy.later)
    assert np.array_equal(awaited.vectors, blocked.vectors)
    assert awaited.hits.tolist() == blocked.hits.tolist() == [False, True, False, False]
    assert again.hits.all()
    assert toy.calls == [["a", "ccc"]] * 2


# The key


def test_the_key_digests_the_canonical_encoding_of_all_that_matters():
    cache = EmbeddingCache("memory://", RECIPE, namespace="tenant")
    before = encode(("embedding", "tenant", RECIPE.digest, "float32"))
    whole = before + "héllo".encode()
    assert cache.key("héllo") == hashlib.blake2b(whole, digest_size=32).hexdigest()


def test_the_key_of_a_text_is_frozen():
    assert EmbeddingCache("memory://", Recipe("m")).key("a") == (
        "59be828a5d5d002ea5ce982a0a8f6d0314f10a588c3a90e37a380efa8c97ea0e"
    )


def test_whatever_shapes_a_vector_changes_the_key():
    caches = [
        EmbeddingCache("memory://", Recipe("m")),
        EmbeddingCache("memory://", Recipe("n")),
        EmbeddingCache("memory://", Recipe("m", revision="1")),
        EmbeddingCache("memory://", Recipe("m", role="query")),
        EmbeddingCache("memory://", Recipe("m", symmetric=True)),
        EmbeddingCache("memory://", Recipe("m", dimensions=1)),
        EmbeddingCache("memory://", Recipe("m", dimensions=1.0)),
        EmbeddingCache("memory://", Recipe("m", dimensions=True)),
        EmbeddingCache("memory://", Recipe("m", dimensions="1")),
        EmbeddingCache("memory://", Recipe("m"), namespace="other"),
        EmbeddingCache("memory://", Recipe("m"), dtype="float16"),
        EmbeddingCache("memory://", Recipe("m"), dtype="int8"),
    ]
    keys = {cache.key(text) for cache in caches for text in ("", "a", "b", "\ud800", "\0")}
    assert len(keys) == len(caches) * 5


def test_queries_and_documents_share_vectors_only_where_the_model_is_symmetric():
    def key(**recipe):
        return EmbeddingCache("memory://", Recipe("m", **recipe)).key("a")

    assert key(role="query") != key(role="document")
    assert key(role="query", symmetric=True) == key(role="document", symmetric=True)


def test_a_recipe_that_cannot_be_encoded_is_a_type_error():
    with pytest.raises(TypeError, match="object"):
        Recipe("m", device=object())


def test_caches_of_two_types_live_side_by_side_in_one_store(toy):
    store = MemoryStore()
    small, large = (EmbeddingCache(store, RECIPE, dtype=dtype) for dtype in ("int8", "float32"))
    small.embed(["abc"], toy)
    large.embed(["abc"], toy)
    assert small.get(["abc"]).hits.all()
    assert np.array_equal(large.get(["abc"]).vectors, expected(["abc"]))


# Adopting and dropping


def test_get_put_and_delete(url, toy):
    with EmbeddingCache(url, RECIPE) as cache:
        assert cache.get(["a"]).vectors.shape == (1, 0)
        cache.put(["a", "bb"], [vector_of("a"), vector_of("bb")])
        held = cache.get(["bb", "ccc", "a"])
        assert held.hits.tolist() == [True, False, True]
        assert np.array_equal(held.vectors[[0, 2]], expected(["bb", "a"]))
        assert np.isnan(held.vectors[1]).all()
        assert cache.delete(["a", "a", "ccc"]) == 1
        assert cache.get(["a", "bb"]).hits.tolist() == [False, True]


def test_of_equal_texts_the_last_put_counts():
    cache = EmbeddingCache("memory://", RECIPE)
    cache.put(["a", "a"], [[1, 2], [3, 4]])
    assert cache.get(["a"]).vectors.tolist() == [[3, 4]]


def test_nothing_is_put_where_one_vector_is_bad():
    cache = EmbeddingCache("memory://", RECIPE)
    with pytest.raises(VectorError, match="vector 1 of 2 holds NaN"):
        cache.put(["a", "b"], [[1.0, 2.0], [np.nan, 1.0]])
    with pytest.raises(VectorError):
        cache.put([], [[1.0, 2.0]])
    cache.put([], [])
    assert not cache.get(["a", "b"]).hits.any()


# What is refused


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (np.ones((1, DIM)), "1 vectors for 2 texts"),
        (np.ones((3, DIM)), "3 vectors for 2 texts"),
        (np.ones((2, DIM + 1)), "5 dimensions where 4 are due"),
        (np.full((2, DIM), np.nan), "vector 0 of 2 holds NaN or infinity; and 1 more"),
        ([None, None], "vector 0 of 2 is missing; and 1 more"),
        (None, "NoneType"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error_and_nothing_of_it_is_kept(url, toy, answer, said):
    with EmbeddingCache(url, RECIPE) as cache:
        cache.put(["known"], expected(["known"]))
        with pytest.raises(VectorError, match=said):
            cache.embed(["a", "known", "bb"], lambda missing: answer)
        assert not cache.get(["a", "bb"]).hits.any()
        assert np.array_equal(cache.embed(["a", "bb"], toy).vectors, expected(["a", "bb"]))


def test_a_crash_at_ninety_percent_has_saved_ninety_percent(url, toy):
    texts = [f"text {number}" for number in range(100)]

    def crashing(missing):
        if texts[90] in missing:
            raise RuntimeError("out of money")
        return toy(missing)

    with EmbeddingCache(url, RECIPE, batch_size=10) as cache:
        with pytest.raises(RuntimeError, match="out of money"):
            cache.embed(texts, crashing)
        assert cache.get(texts).hits.tolist() == [True] * 90 + [False] * 10
        cache.embed(texts, toy)
    assert toy.asked == texts


@pytest.mark.parametrize("texts", ["a single text", ["a", 1], ["a", None], [b"a"], iter("a")])
def test_what_is_no_list_of_texts_is_a_type_error(texts, toy):
    cache = EmbeddingCache("memory://", RECIPE)
    for call in (
        cache.get,
        cache.delete,
        lambda texts: cache.embed(texts, toy),
        lambda texts: asyncio.run(cache.aembed(texts, toy)),
    ):
        with pytest.raises(TypeError, match="list of str"):
            call(texts)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"max_bytes": 0}, "max_bytes is at least 1"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": float("nan")}, "ttl"),
        ({"ttl": float("inf")}, "ttl"),
        ({"batch_size": 0}, "batch_size"),
        ({"dtype": "float64"}, "float32, float16, int8"),
        ({"dtype": np.float32}, "float32, float16, int8"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments, said):
    with pytest.raises(UsageError, match=said):
        EmbeddingCache("memory://", RECIPE, **arguments)


def test_a_store_that_cannot_be_opened_is_an_error_at_start(tmp_path):
    (tmp_path / "vectors.sqlite").write_text("this is no database, and never was one")
    with pytest.raises(StoreError):
        EmbeddingCache(f"sqlite:///{tmp_path}/vectors.sqlite", RECIPE)
    with pytest.raises(ConfigurationError):
        EmbeddingCache("carrier-pigeon://", RECIPE)


# Time to live


def test_the_time_to_live_is_exact_on_read(url, toy, monkeypatch):
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    with EmbeddingCache(url, RECIPE, ttl=60) as cache:
        cache.embed(["a"], toy)
        now += 30
        cache.embed(["a", "bb"], toy)
        now += 29.999
        assert cache.get(["a", "bb"]).hits.tolist() == [True, True]
        now += 0.001
        assert cache.get(["a", "bb"]).hits.tolist() == [False, True]
        assert cache.embed(["a", "bb"], toy).hits.tolist() == [False, True]
        now += 59
        assert cache.get(["a"]).hits.all(), "computing it again gives it a new time to live"
    assert toy.asked == ["a", "bb", "a"]


def test_the_expiry_is_the_entrys_own_whatever_time_to_live_the_reader_has(toy, monkeypatch):
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    store = MemoryStore()
    EmbeddingCache(store, RECIPE, ttl=60).embed(["a"], toy)
    now += 61
    assert not EmbeddingCache(store, RECIPE).get(["a"]).hits.any()
    assert not EmbeddingCache(store, RECIPE, ttl=3600).get(["a"]).hits.any()


# Damage


def test_damaged_entries_are_set_aside_and_computed_anew(url, toy, caplog):
    texts = ["a", "bb", "ccc"]
    with EmbeddingCache(url, RECIPE) as cache:
        cache.embed(texts, toy)
        store = cache._store
        a, bb, ccc = (f"embedding/{cache.key(text)}" for text in texts)
        held = store.get_many([a, bb, ccc])
        store.put_many({a: held[bb], bb: held[bb][:-1]})
        again = cache.embed(texts, toy)
        assert np.array_equal(again.vectors, expected(texts))
        assert again.hits.tolist() == [False, False, True]
        assert toy.asked == ["a", "bb", "ccc", "a", "bb"]
        assert len(list(store.scan("quarantine/"))) == 2
        assert cache.get(texts).hits.all()
    assert a in caplog.text
    assert bb in caplog.text


class FailingStore(MemoryStore):
    """Opens, and then fails at everything."""

    def get_many(self, *_):
        raise StoreError("the cable is out")

    put_many = delete_many = get_many


@pytest.mark.parametrize("damaged", ["fast", "slow"])
def test_damage_in_one_of_two_tiers_costs_nothing(damaged, toy, caplog):
    fast, slow = MemoryStore(), MemoryStore()
    cache = EmbeddingCache(TieredStore(fast, slow), RECIPE)
    cache.embed(["a"], toy)
    name = f"embedding/{cache.key('a')}"
    {"fast": fast, "slow": slow}[damaged].put_many({name: b"damaged"})
    result = cache.embed(["a"], toy)
    assert np.array_equal(result.vectors, expected(["a"]))
    assert toy.calls == [["a"]]


def test_a_store_that_fails_later_never_fails_the_work_and_is_warned_of_once(toy, caplog):
    cache = EmbeddingCache(FailingStore(), RECIPE, batch_size=1)
    for _ in range(2):
        assert np.array_equal(cache.embed(["a", "bb"], toy).vectors, expected(["a", "bb"]))
    assert caplog.text.count("the cable is out") == 1
    with pytest.raises(StoreError):
        cache.delete(["a"])
    cache.close()


# Many at once


def test_threads_that_need_the_same_texts_compute_them_once(url):
    toy, together = Toy(), threading.Barrier(8)
    texts = [f"text {number}" for number in range(40)]
    results = []

    def slow(missing):
        time.sleep(0.01)
        return toy(missing)

    with EmbeddingCache(url, RECIPE, batch_size=7) as cache:

        def work(turn: int) -> None:
            mine = texts[turn:] + texts[:turn]
            together.wait()
            results.append((mine, cache.embed(mine, slow)))

        threads = [threading.Thread(target=work, args=(5 * turn,)) for turn in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            unless_it_hangs(thread.join)
    assert sorted(toy.asked) == sorted(texts)
    assert len(results) == 8
    assert sum(int((~result.hits).sum()) for _, result in results) == len(texts)
    for mine, result in results:
        assert np.array_equal(result.vectors, expected(mine))


async def test_tasks_that_need_the_same_texts_compute_them_once(url, toy):
    texts = [f"text {number}" for number in range(20)]
    with EmbeddingCache(url, RECIPE, batch_size=6) as cache:
        results = await asyncio.gather(*(cache.aembed(texts, toy.later) for _ in range(10)))
    assert sorted(toy.asked) == sorted(texts)
    assert all(np.array_equal(result.vectors, expected(texts)) for result in results)


async def test_a_task_needs_none_of_the_threads_that_wait_for_it(toy):
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
    begun, waiting = asyncio.Event(), []

    async def once_all_wait(missing):
        begun.set()
        await until_async(lambda: len(waiting) == 4)
        return toy(missing)

    def follow():
        waiting.append(threading.get_ident())
        return cache.embed(["a"], toy)

    cache = EmbeddingCache("memory://", RECIPE)
    leading = asyncio.create_task(cache.aembed(["a"], once_all_wait))
    await begun.wait()
    following = [asyncio.to_thread(follow) for _ in range(12)]
    await asyncio.wait_for(asyncio.gather(leading, *following), LIMIT)
    assert toy.calls == [["a"]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_of_a_fork_waits_for_no_thread_of_its_parent(toy):
    cache = EmbeddingCache("memory://", RECIPE, ledger=False)
    computing, forked = threading.Event(), threading.Event()

    def slow(missing):
        computing.set()
        assert forked.wait(LIMIT)
        return toy(missing)

    parents = threading.Thread(target=cache.embed, args=(["a"], slow))
    parents.start()
    assert computing.wait(LIMIT)
    child = fork(lambda: not cache.embed(["a"], toy).hits[0])
    forked.set()
    unless_it_hangs(parents.join)
    assert exit_code(child) == 0
    assert toy.calls == [["a"]]


async def test_vectors_are_packed_beside_the_event_loop_and_by_parts(monkeypatch):
    pack, packed = VectorCodec.pack, []

    def note(self, names, vectors, **options):
        packed.append((threading.get_ident(), len(names)))
        return pack(self, names, vectors, **options)

    monkeypatch.setattr(VectorCodec, "pack", note)
    texts = [f"text {number}" for number in range(1201)]

    async def compute(missing):
        return np.ones((len(missing), 3), np.float32)

    with EmbeddingCache("memory://", RECIPE, batch_size=5000) as cache:
        vectors, _ = await cache.aembed(texts, compute)
        assert cache.get(texts).hits.all()
    assert vectors.shape == (1201, 3)
    assert threading.get_ident() not in {thread for thread, _ in packed}
    assert [count for _, count in packed] == [500, 500, 201]


async def test_the_event_loop_goes_on_while_a_store_is_slow(toy):
    asked, answer = threading.Event(), threading.Event()

    class SlowStore(MemoryStore):
        def get_many(self, names):
            asked.set()
            assert answer.wait(LIMIT), "the loop that would say so is blocked"
            return super().get_many(names)

    work = asyncio.create_task(EmbeddingCache(SlowStore(), RECIPE).aembed(["a"], toy.later))
    await until_async(asked.is_set)
    answer.set()
    await work
    assert toy.calls == [["a"]]


def test_a_store_that_was_given_is_left_open(tmp_path):
    closed = []

    class Watched(MemoryStore):
        def close(self):
            closed.append(True)

    with EmbeddingCache(Watched(), RECIPE):
        pass
    assert not closed


@pytest.mark.parametrize(
    ("store", "recipe", "said"),
    [
        (Path("vectors.sqlite"), RECIPE, "store is a URL, such as sqlite:///vectors.sqlite"),
        (None, RECIPE, "this is a NoneType"),
        ("memory://", "all-MiniLM-L6-v2", "recipe is a Recipe.*this is a str"),
    ],
)
def test_what_is_no_store_and_what_is_no_recipe_is_told(store, recipe, said):
    with pytest.raises(UsageError, match=said):
        EmbeddingCache(store, recipe)


@pytest.mark.parametrize("at_once", [1, 3, 8, 9])
def test_texts_that_are_looked_through_by_parts_are_told_apart_as_before(monkeypatch, at_once):
    monkeypatch.setattr(recipe_module, "_AT_ONCE", at_once)
    texts = ["a", "b", "a", "c", "d", "c", "e", "a"]
    assert recipe_module.each_once(texts) == ["a", "b", "c", "d", "e"]
    assert recipe_module.each_once([]) == []
    for at in range(len(texts)):
        wrong = [*texts[:at], at, *texts[at:]]
        with pytest.raises(TypeError, match="one of them is a int"):
            recipe_module.check_texts(wrong)
