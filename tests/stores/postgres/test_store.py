"""PostgreSQL: many processes, its own tables only, and connections that others share."""

import os
from contextlib import ExitStack

import psycopg
import pytest

from forks import exit_code, fork
from renai.stores.base import Lease
from renai.stores.postgres import PostgresStore
from waiting import LIMIT

OPEN = """
import sys
from renai.stores.postgres import PostgresStore
with PostgresStore(sys.argv[1]) as store: store.put_many({"e/" + sys.argv[2]: b"1"})
"""


@pytest.fixture
def url(postgres_server):
    postgres_server.empty()
    return postgres_server.url


def test_many_processes_may_open_it_first(url, start):
    processes = [start(OPEN, url, number) for number in range(6)]
    assert [process.communicate(timeout=LIMIT)[1] for process in processes] == [""] * 6
    with PostgresStore(url) as store:
        assert len(list(store.scan())) == 6


def test_it_keeps_to_its_own_tables(url):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE photos (name text)")
    with PostgresStore(url, max_bytes=1000) as store:
        store.put_many({"a": b"1"})
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        assert {name for (name,) in rows} == {"photos", "renai_entries", "renai_leases"}


SETTINGS = ("synchronous_commit", "statement_timeout", "lock_timeout", "search_path")


def settings_of(connection):
    return [connection.execute(f"SHOW {name}").fetchone() for name in SETTINGS]


def test_others_of_a_pool_find_no_settings_of_ours(url, pgbouncer_server):
    with psycopg.connect(url) as connection:
        untouched = settings_of(connection)
    entries = {f"e/{number}": b"1" for number in range(10)}
    with PostgresStore(pgbouncer_server.url, max_bytes=1000) as store:
        lease = Lease(tuple(entries), seconds=30)
        store.claim(lease)
        store.renew(lease)
        store.put_many(entries, release=lease)
        assert store.get_many(list(entries)) == entries
        assert len(list(store.scan())) == len(store.dates_of(list(entries))) == 10
        store.delete_many(["e/1"])
        store.scrub()
    with ExitStack() as stack:  # an open transaction on each connection that the pool has
        for _ in range(2):
            others = psycopg.connect(pgbouncer_server.url, prepare_threshold=None)
            assert settings_of(stack.enter_context(others)) == untouched


def test_our_transactions_do_not_wait_for_the_disk_nor_for_ever(url):
    with PostgresStore(url) as store:
        assert store._run("read", settings_of)[:2] == [("off",), ("1min",)]


def test_a_database_without_an_encoding(url, monkeypatch):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS ascii")
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    with PostgresStore(url.rpartition("/")[0] + "/ascii") as store:
        lease = Lease(("e/a", "e/b"), seconds=30)
        assert store.claim(lease) == set()
        assert store.claim(Lease(("e/b", "e/c"), seconds=30)) == {"e/b"}
        store.put_many({"e/a": b"\0\xff"}, release=lease)
        assert store.get_many(["e/a"]) == {"e/a": b"\0\xff"}
        assert [stat.name for stat in store.scan("e/")] == ["e/a"]


def test_a_list_comes_page_by_page(url, monkeypatch):
    monkeypatch.setattr("renai.stores.postgres.store._CHUNK", 3)
    names = {"text/a", "text/a-b", "text/a/b", "text/ab", "text/b", "text/Z", "text/_", "texts"}
    with PostgresStore(url) as store:
        store.put_many(dict.fromkeys(names, b"1"))
        assert {stat.name for stat in store.scan()} == names
        listed = [stat.name for stat in store.scan("text/")]
        assert sorted(listed) == sorted(names - {"texts"})
        for stat in store.scan("text/a"):
            store.delete_many([stat.name])
        assert len(list(store.scan())) == 4


def test_expired_rows_are_swept(url):
    with PostgresStore(url) as store:
        store.put_many({"a": b"1", "b": b"1"}, ttl=3600)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE renai_entries SET expires_at = to_timestamp(0) WHERE name = 'a'")
    with PostgresStore(url) as store:
        store.put_many({"c": b"1"})
        assert {stat.name for stat in store.scan()} == {"b", "c"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_both_sides_of_a_fork_may_go_on(url):
    with PostgresStore(url) as store:
        store.put_many({"a": b"before"})

        def goes_on():
            for turn in range(50):
                store.put_many({"child": b"%d" % turn})
            return store.get_many(["a"]) == {"a": b"before"}

        child = fork(goes_on)
        for turn in range(50):
            store.put_many({"parent": b"%d" % turn})
        assert exit_code(child) == 0
        assert len(store.get_many(["a", "child", "parent"])) == 3
