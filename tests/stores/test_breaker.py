"""The circuit breaker: how long a store rests, and what is said about it."""

import logging

import pytest

from renai.errors import StoreError
from renai.stores import breaker
from renai.stores.base import Lease
from renai.stores.breaker import BreakerStore
from renai.stores.memory import MemoryStore
from renai.stores.sqlite import SqliteStore


class Flaky(SqliteStore):
    """Fails while it is told to."""

    reads = writes = True
    asked = 0

    def get_many(self, names):
        self.asked += 1
        if not self.reads:
            raise StoreError("no answer")
        return super().get_many(names)

    def put_many(self, items, ttl=None, release=None):
        self.asked += 1
        if not self.writes:
            raise StoreError("disk full")
        super().put_many(items, ttl, release)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    monkeypatch.setattr(breaker, "time", Clock())
    return breaker.time


@pytest.fixture
def flaky(tmp_path):
    with Flaky(tmp_path / "vectors.sqlite") as store:
        yield store


@pytest.fixture
def guarded(flaky, clock, caplog):
    caplog.set_level(logging.INFO, "renai")
    return BreakerStore(flaky, "vectors")


def fail(call, *arguments, times=1):
    for _ in range(times):
        with pytest.raises(StoreError):
            call(*arguments)


def test_one_failure_is_not_the_end(guarded, flaky, caplog):
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=2)
    flaky.reads = True
    assert guarded.get_many(["a"]) == {}
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=2)
    assert flaky.asked == 5
    assert caplog.messages == []


def test_a_dead_store_is_not_asked_any_more(guarded, flaky, caplog):
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=50)
    assert flaky.asked == 3
    assert caplog.messages == ["Reading vectors is not asked for a while: no answer"]


def test_a_probe_brings_it_back(guarded, flaky, clock, caplog):
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=3)
    flaky.reads = True
    fail(guarded.get_many, ["a"])
    clock.now += 1.1
    assert guarded.get_many(["a"]) == {}
    assert caplog.messages[1:] == ["Reading vectors is back"]


def test_a_probe_that_fails_doubles_the_rest_and_says_nothing(guarded, flaky, clock, caplog):
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=3)
    rests = []
    for _ in range(8):
        begun = clock.now
        asked = flaky.asked
        while flaky.asked == asked:
            clock.now += 0.5
            fail(guarded.get_many, ["a"])
        rests.append(round(clock.now - begun))
    assert rests[:4] == [1, 2, 4, 8]
    assert rests[-1] == 30
    assert len(caplog.messages) == 1


def test_a_store_that_lets_callers_wait_is_not_asked_again_soon(guarded, flaky, clock):
    def wait_in_vain(names):
        flaky.asked += 1
        clock.now += 10
        raise StoreError("timeout")

    flaky.get_many = wait_in_vain
    for _ in range(120):
        fail(guarded.get_many, ["a"])
        clock.now += 1
    assert flaky.asked == 4, "every half minute"


def test_only_one_caller_probes(guarded, flaky, clock):
    flaky.reads = False
    fail(guarded.get_many, ["a"], times=3)
    clock.now += 1.1

    def probe(names):
        fail(BreakerStore.get_many, guarded, ["a"])  # another caller, while this one is asking
        return {}

    flaky.get_many = probe
    assert guarded.get_many(["a"]) == {}


def test_what_cannot_be_written_can_still_be_read(guarded, flaky):
    guarded.put_many({"a": b"1"})
    flaky.writes = False
    fail(guarded.put_many, {"b": b"2"}, times=5)
    fail(guarded.claim, Lease(("c",), 30))
    assert guarded.get_many(["a", "b"]) == {"a": b"1"}


def test_a_mistake_of_the_caller_is_no_failure(guarded, flaky):
    for _ in range(5):
        with pytest.raises(ValueError, match="not a name"):
            guarded.put_many({"../a": b"1"})
    guarded.put_many({"a": b"1"})


def test_of_a_store_without_leases_nobody_waits_for_anybody():
    with BreakerStore(MemoryStore(), "memory") as store:
        lease = Lease(("a",), 30)
        assert store.claim(lease) == store.claim(Lease(("a",), 30)) == set()
        store.renew(lease)
        store.put_many({"a": b"1"}, release=lease)
        store.release(lease)
        assert store.get_many(["a"]) == {"a": b"1"}
