"""Stores that die, stall or fill up in the middle of a run, and a run with every vector right."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import psycopg
import pytest

import servers
from renai import EmbeddingCache, Recipe
from renai.stores.postgres import PostgresStore
from renai.stores.redis import RedisStore
from renai.stores.sqlite import SqliteStore
from renai.stores.sqlite import file as sqlite_file
from waiting import LIMIT

RECIPE = Recipe("toy")
TEXTS = [f"text {number}" for number in range(1000)]


def toy(texts):
    return np.array([[int(text.split()[1]), 1.0] for text in texts], np.float32)


def assert_right(embedded):
    assert (embedded.vectors[:, 0] == np.arange(len(embedded.vectors))).all()


@contextmanager
def at_batch(number, act):
    """A computation that does something in one of its batches."""
    batches = 0

    def compute(texts):
        nonlocal batches
        batches += 1
        if batches == number:
            act()
        return toy(texts)

    yield compute
    assert batches >= number


@pytest.fixture(params=[servers.have_redis, servers.have_postgres])
def server(request):
    server = request.param()
    yield server
    servers.drop(server)


def test_a_server_killed_for_good(server, caplog, monkeypatch):
    asked = []

    def counted(call):
        return lambda *arguments, **options: asked.append(call) or call(*arguments, **options)

    with EmbeddingCache(server.url, RECIPE, batch_size=50) as cache:
        with at_batch(5, server.kill) as compute:
            for kind in (RedisStore, PostgresStore):
                for name in ("get_many", "put_many", "claim"):
                    monkeypatch.setattr(kind, name, counted(getattr(kind, name)))
            assert_right(cache.embed(TEXTS, compute))
        assert_right(cache.embed(TEXTS, toy))
    assert len(asked) < 30, "it is not asked for every batch"
    assert 1 <= len(caplog.records) <= 4, caplog.messages


def test_a_server_killed_and_started_again(server):
    def restart():
        server.kill()
        server.start()

    with (
        EmbeddingCache(server.url, RECIPE, batch_size=50) as cache,
        at_batch(5, restart) as compute,
    ):
        assert_right(cache.embed(TEXTS, compute))
    with EmbeddingCache(server.url, RECIPE, batch_size=50) as cache:
        embedded = cache.embed(TEXTS, toy)
        assert_right(embedded)
        assert embedded.hits.sum() > 500, "what was kept before and after is still there"


def test_a_server_killed_as_soon_as_it_was_opened(server):
    with EmbeddingCache(server.url, RECIPE) as cache:
        server.kill()
        server.start()
        assert_right(cache.embed(TEXTS, toy))
        found = cache.embed(TEXTS, toy)
        assert found.hits.all()
        assert not found.unstored, "what waits to be stored is found as well"


def test_connections_that_are_cut(server, caplog):
    def cut():
        if isinstance(server, servers.RedisServer):
            assert server._asked("CLIENT KILL TYPE normal SKIPME yes").startswith(b":")
        else:
            with psycopg.connect(server.url) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'renai'"
                )

    with EmbeddingCache(server.url, RECIPE, batch_size=50) as cache:
        with at_batch(5, cut) as compute:
            assert_right(cache.embed(TEXTS, compute))
        cut()
        embedded = cache.embed(TEXTS, toy)
        assert_right(embedded)
        assert embedded.hits.all(), "the connection was made anew, and nothing lost"
    assert caplog.messages == []


def test_a_database_that_stays_locked(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sqlite_file, "_LOCK_TIMEOUT", 0.1)
    path = tmp_path / "vectors.sqlite"
    with EmbeddingCache(f"sqlite:///{path}", RECIPE, batch_size=50) as cache:
        other = sqlite3.connect(path, isolation_level=None)
        with at_batch(5, lambda: other.execute("BEGIN IMMEDIATE")) as compute:
            assert_right(cache.embed(TEXTS, compute))
        other.execute("ROLLBACK")
        other.close()
        assert len(caplog.messages) == 1, "one warning, and no more"
        assert "locked" in caplog.text
        assert cache.get(TEXTS).hits.sum() >= 200
        assert_right(cache.embed(TEXTS, toy))
        assert cache.get(TEXTS).hits.all(), "as soon as the lock is gone, all is kept again"


IN_NEED = """
import resource, signal, sys
import numpy as np
from renai import EmbeddingCache, Recipe
cache = EmbeddingCache(sys.argv[1], Recipe("toy"), batch_size=50)
if sys.argv[2] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
texts = [f"text {number}" for number in range(1000)]
result = cache.embed(texts, lambda texts: [[int(text.split()[1])] * 300 for text in texts])
assert (result.vectors[:, 0] == np.arange(1000)).all()
cache.close()
"""


@pytest.mark.parametrize("scheme", ["sqlite:///", "file://"])
def test_a_disk_that_is_full(scheme, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", IN_NEED, f"{scheme}{tmp_path}/vectors", "full"],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert run.returncode == 0, run.stderr


def test_a_database_that_may_only_be_read(tmp_path, caplog):
    with (
        SqliteStore(tmp_path / "vectors.sqlite") as store,
        EmbeddingCache(store, RECIPE) as cache,
    ):
        cache.embed(TEXTS[:10], toy)
        store._file._connection.execute("PRAGMA query_only = ON")
        embedded = cache.embed(TEXTS[:20], toy)
        assert_right(embedded)
        assert embedded.hits.sum() == 10
        for _ in range(5):
            assert_right(cache.embed(TEXTS[:20], toy))
            assert cache.get(TEXTS[:10]).hits.all(), "it can be read all the while"
        store._file._connection.execute("PRAGMA query_only = OFF")
        cache.embed(TEXTS[:20], toy)
        assert cache.get(TEXTS[:20]).hits.all(), "it is asked again at once"
    warning, back = caplog.messages
    assert "readonly" in warning
    assert "(10 entries): the store is back" in back


READER = """
import sys
import time
import numpy as np
from renai import EmbeddingCache, Recipe
texts = [f"text {number}" for number in range(300)]
toy = lambda texts: np.array([[int(text.split()[1])] * 100 for text in texts], np.float32)
limit = int(sys.argv[2]) or None
with EmbeddingCache(sys.argv[1], Recipe("toy"), max_bytes=limit, batch_size=20) as cache:
    for turn in range(60):
        some = texts[turn * 31 % 300:][:60]
        vectors = cache.embed(some, toy).vectors
        assert (vectors[:, 99] == [int(text.split()[1]) for text in some]).all(), "wrong"
