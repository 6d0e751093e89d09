"""What a store refuses waits, answers look-ups, and is stored when the store is back."""

import asyncio
import gc
import logging
import os
import threading

import numpy as np
import pytest

from flaky_store import Flaky
from forks import exit_code, fork
from renai import EmbeddingCache, Recipe
from renai.cache import backlog, base
from renai.cache.backlog import ANY_TIME, Backlog
from renai.codecs.sparse import SparseVector
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import StoreError, VectorError
from renai.stores import breaker
from renai.stores.base import Lease
from renai.stores.breaker import BreakerStore
from renai.stores.memory import MemoryStore
from renai.stores.tiered import TieredStore
from waiting import LIMIT, unless_it_hangs, until, when_followed

RECIPE = Recipe("toy", revision="1")
TEXTS = [f"text {number}" for number in range(10)]
REFUSED = StoreError("the cable is out")


class Leasing(Flaky):
    """One that has leases, which nobody else ever holds."""

    def put_many(self, items, ttl=None, release=None):
        super().put_many(items, ttl)

    def claim(self, lease: Lease):
        self._ask()
        return set()

    def renew(self, lease: Lease):
        self._ask()

    def release(self, lease: Lease):
        self._ask()


class Toy:
    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked += texts
        return np.array([[float(text.split()[1]), 1.0] for text in texts])

    async def later(self, texts):
        return self(texts)


@pytest.fixture(params=[Flaky, Leasing])
def store(request):
    return request.param()


@pytest.fixture
def toy():
    return Toy()


def is_right(embedded):
    return embedded.vectors[:, 0].tolist() == [float(text.split()[1]) for text in TEXTS]


def stored(store):
    store.is_up = True
    with EmbeddingCache(store, RECIPE) as other:
        return int(other.get(TEXTS).hits.sum())


def test_a_result_says_what_is_not_stored_and_why(store, toy):
    with EmbeddingCache(store, RECIPE, batch_size=4) as cache:
        vectors, hits = healthy = cache.embed(TEXTS[:2], toy)
        assert (len(vectors), healthy.unstored, healthy.unstored_reason) == (2, 0, "")
        assert not hits.any()
        store.is_up = False
        embedded = cache.embed(TEXTS, toy)
        assert is_right(embedded)
        assert (embedded.unstored, embedded.unstored_reason) == (10, "the cable is out")
        store.is_up = True


def test_what_waits_answers_look_ups_and_is_stored_by_the_next_call(store, toy, caplog):
    with EmbeddingCache(store, RECIPE, batch_size=4) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
        again = cache.embed(TEXTS, toy)
        assert again.hits.all()
        assert is_right(again)
        assert (toy.asked, again.unstored) == (TEXTS, 10)
        assert stored(store) == 0
        assert cache.embed(TEXTS[:1], toy).unstored == 0
        assert stored(store) == 10
        assert cache.embed(TEXTS, toy).hits.all()
    assert caplog.messages == [
        "Going on without the cache: the cable is out",
        "What had waited is stored (10 entries): the store is back",
    ]


async def test_tasks_are_told_the_same(store, toy):
    with EmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        assert (await cache.aembed(TEXTS, toy.later)).unstored == 10
        store.is_up = True
        assert (await cache.aembed(TEXTS, toy.later)).unstored == 0
    assert stored(store) == 10


def test_a_store_that_comes_back_in_the_middle_gets_all(store, toy):
    def compute(texts):
        store.is_up = "text 9" in texts or "text 0" in texts
        return toy(texts)

    with EmbeddingCache(store, RECIPE, batch_size=2) as cache:
        assert cache.embed(TEXTS, compute).unstored == 0
    assert stored(store) == 10


def test_closing_stores_what_waits(store, toy):
    with EmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
        store.is_up = True
    assert stored(store) == 10


def test_so_does_the_end_of_a_cache_that_nobody_closes(store, toy):
    cache = EmbeddingCache(store, RECIPE)
    store.is_up = False
    cache.embed(TEXTS, toy)
    store.is_up = True
    del cache
    gc.collect()
    assert until(lambda: stored(store) == 10)


def test_a_cache_may_be_collected_by_a_thread_that_is_in_its_store(store, toy, monkeypatch):
    put, lock = store.put_many, threading.Lock()

    def put_alone(*arguments, **options):
        with lock:
            put(*arguments, **options)

    monkeypatch.setattr(store, "put_many", put_alone)
    caches = [EmbeddingCache(store, RECIPE)]
    store.is_up = False
    caches[0].embed(TEXTS, toy)
    store.is_up = True

    def collect():
        with lock:
            caches.clear()
            gc.collect()

    unless_it_hangs(collect)
    assert until(lambda: stored(store) == 10)


