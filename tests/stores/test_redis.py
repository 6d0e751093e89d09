"""Redis: names of its own, expiry by the server, and nothing else touched."""

import socket

import pytest
import redis

from renai.errors import ConfigurationError, StoreError
from renai.stores.redis import RedisStore
from renai.stores.redis.store import _once
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
    monkeypatch.setattr("renai.stores.redis.connection._TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system accepts; nobody answers
        with pytest.raises(StoreError, match="Timeout"):
            RedisStore(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


@pytest.mark.parametrize("parameter", ["decode_responses=true", "encoding=latin-1"])
@pytest.mark.parametrize("scheme", ["redis", "redis+cluster", "redis+sentinel"])
def test_what_would_make_texts_of_bytes_is_refused(scheme, parameter):
    with pytest.raises(ConfigurationError, match=parameter.partition("=")[0]):
        RedisStore(f"{scheme}://127.0.0.1:1/0?{parameter}")


def test_a_cluster_is_recognised_by_any_of_its_nodes(redis_cluster):
    redis_cluster.empty()
    entries = {f"e/{number}": b"%d" % number for number in range(2500)}
    with RedisStore(redis_cluster.url_of_a_node) as store:
        store.put_many(entries)
        assert store.get_many(list(entries)) == entries
    with RedisStore(redis_cluster.url) as store:
        assert {stat.name for stat in store.scan("e/")} == entries.keys()
        for node in redis_cluster.nodes:
            with redis.Redis.from_url(node.url) as client:
                assert client.dbsize() > 500
        assert store.delete_many([*entries, "e/never"]) == 2500
        assert "Replicas" in store.scrub()
    for node in redis_cluster.nodes:
        with redis.Redis.from_url(node.url) as client:
            assert client.dbsize() == 0


def test_a_cluster_has_no_databases():
    with pytest.raises(ConfigurationError, match="no databases"):
        RedisStore("redis+cluster://127.0.0.1:1/3")


@pytest.mark.parametrize("path", ["", "/", "//0", "/books/first"])
def test_sentinels_watch_a_service(path):
    with pytest.raises(ConfigurationError, match="mymaster"):
        RedisStore(f"redis+sentinel://127.0.0.1:1{path}")


def test_a_service_that_sentinels_do_not_know_is_named(redis_sentinel):
    url = redis_sentinel.url.replace("//", "//me:hunter2@").replace("/books", "/films")
    with pytest.raises(StoreError, match=r"No master found for 'films'$") as refused:
        RedisStore(url)
    assert "hunter2" not in str(refused.value)


def test_the_master_that_sentinels_name_is_asked(redis_sentinel, redis_server):
    redis_sentinel.empty()
    redis_server.empty()
    with RedisStore(redis_sentinel.url) as store:
        store.put_many({"a": b"1"})
        redis_sentinel.watch(redis_server)
        store.close()  # as when the connection to the old master breaks
        assert store.get_many(["a"]) == {}
        store.put_many({"a": b"2"})
    redis_sentinel.watch(redis_sentinel.master)
    with RedisStore(redis_server.url) as store:
        assert store.get_many(["a"]) == {"a": b"2"}


def test_a_scan_names_a_key_once_and_remembers_only_the_last(monkeypatch):
    monkeypatch.setattr("renai.stores.redis.store._REMEMBERED", 3)
    keys = [b"a", b"b", b"a", b"b", b"c", b"c", b"d", b"b", b"a"]
    assert list(_once(keys)) == [b"a", b"b", b"c", b"d", b"a"]


def test_a_parameter_that_nobody_knows(redis_server):
    with pytest.raises(StoreError, match="parameter"):
        RedisStore(f"{redis_server.url}?colour=blue")


def test_a_prefix_is_no_pattern(store):
    store.put_many({"text/a": b"1"})
    for prefix in ("*", "t?xt", "[t]", "text/[a]", "\\t"):
        assert list(store.scan(prefix)) == []
