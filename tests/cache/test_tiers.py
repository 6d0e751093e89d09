"""What the slow one of two tiers refuses reaches it in the end, also from another process."""

import os
import shlex
import sys
import threading
from contextlib import closing

import numpy as np
import pytest

from flaky_store import Flaky
from full_disk import with_small_disk
from renai import EmbeddingCache, Recipe
from renai.cache.backlog import Backlog
from renai.embeddings.lineage import LINEAGE, lineage_of
from renai.errors import StoreError
from renai.stores.dirty import DIRTY
from renai.stores.memory import MemoryStore
from renai.stores.sqlite.store import SqliteStore
from renai.stores.tiered import TieredStore
from waiting import unless_it_hangs

RECIPE = Recipe("toy", revision="1")
TEXTS = [f"text {number}" for number in range(10)]
SOURCE = "ab" * 32


@pytest.fixture
def slow():
    return Flaky()


@pytest.fixture
def tiers(slow, tmp_path):
    """Open the tiers as each process does, with a fast one that lasts."""
    opened = []

    def open_tiers():
        opened.append(TieredStore(SqliteStore(tmp_path / "fast.sqlite"), slow))
        return opened[-1]

    yield open_tiers
    for each in opened:
        each.fast.close()


def toy(texts):
    return np.array([[float(text.split()[1]), 1.0] for text in texts])


def never(texts):
    raise AssertionError(f"{texts} were paid for twice")


def in_an_outage(tiers, slow):
    """Compute all texts in a process that never sees the slow store again."""
    slow.is_up = False
    with tiers() as store, EmbeddingCache(store, RECIPE, ledger=False) as cache:
        cache.trace(TEXTS, [SOURCE] * len(TEXTS))
        assert cache.embed(TEXTS, toy).unstored == 10


def hits_in(store):
    with EmbeddingCache(store, RECIPE, ledger=False) as cache:
        return int(cache.get(TEXTS).hits.sum())


def test_a_later_process_writes_back_what_the_fast_one_kept(tiers, slow, caplog):
    in_an_outage(tiers, slow)
    assert "is in the fast one of two stores" in caplog.text
    assert "is lost" not in caplog.text
    with tiers() as store, EmbeddingCache(store, RECIPE, ledger=False) as cache:
        down = cache.embed(TEXTS[:4], never)
        assert (down.unstored, bool(down.unstored_reason)) == (4, True)
        slow.is_up = True
        assert cache.embed(TEXTS[:1], never).unstored == 0, "and all others reach it as well"
        assert hits_in(slow) == 10
        assert not list(store.fast.scan(DIRTY))


def test_closing_twice_in_an_outage_is_no_error(tiers, slow):
    in_an_outage(tiers, slow)
    store = tiers()
    assert store.unwritten()
    store.close()
    store.close()


def test_so_does_lineage_which_the_fast_one_knows_already(tiers, slow):
    in_an_outage(tiers, slow)
    slow.is_up = True
    with tiers() as store, EmbeddingCache(store, RECIPE, ledger=False) as cache:
        cache.trace(TEXTS, [SOURCE] * len(TEXTS))
        cache.embed(TEXTS, never)
    assert next(iter(slow.scan())).name.startswith(LINEAGE), "before the vectors"
    assert len(lineage_of(slow, SOURCE)[1]) == 10


def test_closing_writes_back_as_well(tiers, slow):
    in_an_outage(tiers, slow)
    slow.is_up = True
    tiers().close()
    assert hits_in(slow) == 10


def test_what_is_more_than_may_wait_is_not_lost(slow, monkeypatch, caplog):
    monkeypatch.setattr(Backlog.__init__, "__defaults__", (0,))
    with EmbeddingCache(TieredStore(MemoryStore(), slow), RECIPE, ledger=False) as cache:
        slow.is_up = False
        assert cache.embed(TEXTS, toy).unstored == 10
        assert cache.embed(TEXTS, never).unstored == 10, "they hit, and are not in the slow one"
        assert cache.put(TEXTS, toy(TEXTS)) == 0
        slow.is_up = True
        assert cache.embed(TEXTS[:1], never).unstored == 0
        assert hits_in(slow) == 10
    assert "lost" not in caplog.text


def test_what_nobody_keeps_is_said_to_be_lost(slow, caplog):
    slow.is_up = False
    with TieredStore(MemoryStore(), slow) as store:
        with EmbeddingCache(store, RECIPE, ledger=False) as cache:
            cache.embed(TEXTS, toy)
        assert "What had waited to be stored is lost (10 entries)" in caplog.text
    assert "had is lost to the other one" in caplog.text


def test_what_was_deleted_in_an_outage_stays_deleted(tiers, slow):
    in_an_outage(tiers, slow)
    with tiers() as store, EmbeddingCache(store, RECIPE, ledger=False) as cache:
        with pytest.raises(StoreError):
            cache.delete(TEXTS[:4])
        slow.is_up = True
        cache.embed(TEXTS[9:], never)
    assert hits_in(slow) == 6