def test_where_no_thread_can_begin_what_waits_for_a_collected_cache_is_stored_at_once(
    store, toy, monkeypatch
):
    def begin_none(thread):
        raise RuntimeError("can't start new thread")

    cache = EmbeddingCache(store, RECIPE)
    store.is_up = False
    cache.embed(TEXTS, toy)
    store.is_up = True
    monkeypatch.setattr(threading.Thread, "start", begin_none)
    del cache
    gc.collect()
    assert stored(store) == 10


def test_what_is_lost_at_the_end_is_said(store, toy, caplog):
    with EmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
    assert caplog.messages[1:] == [
        "What had waited to be stored is lost (10 entries): the cable is out"
    ]
    assert stored(store) == 0


def test_put_says_how_many_are_stored(store, toy):
    with EmbeddingCache(store, RECIPE) as cache:
        assert cache.put(TEXTS, toy(TEXTS)) == 10
        store.is_up = False
        assert cache.put([*TEXTS, TEXTS[0]], toy([*TEXTS, TEXTS[0]])) == 0
        store.is_up = True
        assert cache.put(["one 1", "one 1"], toy(["one 1", "one 1"])) == 2


def test_what_waits_can_be_deleted(store, toy):
    with EmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
        with pytest.raises(StoreError):
            cache.delete(TEXTS[:4])
        store.is_up = True
        cache.embed(TEXTS[9:], toy)
    assert stored(store) == 6


@pytest.mark.parametrize("act", ["delete", "put"])
def test_a_flush_under_way_brings_nothing_back(store, toy, monkeypatch, act):
    with EmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
        store.is_up = True
        put_many = store.put_many
        others = []

        def put_slowly(items, *arguments, **options):
            monkeypatch.setattr(store, "put_many", put_many)
            if act == "delete":
                other = threading.Thread(target=cache.delete, args=[TEXTS[:4]])
            else:
                other = threading.Thread(target=cache.put, args=[TEXTS[:4], -toy(TEXTS[:4])])
            others.append(other)
            other.start()
            other.join(0.3)  # if it is not held off, it has long come to its end
            put_many(items, *arguments, **options)

        monkeypatch.setattr(store, "put_many", put_slowly)
        cache.embed(TEXTS[9:], toy)
        unless_it_hangs(others[0].join)
        found = cache.get(TEXTS)
        assert found.hits.tolist() == [act == "put" or row > 3 for row in range(10)]
        if act == "put":
            assert (found.vectors[:4, 1] == -1.0).all()


def test_lineage_waits_too_and_goes_first(store, toy):
    with EmbeddingCache(store, RECIPE, ttl=1000) as cache:
        store.is_up = False
        cache.trace(TEXTS, ["ab" * 32] * len(TEXTS))
        cache.embed(TEXTS, toy)
        store.is_up = True
    assert next(iter(store.scan())).name.startswith("lineage/")
    assert stored(store) == 10


def test_what_is_damaged_in_the_store_is_not_what_waits(store, toy):
    with EmbeddingCache(store, RECIPE) as cache:
        cache.embed(TEXTS, toy)
        store.put_many({f"embedding/{cache.key(TEXTS[0])}": b"damaged"})
        store.is_up = False
        cache.embed(TEXTS, toy)
        store.is_up = True
        again = cache.embed(TEXTS, toy)
        assert again.hits.all()
        assert is_right(again)
    assert toy.asked == TEXTS * 2


def test_more_than_may_wait_is_lost_and_said_once(store, toy, monkeypatch, caplog):
    monkeypatch.setattr(Backlog.__init__, "__defaults__", (1000,))
    with EmbeddingCache(store, RECIPE, batch_size=2) as cache:
        store.is_up = False
        embedded = cache.embed(TEXTS, toy)
        assert is_right(embedded)
        assert embedded.unstored == 10
        store.is_up = True
        again = cache.embed(TEXTS, toy)
        kept = int(again.hits.sum())
        assert 0 < kept < 10
        assert again.unstored == 0
    assert sum("what is computed from now on is lost" in said for said in caplog.messages) == 1
    assert f"What had waited is stored ({kept} entries): the store is back" in caplog.messages


@pytest.mark.parametrize("kind", ["threads", "tasks"])
async def test_who_waited_for_what_is_lost_is_told_as_well(store, toy, monkeypatch, kind):
    monkeypatch.setattr(Backlog.__init__, "__defaults__", (0,))
    store.is_up = False
    with EmbeddingCache(store, RECIPE) as cache:
        if kind == "threads":
            leader, follower = led_and_followed(cache, toy)
        else:
            may_end = asyncio.Event()
            when_followed(cache._frames, may_end.set)

            async def compute(texts):
                await may_end.wait()
                return toy(texts)

            leader, follower = await asyncio.gather(
                cache.aembed(TEXTS, compute), cache.aembed(TEXTS[:6], compute)
            )
        assert sorted(toy.asked) == TEXTS
        assert (leader.unstored, follower.unstored) == (10, 6)
        assert follower.unstored_reason == "the cable is out"
        assert is_right(leader)


