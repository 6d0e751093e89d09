"""While vectors of a server are checked, it sends the next ones."""

import threading

import numpy as np
import pytest

from flaky_store import Flaky
from renai import EmbeddingCache, Recipe
from renai.embeddings.read_ahead import ReadAhead, is_on_server
from renai.errors import StoreError
from renai.stores.abilities import finished
from renai.stores.breaker import BreakerStore
from renai.stores.memory import MemoryStore
from renai.stores.sharded import ShardedStore
from renai.stores.tiered import TieredStore
from waiting import LIMIT

TEXTS = [f"text {number}" for number in range(2600)]
"""Six batches."""


def vectors_of(texts):
    return np.array([[float(text.split()[1]), 1.0] for text in texts])


def refuse(texts):
    raise AssertionError(texts)


class Watched(MemoryStore):
    """Notes in which thread it was asked for how many; calls after the first meet in pairs."""

    meeting = None

    def __init__(self):
        super().__init__()
        self.asked = []

    def get_many(self, names):
        if len(names) > 1:  # else it is what is recorded beside the vectors
            self.asked.append((threading.current_thread().name.partition("_")[0], len(names)))
            if self.meeting is not None and len(self.asked) in (2, 3):
                self.meeting.wait(LIMIT)
        return super().get_many(names)


def cache_over(store, **options):
    return EmbeddingCache(BreakerStore(store, "it"), Recipe("m"), ledger=False, **options)


def test_two_questions_are_on_their_way_at_once_and_answers_stay_in_order():
    store = Watched()
    with cache_over(store) as writing:
        writing.put(TEXTS, vectors_of(TEXTS))
    store.meeting = threading.Barrier(2)
    with cache_over(store) as cache:
        found = cache.embed(TEXTS, refuse)
    assert found.hits.all()
    assert found.vectors[:, 0].tolist() == list(range(2600))
    assert sorted(count for _, count in store.asked) == [100, *[500] * 5]
    here, *others = (thread for thread, _ in store.asked)
    assert (here, set(others)) == ("MainThread", {"renai read ahead"})


def test_as_long_as_the_dimension_is_unknown_one_batch_is_read_at_a_time():
    store = Watched()
    with cache_over(store) as cache:
        assert not cache.get(TEXTS).hits.any()
    assert {thread for thread, _ in store.asked} == {"MainThread"}


def test_what_is_missing_in_later_batches_is_computed():
    store = Watched()
    with cache_over(store) as cache:
        cache.put(TEXTS[:700], vectors_of(TEXTS[:700]))
        found = cache.embed(TEXTS, vectors_of)
        assert found.hits.tolist() == [True] * 700 + [False] * 1900
        assert found.vectors[:, 0].tolist() == list(range(2600))


def test_a_store_that_fails_costs_nothing_but_computing_and_a_strict_cache_raises():
    store = Flaky()
    with cache_over(store) as cache:
        cache.put(TEXTS, vectors_of(TEXTS))
        store.is_up = False
        found = cache.embed(TEXTS, vectors_of)
        assert found.vectors[:, 0].tolist() == list(range(2600))
        store.is_up = True
    store.is_up = True
    with cache_over(store, strict=True) as cache:
        assert cache.get(TEXTS[:1]).hits.all()
        store.is_up = False
        with pytest.raises(StoreError, match="the cable is out"):
            cache.get(TEXTS)
    assert not [each for each in threading.enumerate() if each.name.startswith("renai read")]


def test_only_what_stands_before_a_server_is_read_ahead():
    server = BreakerStore(MemoryStore(), "it")
    assert is_on_server(server)
    assert is_on_server(TieredStore(MemoryStore(), server))
    assert is_on_server(ShardedStore({"a": server}))
    assert not is_on_server(MemoryStore())


class Askable(Watched):
    """Can be asked ahead; notes what was asked, and which of that was taken or given up."""

    can = True

    def __init__(self):
        super().__init__()
        self.begun, self.taken, self.dropped = [], [], []

    def asks_ahead(self):
        return self.can

    def reading_up_to(self, names, most_bytes):
        self.begun.append(names[0])
        try:
            yield
        except GeneratorExit:
            self.dropped.append(names[0])
            raise
        self.taken.append(names[0])
        return self.get_many(names)


def test_a_store_that_can_be_asked_ahead_is_asked_in_this_thread():
    store = Askable()
    with cache_over(store) as writing:
        writing.put(TEXTS, vectors_of(TEXTS))
    with cache_over(store) as cache:
        found = cache.embed(TEXTS, refuse)
    assert found.hits.all()
    assert found.vectors[:, 0].tolist() == list(range(2600))
    assert {thread for thread, _ in store.asked} == {"MainThread"}
    assert len(store.begun) == 6
    assert store.taken == store.begun


def test_what_was_asked_ahead_and_is_not_wanted_is_given_up():
    store = Askable()
    with cache_over(store, strict=True) as cache:
        cache.put(TEXTS, vectors_of(TEXTS))
        store.get_many = lambda names: raise_store_error()
        with pytest.raises(StoreError, match="the cable is out"):
            cache.get(TEXTS)
        del store.get_many
    assert len(store.begun) == 2
    assert store.taken == store.begun[:1]
    assert store.dropped == store.begun[1:]


def test_a_store_that_has_just_failed_is_not_asked_ahead():
    store = Askable()
    with cache_over(store) as cache:
        cache.put(TEXTS, vectors_of(TEXTS))
        store.get_many = lambda names: raise_store_error()
        assert not cache.get(TEXTS).hits.any()
        assert len(store.begun) == 2
        assert cache._store.asks_ahead() is False
        del store.get_many
        cache._store.wake(LIMIT)
        assert cache.get(TEXTS).hits.all()
        assert cache._store.asks_ahead() is True


def test_what_waits_to_be_stored_is_found_though_it_is_stored_while_an_answer_comes():
    store, other = Askable(), MemoryStore()
    with cache_over(store) as cache:
        name = cache._names.of(TEXTS[:1])[0]
        store.put_many = lambda *_: raise_store_error()
        cache.put(TEXTS[:1], vectors_of(TEXTS[:1]))
        reading = cache._frames.fetching([name], 1 << 16)
        next(reading)
        store.get_many = other.get_many  # as it was when the store was asked
        del store.put_many
        assert cache._frames.settle([], [name]).entries == 1
        assert cache._frames.is_settled
        assert list(finished(reading)) == [name]


def raise_store_error():
    raise StoreError("the cable is out")


@pytest.mark.parametrize("can", [True, False])
def test_few_answers_wait_however_many_questions_there_are(can):
    asked, store = [], Askable()
    store.can = can

    def read(question):
        asked.append(question)
        yield
        return question

    with ReadAhead(store, read) as ahead:
        taken = []
        for question in range(100):
            taken += ahead.next_after(question)
            assert len(asked) <= len(taken) + 2
        assert [*taken, *ahead.rest()] == list(range(100))
