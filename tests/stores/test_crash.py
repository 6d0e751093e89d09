"""Processes that are killed or that meet while they write: entries are old or new, never torn."""

import time
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