def test_what_is_deleted_while_it_is_written_back_stays_deleted(tiers, slow, monkeypatch):
    in_an_outage(tiers, slow)
    slow.is_up = True
    with tiers() as store, EmbeddingCache(store, RECIPE, ledger=False) as cache:
        put_many, others = slow.put_many, []

        def put_slowly(items, *arguments):
            if any(name.startswith("embedding/") for name in items) and not others:
                others.append(threading.Thread(target=cache.delete, args=[TEXTS[:4]]))
                others[0].start()
                others[0].join(0.3)  # if it is not held off, it has long come to its end
            put_many(items, *arguments)

        monkeypatch.setattr(slow, "put_many", put_slowly)
        store.write_back()
        unless_it_hangs(others[0].join)
    assert hits_in(slow) == 6


def test_threads_of_an_outage_lose_nothing(slow):
    store = TieredStore(MemoryStore(), slow)
    slow.is_up = False

    def work(number):
        for turn in range(30):
            with pytest.raises(StoreError):
                store.put_many({f"e/{number}-{turn}": b"%d" % turn, f"e/{turn}": b"all"})

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)
    assert len(store.unwritten()) == 150
    slow.is_up = True
    store.write_back()
    assert len(list(slow.scan())) == 150
    assert not list(store.fast.scan(DIRTY))


FULL_DISK = """
import sys; from pathlib import Path
from renai.errors import StoreError
from renai.stores.files import FileStore
from renai.stores.sqlite.store import SqliteStore
from renai.stores.tiered import TieredStore
fast, slow, disk = sys.argv[1:]
def full():
    with open(disk + "/fill", "wb", buffering=0) as fill:
        while True:
            try: fill.write(bytes(4096))
            except OSError: return
open_slow = FileStore if slow == "file" else SqliteStore
store = TieredStore(SqliteStore(Path(fast)), open_slow(Path(disk, "slow")))
items = {f"e/{number}": bytes([number]) * 20_000 for number in range(60)}
full()
try: store.put_many(items); print("kept")
except StoreError as error: print(error)
for turn in range(3):  # there is room for some of them only
    try: store.write_back(); print("written")
    except StoreError as error: print(error)
    if turn == 0:
        Path(disk, "fill").unlink(); Path(disk, "fill").write_bytes(bytes(1_500_000))
    else:
        Path(disk, "fill").unlink(missing_ok=True)
    assert store.get_many(list(items)) == items
print(len(store.unwritten()), store.slow.get_many(list(items)) == items)
"""


@pytest.mark.parametrize("slow", ["file", "sqlite"])
def test_a_slow_one_on_a_full_disk_gets_all_when_there_is_room(tmp_path, slow):
    program = shlex.join([sys.executable, "-c", FULL_DISK])
    (said,) = with_small_disk(
        tmp_path / "disk",
        f"{program} {tmp_path}/fast.sqlite {slow} {tmp_path}/disk",
        environment=os.environ,
        cwd=tmp_path,
    )
    *refused, warning, written, last = said.strip().splitlines()
    assert len(refused) == 3
    for line in refused:
        assert line.startswith("cannot write")
        assert "full" in line or "No space" in line
    assert "is now in the other one (60 entries)" in warning
    assert (written, last) == ("written", "0 True")


FULL_FAST = """
import logging, sys; from pathlib import Path
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from renai.stores.tiered import TieredStore
logging.basicConfig(format="%(message)s")
disk = Path(sys.argv[1])
store = TieredStore(FileStore(disk / "fast"), MemoryStore())
old = {"a": b"1" * 9000}
store.put_many(old)
with open(disk / "fill", "wb", buffering=0) as fill:
    try:
        while True: fill.write(bytes(4096))
    except OSError: pass
new = {"b": b"2" * 9000}
store.put_many(new)
print(store.get_many(["a", "b"]) == old | new, store.slow.get_many(["a", "b"]) == old | new)
"""


def test_a_fast_one_on_a_full_disk_is_passed_over(tmp_path):
    (said,) = with_small_disk(
        tmp_path / "disk",
        f"{shlex.join([sys.executable, '-c', FULL_FAST])} {tmp_path}/disk",
        environment=os.environ,
        cwd=tmp_path,
    )
    assert said.count("Going on with one of two stores: cannot write") == 1
    assert said.strip().endswith("True True")


def test_a_time_to_live_is_kept(tiers, slow, monkeypatch):
    slow.is_up = False
    with tiers() as store, pytest.raises(StoreError):
        store.put_many({"e/a": b"1"}, 60)
    slow.is_up, lives = True, []
    monkeypatch.setattr(slow, "put_many", lambda items, ttl: lives.append((dict(items), ttl)))
    tiers().close()
    assert lives == [({"e/a": b"1"}, 60.0)]


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b'{"names": 7, "ttl": null}', b'{"names": ["../a"], "ttl": null}',
     b'{"names": ["a"], "ttl": "x"}', b'{"names": [1], "ttl": 1}', b"[" * 100_000],
)  # fmt: skip
def test_notes_that_cannot_be_read_are_passed_over(slow, data):
    fast = MemoryStore()
    fast.put_many({f"{DIRTY}1": data, "a": b"1"})
    with closing(TieredStore(fast, slow)) as store:
        assert list(store.unwritten()) == []
    assert not list(slow.scan())
