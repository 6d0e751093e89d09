"""Entries that are larger than they can be stay in a shared store, and fill nobody's memory."""

import logging
import os

import pytest
import redis

from renai.stores.abilities import get_up_to, move
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.tiered import TieredStore


@pytest.fixture(params=["redis", "postgres", "limited postgres", "tiers", "files"])
def store(request, tmp_path):
    if request.param == "files":
        with open_store(f"file://{tmp_path}/cache") as store:
            yield store
        return
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


def test_a_file_of_an_absurd_size_fills_no_memory(tmp_path, caplog):
    with open_store(f"file://{tmp_path}/cache") as store:
        store.put_many({"e/a": b"12345", "e/b": b"1"})
        os.truncate(tmp_path / "cache/e/a", 1 << 42)  # no byte of it is on the disk
        assert store.get_many(["e/a", "e/b"]) == {"e/b": b"1"}
        (warning,) = caplog.messages
        assert "e/a" in warning
        assert {stat.name for stat in store.scan()} == {"e/a", "e/b"}
        store.put_many({"e/a": b"whole again"})
        assert store.get_many(["e/a"]) == {"e/a": b"whole again"}


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


def test_what_is_too_large_can_be_moved_without_being_read(store):
    kept = shared(store)
    large = os.urandom(9 << 20)
    kept.put_many({"e/a": large, "e/b": b"other", "q/e_a": b"of before"}, 3600.0)
    assert move(kept, "e/a", "q/e_a")
    assert kept.get_many(["e/a", "e/b", "q/e_a"]) == {"e/b": b"other", "q/e_a": large}
    assert not move(kept, "e/a", "q/e_a"), "it is gone"
    assert kept.get_many(["q/e_a"]) == {"q/e_a": large}
    assert sorted(stat.name for stat in kept.scan()) == ["e/b", "q/e_a"]


def test_a_store_that_cannot_move_leaves_what_it_has():
    store = MemoryStore()
    store.put_many({"e/a": b"1"})
    assert not move(store, "e/a", "q/e_a")
    assert store.get_many(["e/a"]) == {"e/a": b"1"}
