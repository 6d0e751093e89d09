"""Redis: names of its own, expiry by the server, and nothing else touched."""

import os
import re
import socket
import struct
import threading
from pathlib import Path

import pytest
import redis

from forks import exit_code, fork
from renai import EmbeddingCache, Recipe
from renai.errors import ConfigurationError, StoreError
from renai.stores.abilities import finished
from renai.stores.base import Lease
from renai.stores.redis import RedisStore, rights
from renai.stores.redis import store as redis_store
from renai.stores.redis.store import _once
from renai.stores.upkeep import dates_of
from waiting import LIMIT, until


def test_what_others_keep_there_is_neither_seen_nor_touched(store, client):
    client.set("a", b"theirs")
    client.hset("e/b", "field", "theirs")
    store.put_many({"a": b"ours", "e/b": b"ours"})
    assert {stat.name for stat in store.scan()} == {"a", "e/b"}
    store.delete_many(["a", "e/b", "c"])
    assert store.get_many(["a", "e/b"]) == {}
    assert client.get("a") == b"theirs"
    assert sorted(client.keys()) == [b"a", b"e/b"]


def test_nonsense_of_a_peer_stops_no_listing(store, client):
    store.put_many({"text/a": b"ours"})
    (key,) = client.keys()
    before = key.removesuffix(b"text/a")
    for odd in (b"text/\xff\xfe", b"text/\x1b[2Jx.json", b"../x", b"text/ a"):
        client.set(before + odd, b"12345678x")
    for number, date in enumerate((float("nan"), float("inf"), -1.0, 1e300)):
        client.set(before + b"text/d%d" % number, struct.pack("<d", date) + b"x")
    client.set(before + b"text/short", b"123")
    client.rpush(before + b"text/list", b"x")
    dates = {stat.name: stat.stored_at for stat in store.scan("text/")}
    assert dates.keys() == {"text/a", "text/d0", "text/d1", "text/d2", "text/d3"}
    assert dates.pop("text/a") > 0
    assert set(dates.values()) == {0.0}
    assert set(dates_of(store, list(dates)).values()) == {0.0}
    assert store.get_many(["text/a", "text/list"]) == {"text/a": b"ours"}


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


def test_a_cluster_without_one_of_its_servers_says_so_and_comes_back(redis_cluster):
    redis_cluster.empty()
    entries = {f"e/{number}": b"%d" % number for number in range(100)}
    with RedisStore(redis_cluster.url) as store:
        store.put_many(entries)
        lost = redis_cluster.nodes[0]
        lost.kill()
        try:
            for act in (
                lambda: store.get_many(list(entries)),
                lambda: store.put_many(entries),
                lambda: store.delete_many(list(entries)),
                lambda: list(store.scan()),
                lambda: store.claim(Lease(tuple(entries), seconds=30)),
            ):
                with pytest.raises(StoreError, match="redis\\+cluster"):
                    act()
        finally:
            lost.start()
            until(lambda: all(node.is_ready() for node in redis_cluster.nodes))
        store.put_many(entries)
        assert store.get_many(list(entries)) == entries


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


# Accounts that lack a right


ALL = (*rights.KEYS.split(), *(f"+{command}" for command in rights.COMMANDS))


@pytest.fixture
def account(client, redis_server):
    """The URL of an account with certain rights."""

    def make(*granted):
        client.execute_command("ACL", "SETUSER", "ada", "reset", "on", ">hunter2", *granted)
        return redis_server.url.replace("redis://", "redis://ada:hunter2@")

    yield make
    client.acl_deluser("ada")


def test_the_page_lists_them_all():
    page = (Path(__file__).parents[3] / "docs/stores/redis.md").read_text("utf-8")
    (listed,) = re.findall(r"ACL SETUSER renai on >password (.*?)```", page, re.DOTALL)
    assert tuple(listed.split()) == ALL


def test_these_rights_are_enough(account, caplog):
    with RedisStore(account(*ALL)) as store:
        lease = Lease(("e/a",), 30)
        assert store.claim(lease) == set()
        assert store.claim(Lease(("e/a",), 30)) == {"e/a"}
        store.renew(lease)
        store.put_many({"e/a": b"1"}, ttl=60, release=lease)
        assert store.get_up_to(["e/a"], 10) == {"e/a": b"1"}
        store.backdate({"e/a": 1.0})
        assert store.dates_of(["e/a"]) == {"e/a": 1.0}
        assert [stat.name for stat in store.scan()] == ["e/a"]
        assert store.delete_many(["e/a"]) == 1
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (("-eval",), "may not run EVAL; to allow that: ACL SETUSER ada +eval"),
        (("-pttl",), "ACL SETUSER ada "),
        (("resetkeys", "~renai:*"), "ACL SETUSER ada ~renai:* ~renai-lease:*"),
    ],
)
def test_who_may_not_claim_is_told_what_to_grant_and_goes_on(account, lacking, said, caplog):
    with EmbeddingCache(account(*ALL, *lacking), Recipe("m"), batch_size=1) as cache:
        texts = [str(number) for number in range(6)]
        embedded = cache.embed(texts, lambda missing: [[1.0]] * len(missing))
        assert embedded.unstored == 0
        assert cache.get(texts).hits.all()
    (warning,) = caplog.messages
    assert "may compute the same at the same time: its account ada" in warning
    assert said in warning
    assert "hunter2" not in warning


