"""Redis: names of its own, expiry by the server, and nothing else touched."""

import socket

import pytest
import redis

from renai.errors import StoreError
from renai.stores.redis import RedisStore
from waiting import until


@pytest.fixture
def client(redis_server):
    redis_server.empty()
    with redis.Redis.from_url(redis_server.url) as client:
        yield client


@pytest.fixture
def store(redis_server, client):
    with RedisStore(redis_server.url) as store:
        yield store


def test_what_others_keep_there_is_neither_seen_nor_touched(store, client):
    client.set("a", b"theirs")
    client.hset("e/b", "field", "theirs")
    store.put_many({"a": b"ours", "e/b": b"ours"})
    assert {stat.name for stat in store.scan()} == {"a", "e/b"}
    store.delete_many(["a", "e/b", "c"])
    assert store.get_many(["a", "e/b"]) == {}
    assert client.get("a") == b"theirs"
    assert sorted(client.keys()) == [b"a", b"e/b"]


def test_the_server_drops_what_has_expired(store, client):
    store.put_many({"a": b"1"}, ttl=0.05)
    store.put_many({"b": b"1"}, ttl=0.0001)
    store.put_many({"c": b"1"}, ttl=36_000)
    assert 18_000_000 < client.pttl("renai:c") <= 36_000_000
    until(lambda: set(store.get_many(["a", "b", "c"])) == {"c"})


def test_more_names_than_a_command_takes(store):
    names = [f"n/{number}" for number in range(2500)]
    store.put_many(dict.fromkeys(names, b"1"))
    assert len(store.get_many(names)) == 2500
    assert len(list(store.scan("n/"))) == 2500
    assert store.delete_many(names) == 2500


def test_a_server_that_hangs_is_waited_for_once(monkeypatch):
    monkeypatch.setattr("renai.stores.redis._TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system accepts; nobody answers
        with pytest.raises(StoreError, match="Timeout"):
            RedisStore(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_parameter_that_nobody_knows(redis_server):
    with pytest.raises(StoreError, match="parameter"):
        RedisStore(f"{redis_server.url}?colour=blue")


def test_a_prefix_is_no_pattern(store):
    store.put_many({"text/a": b"1"})
    for prefix in ("*", "t?xt", "[t]", "text/[a]", "\\t"):
        assert list(store.scan(prefix)) == []
