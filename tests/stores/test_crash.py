"""Processes that are killed or that meet while they write: entries are old or new, never torn."""

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from renai.stores.files import FileStore
from renai.stores.registry import open_store
from renai.stores.sqlite import SqliteStore
from waiting import LIMIT, until

NAMES = [f"text/{number}" for number in range(5)]
SIZE = 200_000

WRITER = """
import sys
from itertools import count
from renai.stores.registry import open_store
store = open_store(sys.argv[1])
start = int(sys.argv[2])
for turn in count(start):
    store.put_many({f"text/{number}": bytes([turn % 256]) * 200_000 for number in range(5)})
    if turn == start: print("writing", flush=True)
"""


@pytest.fixture(params=["file", "sqlite"])
def url(request, tmp_path):
    return (
        f"{request.param}:///{tmp_path}/cache"
        if request.param == "sqlite"
        else f"file://{tmp_path}/cache"
    )


def assert_whole(held):
    for name, data in held.items():
        assert len(data) == SIZE, name
        assert len(set(data)) == 1, f"{name} is torn"


def test_a_writer_may_be_killed_at_any_instant(url, start):
    for round_ in range(4):
        writer = start(WRITER, url, round_ * 40)
        assert writer.stdout.readline() == "writing\n"
        time.sleep(0.02 * round_)  # for a variety of instants; any of them will do
        writer.kill()
        writer.wait()
        with open_store(url) as store:
            held = store.get_many(NAMES)
            assert len(held) == len(NAMES)
            assert_whole(held)
            store.put_many({"text/after": b"usable"})
            assert store.get_many(["text/after"]) == {"text/after": b"usable"}


def test_two_processes_may_write_the_same_entries(url, start):
    writers = [start(WRITER, url, first) for first in (0, 100)]
    for writer in writers:
        assert writer.stdout.readline() == "writing\n"
    with open_store(url) as store:
        seen = set()

        def have_written():
            held = store.get_many(NAMES)
            assert len(held) == len(NAMES)
            assert_whole(held)
            seen.update(data[0] for data in held.values())
            return len(seen) >= 12

        until(have_written)
    assert all(writer.poll() is None for writer in writers)


@pytest.mark.parametrize("kind", [FileStore, SqliteStore])
def test_many_processes_may_open_it_first(kind, tmp_path, start):
    processes = [
        start(
            "import sys; from pathlib import Path\n"
            f"from {kind.__module__} import {kind.__name__} as Store\n"
            "print('ready', flush=True); sys.stdin.readline()\n"
            "Store(Path(sys.argv[1])).put_many({sys.argv[2]: b'1'})",
            tmp_path / "made/cache",
            number,
        )
        for number in range(6)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=LIMIT)[1] for process in processes] == [""] * 6
    with kind(Path(tmp_path / "made/cache")) as store:
        assert len(list(store.scan())) == 6


# A new SQLite file is opened and closed until its first vectors come, which choose its page size.

LOOKER = """
import sys; from pathlib import Path
import renai.stores.sqlite.idle
from renai.stores.base import Lease
from renai.stores.sqlite import SqliteStore
path, idle, turns = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
renai.stores.sqlite.idle._IDLE = idle
store = SqliteStore(path)
for turn in range(turns):
    assert store.get_many(["embedding/a"]) == {}
    store.claim(Lease((f"embedding/{turn}",), seconds=30))
    store.put_many({"recipe/a": b"%d" % turn})
    if turn == 0: print("looking", flush=True)
sys.stdin.readline()
"""

FIRST_VECTORS = """
import sys; from pathlib import Path
from renai.stores.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
print("writing", flush=True)
store.put_many({f"embedding/{n:064x}": bytes([n]) * 4124 for n in range(200)})
print("written", flush=True)
sys.stdin.readline()
"""
VECTORS = {f"embedding/{n:064x}": bytes([n]) * 4124 for n in range(200)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vectors.sqlite"


def take_up(path):
    """Another process comes after the kill: it finds a whole file, and writes its vectors."""
    with SqliteStore(path) as store:
        assert store.get_many(list(VECTORS)) in ({}, VECTORS)
        store.put_many(VECTORS)
        assert store.get_many(list(VECTORS)) == VECTORS
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("PRAGMA page_size").fetchone()[0]


def test_a_kill_between_a_look_and_the_closing_of_a_new_file_leaves_it_new(path, start):
    """The timer that would have closed it is still running."""
    looker = start(LOOKER, path, 3600, 3)
    assert looker.stdout.readline() == "looking\n"
    assert path.with_name(f"{path.name}-wal").exists(), "it is open"
    looker.kill()
    looker.wait()
    assert take_up(path) == 65536


def test_another_one_that_was_killed_does_not_stand_in_the_way_of_one_that_waits(path, start):
    looker = start(LOOKER, path, 3600, 1)
    assert looker.stdout.readline() == "looking\n"
    with SqliteStore(path) as store:
        assert store.get_many(["embedding/a"]) == {}
        looker.kill()
        looker.wait()
        store.put_many(VECTORS)
    assert take_up(path) == 65536


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 4), *(pytest.param(s, 60, marks=pytest.mark.long) for s in (2, 3))]
)
def test_kills_at_any_instant_of_a_new_file_leave_it_whole(path, start, seed, kills):
    chance = random.Random(seed)
    for _ in range(kills):
        source, *more = chance.choice([(LOOKER, 0.0001, 10_000), (FIRST_VECTORS,)])
        process = start(source, path, *more)
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))  # for a variety of instants; any of them will do
        process.kill()
        process.wait()
        take_up(path)
        for part in ("", "-wal", "-shm"):
            path.with_name(path.name + part).unlink(missing_ok=True)