def led_and_followed(cache, toy):
    """Embed texts in two threads, of which the second waits for the first one's."""
    begun, may_end, told = threading.Event(), threading.Event(), {}
    when_followed(cache._frames, may_end.set)

    def compute(texts):
        begun.set()
        assert may_end.wait(LIMIT)
        return toy(texts)

    def lead():
        told["leader"] = cache.embed(TEXTS, compute)

    def follow():
        told["follower"] = cache.embed(TEXTS[:6], toy)

    threads = [threading.Thread(target=work) for work in (lead, follow)]
    threads[0].start()
    assert begun.wait(LIMIT)
    threads[1].start()
    for thread in threads:
        unless_it_hangs(thread.join)
    return told["leader"], told["follower"]


def test_what_became_of_the_others_is_said_as_it_is(store, toy):
    def compute(texts):
        return [[float("nan")] * 2 if text == TEXTS[3] else [1.0, 2.0] for text in texts]

    with EmbeddingCache(store, RECIPE) as cache:
        with pytest.raises(VectorError, match="the vectors of all other texts are stored"):
            cache.embed(TEXTS[2:4], compute)
        store.is_up = False
        with pytest.raises(VectorError, match="of the others, 9 are not stored: the cable is out"):
            cache.embed(TEXTS, compute)
    with SparseEmbeddingCache(store, RECIPE) as cache:
        sparse = [SparseVector.of([1], [1.0]), None, SparseVector.of([1], [1.0])]
        with pytest.raises(VectorError, match="of the others, 2 are not stored: the cable is out"):
            cache.embed(TEXTS[:3], lambda texts: sparse)


def test_a_second_outage_is_warned_of_again(store, toy, caplog):
    with EmbeddingCache(store, RECIPE) as cache:
        for half in (TEXTS[:5], TEXTS[5:]):
            store.is_up = False
            cache.embed(half, toy)
            store.is_up = True
            cache.embed(half, toy)
    assert caplog.text.count("Going on without the cache") == 2


# Strict


def test_a_strict_cache_raises_and_loses_nothing(store, toy):
    with EmbeddingCache(store, RECIPE, batch_size=4, strict=True) as cache:
        cache.embed(TEXTS[:2], toy)

        def compute(texts):
            store.is_up = False
            return toy(texts)

        with pytest.raises(StoreError, match="the cable is out"):
            cache.embed(TEXTS, compute)
        for call in (cache.embed, cache.put):
            with pytest.raises(StoreError, match="the cable is out"):
                call(TEXTS, toy if call == cache.embed else toy(TEXTS))
        with pytest.raises(StoreError, match="the cable is out"):
            cache.get(TEXTS)
        with pytest.raises(StoreError, match="the cable is out"):
            cache.trace(TEXTS, ["ab" * 32] * len(TEXTS))
        store.is_up = True
        assert cache.embed(TEXTS[:6], toy).hits.all(), "what was paid for was stored"


async def test_strict_is_strict_for_tasks_and_sparse_vectors_as_well(store, toy):
    store.is_up = False
    dense = EmbeddingCache(store, RECIPE, strict=True)
    with pytest.raises(StoreError, match="the cable is out"):
        await dense.aembed(TEXTS, toy.later)
    sparse = SparseEmbeddingCache(store, RECIPE, strict=True)
    with pytest.raises(StoreError, match="the cable is out"):
        sparse.embed(TEXTS, lambda texts: [SparseVector.of([1], [1.0])] * len(texts))


def test_sparse_vectors_wait_as_well(store):
    computed = []

    def compute(texts):
        computed.extend(texts)
        return [SparseVector.of([1], [1.0])] * len(texts)

    with SparseEmbeddingCache(store, RECIPE) as cache:
        store.is_up = False
        down = cache.embed(TEXTS, compute)
        assert (down.unstored, down.unstored_reason) == (10, "the cable is out")
        vectors, hits = cache.embed(TEXTS, compute)
        assert all(hits)
        assert len(vectors) == len(computed) == 10
        store.is_up = True
    with SparseEmbeddingCache(store, RECIPE) as cache:
        assert all(cache.get(TEXTS).hits)


# Behind a breaker


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(breaker, "time", clock)
    return clock