"""


@pytest.mark.parametrize("kind", ["sqlite", "file", "postgres"])
def test_two_share_a_store_while_a_third_evicts(kind, tmp_path, request):
    url = f"sqlite:///{tmp_path}/vectors.sqlite" if kind == "sqlite" else f"file://{tmp_path}/v"
    if kind == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.empty()
        url = server.url
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", READER, url, str(limit)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for limit in (0, 0, 20_000)
    ]
    for process in processes:
        _, err = process.communicate(timeout=LIMIT)
        assert (process.returncode, err) == (0, "")


@pytest.mark.usefixtures("no_old_garbage")
@pytest.mark.parametrize("kind", ["sqlite", "redis", "postgres"])
async def test_tasks_with_overlapping_batches(kind, tmp_path, request):
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    if kind != "sqlite":
        server = request.getfixturevalue(f"{kind}_server")
        server.empty()
        url = server.url
    computed = []

    async def compute(texts):
        computed.extend(texts)
        await asyncio.sleep(0.01)
        return toy(texts)

    longest = 0.0

    async def watch():
        # Processor time of this thread between two turns, whatever else the machine is busy with.
        nonlocal longest
        while True:
            begun = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - begun)

    with EmbeddingCache(url, RECIPE, batch_size=50) as cache:
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        batches = [TEXTS[start * 4 :][:100] for start in range(200)]
        results = await asyncio.gather(*(cache.aembed(batch, compute) for batch in batches))
        watching.cancel()
    for start, result in enumerate(results):
        assert (result.vectors[:, 0] == np.arange(start * 4, start * 4 + 100)).all()
    assert sorted(computed) == sorted(set(computed)), "each once"
    assert longest < 0.5, "the loop was blocked"
