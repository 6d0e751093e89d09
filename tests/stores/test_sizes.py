"""Entries that are larger than they can be stay in a shared store, and fill nobody's memory."""

import logging

import pytest
import redis

from renai.stores.abilities import get_up_to
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.tiered import TieredStore


@pytest.fixture(params=["redis", "postgres", "limited postgres", "tiers"])
def store(request):
    kind = request.param.rpartition(" ")[2]
    server = request.getfixturevalue(f"{'redis' if kind == 'tiers' else kind}_server")
    server.empty()
    limit = 10**9 if request.param == "limited postgres" else None
    with open_store(server.url, max_bytes=limit) as store:
        yield TieredStore(MemoryStore(), store) if kind == "tiers" else store


def shared(store):
    """The store on the server alone, without what is in front of it."""
    return store.slow if isinstance(store, TieredStore) else store


def test_what_is_too_large_is_not_read_and_named(store, caplog):
    shared(store).put_many({"e/a": b"12345", "e/b": b"123456", "e/c": b"x" * 100_000, "e/d": b""})
    found = get_up_to(store, ["e/a", "e/b", "e/c", "e/d", "e/none"], 5)
    assert found == {"e/a": b"12345", "e/d": b""}
    (warning,) = caplog.messages
    assert "e/b" in warning
    assert "larger than an entry can be (5 bytes), and not read; there are 2 like it" in warning
    assert len(store.get_many(["e/a", "e/b", "e/c"])) == 3, "who wants them gets them"


def test_of_right_sizes_nothing_is_said(store, caplog):
    names = [f"e/{number}" for number in range(2500)]
    shared(store).put_many(dict.fromkeys(names, b"1"))
    assert get_up_to(store, [*names, names[0]], 1) == dict.fromkeys(names, b"1")
    assert get_up_to(store, [], 1) == {}
    assert caplog.messages == []


def test_all_may_be_too_large(store, caplog):
    caplog.set_level(logging.ERROR)
    shared(store).put_many({"e/a": b"12", "e/b": b"12"})
    assert get_up_to(store, ["e/a", "e/b"], 1) == {}


def test_a_store_that_cannot_tell_returns_all():
    store = MemoryStore()
    store.put_many({"e/a": b"12345"})
    assert get_up_to(store, ["e/a"], 1) == {"e/a": b"12345"}


def test_what_is_no_string_in_redis_is_passed_over(redis_server):
    redis_server.empty()
    with redis.Redis.from_url(redis_server.url) as client, open_store(redis_server.url) as store:
        client.hset("renai:e/a", "field", "theirs")
        store.put_many({"e/b": b"1"})
        assert get_up_to(store, ["e/a", "e/b"], 10) == {"e/b": b"1"}