@pytest.mark.parametrize(
    ("lacking", "act", "command"),
    [
        ("-mget", lambda store: store.get_many(["e/a"]), "mget"),
        ("-set", lambda store: store.put_many({"e/a": b"1"}), "set"),
        ("-unlink", lambda store: store.delete_many(["e/a"]), "unlink"),
        ("-scan", lambda store: list(store.scan()), "scan"),
        ("-eval", lambda store: store.backdate({"e/a": 1.0}), "eval"),
    ],
)
def test_any_other_right_that_lacks_is_named(account, lacking, act, command):
    with RedisStore(account(*ALL, lacking)) as store, pytest.raises(StoreError) as raised:
        act(store)
    assert str(raised.value).endswith(
        f"its account ada may not run {command.upper()}; to allow that: ACL SETUSER ada +{command}"
    )


def test_who_may_not_even_knock_is_told_so_at_the_start(account):
    with pytest.raises(StoreError, match=r"ACL SETUSER ada \+(ping|info)"):
        RedisStore(account(*ALL, "-ping", "-info"))


def test_sizes_are_asked_for_one_by_one_where_scripts_may_not_run(account, client):
    with RedisStore(account(*ALL, "-eval")) as store:
        store.put_many({"e/a": b"1", "e/b": b"123"})
        client.hset("renai:e/c", "field", "theirs")
        for _ in range(2):
            assert store.get_up_to(["e/a", "e/b", "e/c"], 2) == {"e/a": b"1"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "NOPERM this user has no permissions to run the 'eval' command or its subcommand",
            "its account ada may not run EVAL; to allow that: ACL SETUSER ada +eval",
        ),
        (
            "unknown command 'EVAL', with args beginning with: ",
            "it has no command EVAL, which may be renamed or switched off there",
        ),
        (
            "unknown command `EVALSHA`, with args beginning with: `1`",
            "it has no command EVALSHA, which may be renamed or switched off there",
        ),
        (
            "The user executing the script can't run this command or subcommand script: 5f",
            "all that renai needs: ACL SETUSER ada ~renai:* ~renai-lease:* +ping ",
        ),
    ],
)
def test_what_other_versions_say_is_understood_as_well(said, told):
    error = redis.ResponseError(said)
    assert rights.lacks_right(error)
    assert told in rights.how_to_grant(error, "ada")
    assert not rights.lacks_right(redis.ResponseError("OOM command not allowed"))


def test_a_message_shows_nothing_of_a_value(store, client):
    before = client.config_get("maxmemory")["maxmemory"]
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreError, match="maxmemory") as told:
            store.put_many({"a": b"\x1b[2Jthe words of a letter"})
    finally:
        client.config_set("maxmemory", before)
    assert "letter" not in str(told.value)
    assert str(told.value).isprintable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_of_a_fork_waits_for_no_thread_of_its_parent(store, monkeypatch):
    """One makes a connection at that moment, for which redis-py has locked its pool."""
    store.put_many({"a": b"1"})
    using = store.reading_up_to(["a"], 1)
    next(using)  # the connection that there is
    pool = store._redis.connection_pool
    make, begun, go_on = pool.make_connection, threading.Event(), threading.Event()

    def slowly():
        begun.set()
        assert go_on.wait(LIMIT)
        return make()

    monkeypatch.setattr(pool, "make_connection", slowly)
    other = threading.Thread(target=store.get_many, args=[["a"]])
    other.start()
    assert begun.wait(LIMIT)
    child = fork(lambda: store.get_many(["a"]) == {"a": b"1"})
    go_on.set()
    other.join(LIMIT)
    assert exit_code(child) == 0
    assert finished(using) == {"a": b"1"}


def test_threads_of_a_child_make_one_client(store, monkeypatch):
    """Of two, one would be let go of while another thread asks by it."""
    made, began = [], threading.Event()

    def connect(url, make=redis_store.connect):
        made.append(url)
        assert began.wait(LIMIT)
        return make(url)

    def ask():
        began.set()
        assert store.get_many(["a"]) == {}

    monkeypatch.setattr(redis_store, "connect", connect)
    redis_store._leave_to_parent(store)  # as the child of a fork does
    first = threading.Thread(target=store.get_many, args=(["a"],))
    first.start()
    until(lambda: made)
    assert store._linking.locked()
    second = threading.Thread(target=ask)
    second.start()
    for thread in (first, second):
        thread.join(LIMIT)
        assert not thread.is_alive()
    assert len(made) == 1
