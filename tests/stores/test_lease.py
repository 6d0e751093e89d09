"""Leases, in every store that has them: who gets what, for how long, and after whom."""

import os
import sqlite3
import subprocess
import sys
import time

import psycopg
import pytest

from renai.stores.base import LONGEST_LEASE, Lease, is_gone
from renai.stores.memory import MemoryStore
from renai.stores.redis.connection import connect
from renai.stores.registry import open_store
from renai.stores.testing import LeasingStoreContract
from renai.stores.tiered import TieredStore
from waiting import LIMIT, until

HOLDER = """
import sys
from renai.stores.base import Lease
from renai.stores.redis.connection import connect
from renai.stores.registry import open_store
store = open_store(sys.argv[1])
store.claim(Lease(("e/a", "e/b"), seconds=float(sys.argv[2])))
print("claimed", flush=True)
sys.stdin.read()
"""


def lease_on(*names, seconds=30):
    return Lease(names, seconds)


SERVERS = {
    "redis": "redis_server",
    "cluster": "redis_cluster",
    "postgres": "postgres_server",
    "pooled": "pgbouncer_server",
}


@pytest.fixture(params=["sqlite", *SERVERS, "tiers"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/vectors.sqlite"
    if request.param == "tiers":
        return ["memory://", f"sqlite:///{tmp_path}/vectors.sqlite"]
    server = request.getfixturevalue(SERVERS[request.param])
    server.empty()
    return server.url


@pytest.fixture
def store(url):
    with open_store(url) as store:
        yield store


class TestLeases(LeasingStoreContract):
    pass


def test_a_lease_holds_only_what_nobody_else_held(store):
    first, second = lease_on("e/a"), lease_on("e/a", "e/b")
    store.claim(first)
    assert store.claim(second) == {"e/a"}
    store.release(first)
    assert store.claim(lease_on("e/a", "e/b")) == {"e/b"}


def test_more_names_than_a_statement_takes(store):
    names = tuple(f"e/{number}" for number in range(40_000))
    store.claim(lease_on(*names[10:]))
    assert store.claim(lease_on(*names)) == set(names[10:])


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")  # noqa: PTH110
def test_the_leases_of_a_killed_process_are_void_at_once(url, store, start):
    if not isinstance(url, str):
        url = url[1]
    holder = start(HOLDER, url, 10 * LIMIT)
    assert holder.stdout.readline() == "claimed\n"
    assert store.claim(lease_on("e/a", "e/b")) == {"e/a", "e/b"}
    holder.kill()  # and not waited for: even a zombie computes nothing

    def gets_both():
        held = store.claim(lease := lease_on("e/a", "e/b"))
        if held:
            store.release(lease)
        return not held

    until(gets_both)
    assert store.claim(lease_on("e/a", "e/b")) == {"e/a", "e/b"}, "it has a new holder"


def test_a_process_of_another_machine_is_never_known_to_be_gone():
    assert not is_gone("another-machine:999999:1/0123")
    assert not is_gone(lease_on("e/a").token)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")  # noqa: PTH110
def test_a_process_number_that_was_given_again_is_not_the_same_process():
    token = subprocess.run(
        [
            sys.executable,
            "-c",
            "from renai.stores.base import Lease; print(Lease((), 1).token)",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert is_gone(token)
    machine, _, started = token.partition("/")[0].split(":")
    assert is_gone(f"{machine}:{os.getpid()}:{started}0/0123")


def test_what_is_claimed_is_looked_for_behind_the_fast_tier(tmp_path):
    slow = open_store(f"sqlite:///{tmp_path}/vectors.sqlite")
    with TieredStore(MemoryStore(), slow) as store:
        store.put_many({"e/a": b"stale"})
        slow.put_many({"e/a": b"fresh, by another process"})
        assert store.get_many(["e/a"]) == {"e/a": b"stale"}
        store.claim(lease_on("e/a"))
        assert store.get_many(["e/a"]) == {"e/a": b"fresh, by another process"}


def prolong(url, seconds):
    """Make the store's only lease end in so many seconds, or never, as a wrong clock would."""
    if not isinstance(url, str):
        url = url[1]
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute("UPDATE leases SET expires_at = ?", [time.time() + seconds])
    elif url.startswith("redis"):
        with connect(url) as client:
            (key,) = client.scan_iter("renai-lease:*")
            client.persist(key)
            if seconds < float("inf"):
                client.pexpire(key, int(seconds * 1000))
    else:
        moment = "'infinity'"
        if seconds < float("inf"):
            moment = f"clock_timestamp() + interval '{seconds} seconds'"
        with psycopg.connect(url) as connection:
            connection.execute(f"UPDATE renai_leases SET expires_at = {moment}")


@pytest.mark.parametrize("seconds", [LONGEST_LEASE + 60, 365 * 86_400.0, float("inf")])
def test_nobody_waits_for_a_lease_that_says_it_never_ends(store, url, seconds):
    store.claim(lease_on("e/a"))
    prolong(url, LONGEST_LEASE - 60)
    assert store.claim(lease_on("e/a")) == {"e/a"}
    prolong(url, seconds)
    assert store.claim(lease_on("e/a")) == set()
    assert store.claim(lease_on("e/a")) == {"e/a"}, "it has a new holder"


def test_no_lease_lasts_longer_than_it_is_believed(store):
    store.claim(lease_on("e/a", seconds=100 * LONGEST_LEASE))
    assert store.claim(lease_on("e/a")) == {"e/a"}