def test_the_pause_of_a_breaker_does_not_miss_that_the_store_is_back(store, toy, clock):
    with EmbeddingCache(BreakerStore(store, "vectors"), RECIPE, batch_size=1) as cache:
        store.is_up = False
        down = cache.embed(TEXTS, toy)
        assert down.unstored == 10
        assert "rests after failures (the cable is out)" in down.unstored_reason
        store.is_up = True
        assert cache.embed(TEXTS[:1], toy).unstored == 0
        assert stored(store) == 10, "and no time has passed"


def test_a_store_that_lets_callers_wait_is_asked_by_close_only(store, toy, clock, monkeypatch):
    def wait_in_vain():
        store.asked += 1
        clock.now += 10
        raise StoreError("the cable is out")

    with EmbeddingCache(BreakerStore(store, "vectors"), RECIPE, batch_size=1) as cache:
        monkeypatch.setattr(store, "_ask", wait_in_vain)
        cache.embed(TEXTS, toy)
        asked = store.asked
        for _ in range(5):
            assert cache.embed(TEXTS, toy).unstored == 10
        assert store.asked == asked
        monkeypatch.undo()
    assert stored(store) == 10


def test_the_breakers_of_two_tiers_are_woken(store, toy, clock):
    tiers = TieredStore(MemoryStore(), BreakerStore(store, "vectors"))
    with EmbeddingCache(tiers, RECIPE, batch_size=1) as cache:
        store.is_up = False
        cache.embed(TEXTS, toy)
        store.is_up = True
        cache.embed(["text 11"], toy)
        assert stored(store) == 10


def test_a_dead_store_is_not_asked_for_every_batch(store, toy, monkeypatch):
    monkeypatch.setattr(base.time, "monotonic", lambda: 1000.0)
    with EmbeddingCache(BreakerStore(store, "vectors"), RECIPE, batch_size=1) as cache:
        store.is_up = False
        cache.embed([f"text {number}" for number in range(100)], toy)
        assert store.asked < 12
        store.is_up = True


# The backlog itself


def fill(waiting, count, ttl=None):
    waiting.add({f"e/{number}": b"%d" % number for number in range(count)}, ttl, REFUSED)


def test_it_stores_in_order_and_in_batches(monkeypatch):
    monkeypatch.setattr(backlog, "_STORED_AT_ONCE", 3)
    batches = []

    class Noting(MemoryStore):
        def put_many(self, items, ttl=None):
            batches.append((list(items), ttl))

    waiting = Backlog(Noting())
    waiting.add({"e/first": b"1"}, None, REFUSED)
    fill(waiting, 5, ttl=60)
    waiting.flush(ANY_TIME)
    assert batches == [
        (["e/first"], None),
        (["e/0", "e/1", "e/2"], 60),
        (["e/3", "e/4"], 60),
    ]
    assert len(waiting) == 0


def test_what_was_stored_before_it_failed_again_waits_no_longer(monkeypatch):
    monkeypatch.setattr(backlog, "_STORED_AT_ONCE", 3)
    store = Flaky()
    waiting = Backlog(store)
    fill(waiting, 5)
    once = iter([None])
    monkeypatch.setattr(store, "_ask", lambda: next(once))
    with pytest.raises(StopIteration):
        waiting.flush(ANY_TIME)
    assert sorted(waiting.among(f"e/{number}" for number in range(5))) == ["e/3", "e/4"]


def test_the_newest_of_a_name_waits():
    waiting = Backlog(store := MemoryStore(), most_bytes=500)
    for data in (b"old", b"new"):
        assert waiting.add({"e/a": data, "e/b": data}, None, REFUSED) == frozenset()
    assert waiting.add({"e/c": b"more"}, None, REFUSED) == {"e/c"}
    waiting.forget(["e/b"])
    waiting.flush(ANY_TIME)
    assert store.get_many(["e/a", "e/b", "e/c"]) == {"e/a": b"new"}
    assert waiting.add({"e/c": b"more"}, None, REFUSED) == frozenset(), "there is room again"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_does_not_store_what_its_parent_has_waiting():
    waiting = Backlog(MemoryStore())
    fill(waiting, 3)

    def holds_nothing() -> bool:
        waiting.flush(ANY_TIME)
        return not len(waiting) and not list(waiting._store.scan())

    with waiting._lock, waiting._flushing:  # another thread is busy with it
        assert exit_code(fork(holds_nothing)) == 0
    assert len(waiting) == 3


def test_threads_may_share_it(caplog):
    caplog.set_level(logging.ERROR)
    store = Flaky()
    waiting = Backlog(store)

    def work(number):
        for turn in range(50):
            waiting.add({f"e/{number}-{turn}": b"%d" % turn}, None, REFUSED)
            waiting.flush(ANY_TIME)

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)
    assert len(list(store.scan())) == 300
    assert (len(waiting), waiting._bytes, waiting.lost) == (0, 0, 0)
