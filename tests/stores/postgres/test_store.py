"""PostgreSQL: many processes, its own tables only, and connections that others share."""

import os

import psycopg
import pytest

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
        child = os.fork()
        if child == 0:
            code = 2
            try:
                for turn in range(50):
                    store.put_many({"child": b"%d" % turn})
                code = 0 if store.get_many(["a"]) == {"a": b"before"} else 1
            finally:  # whatever happens, this process must not go on with the tests
                os._exit(code)
        for turn in range(50):
            store.put_many({"parent": b"%d" % turn})
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(store.get_many(["a", "child", "parent"])) == 3
