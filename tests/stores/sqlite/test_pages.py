"""The page size of a file: chosen for the first vectors, and kept."""

import sqlite3
import threading

import pytest

from renai.embeddings.known_recipes import RECIPES
from renai.embeddings.lineage import LINEAGE
from renai.embeddings.marks import CHANGED
from renai.metadata.metadata_cache import metadata_prefix
from renai.stores.base import Lease
from renai.stores.sqlite import SqliteStore
from renai.stores.sqlite.file import RECORDS
from renai.usage.records import USAGE
from waiting import LIMIT, until

_FRAME = 28
_KEY = 32


def vectors(count, size, start=0):
    return {f"embedding/{n:064x}": b"v" * size for n in range(start, start + count)}


def page_size_of(path):
    with sqlite3.connect(path) as file:
        return file.execute("PRAGMA page_size").fetchone()[0]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vectors.sqlite"


@pytest.mark.parametrize("ttl", [None, 3600])
@pytest.mark.parametrize(
    ("dimension", "width"),
    [*((n, 4) for n in (384, 512, 768, 1024, 1536, 2048, 3072, 4096)), (1024, 2), (3072, 2)],
)
def test_the_disk_that_vectors_take(path, dimension, width, ttl):
    size = dimension * width + _FRAME
    count = 24_000_000 // size
    with SqliteStore(path) as store:
        for start in range(0, count, 1000):
            store.put_many(vectors(min(1000, count - start), size, start), ttl)
    assert path.stat().st_size <= 1.12 * count * (size + _KEY)


def test_the_page_size_that_is_right_for_small_vectors_stays(path):
    with SqliteStore(path) as store:
        store.put_many(vectors(10, 384 * 4 + _FRAME))
    assert page_size_of(path) == 16384


def test_the_names_of_records_begin_as_the_modules_that_give_them_say():
    given = [metadata_prefix("doc"), metadata_prefix("img"), LINEAGE, RECIPES, USAGE, CHANGED]
    assert all(prefix.encode().startswith(RECORDS) for prefix in given)
    assert all(any(prefix.encode().startswith(record) for prefix in given) for record in RECORDS)


def test_what_is_written_before_the_first_vectors_stays(path):
    lease = Lease(("embedding/a",), seconds=30)
    before = {
        f"lineage/{'ab' * 32}": b"1",
        f"recipe/{'cd' * 32}": b"2" * 500,
        f"changed/{'ef' * 32}": b"3",
        "usage/2026-11-26": b"4" * 100,
    }
    with SqliteStore(path, max_bytes=10**9) as store:
        store.claim(lease)
        store.put_many(before)
        assert page_size_of(path) == 16384
        store.put_many(vectors(3, 4124))
        assert page_size_of(path) == 65536
        assert store.get_many(list(before)) == before
        assert store.claim(Lease(lease.names, seconds=30)) == {"embedding/a"}
        assert len(list(store.scan())) == len(before) + 3
        assert store._file._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_others_may_have_the_file_open(path):
    with SqliteStore(path) as store, SqliteStore(path) as other:
        assert other.get_many(["embedding/a"]) == {}
        store.put_many(vectors(3, 4124))
        assert other.get_many(list(vectors(3, 4124))) == vectors(3, 4124)
        other.put_many(vectors(3, 4124, start=3))
        assert len(list(store.scan())) == 6
    assert page_size_of(path) == 65536


def test_a_file_without_vectors_is_closed_when_it_is_idle(path):
    with SqliteStore(path) as store:
        store.claim(Lease(("embedding/a",), seconds=30))
        until(lambda: store._file._connection is None)
        store.put_many(vectors(3, 4124))
        assert store._file._connection is not None


def test_a_file_with_vectors_is_used_by_nothing_in_the_background(path, monkeypatch):
    monkeypatch.setattr("renai.stores.sqlite.idle._IDLE", 3600)
    before = set(threading.enumerate())
    with SqliteStore(path) as store:
        store.claim(Lease(("embedding/a",), seconds=30))
        closers = set(threading.enumerate()) - before
        assert closers
        store.put_many(vectors(3, 4124))
        for closer in closers:
            closer.join(LIMIT)
            assert not closer.is_alive()
        assert store.get_many(list(vectors(3, 4124))) == vectors(3, 4124)
        assert set(threading.enumerate()) <= before


def test_what_uses_a_file_without_vectors_again_and_again_opens_it_no_more(path, monkeypatch):
    monkeypatch.setattr("renai.stores.sqlite.idle._IDLE", 3600)
    opened = []
    with SqliteStore(path) as store:
        its_own = store._file._open
        monkeypatch.setattr(store._file, "_open", lambda: opened.append(1) or its_own())
        for _ in range(5):
            assert store.claim(Lease(("embedding/a",), seconds=30)) in (set(), {"embedding/a"})
    assert not opened


def test_a_program_that_reads_the_file_meanwhile_is_not_disturbed(path, monkeypatch):
    monkeypatch.setattr("renai.stores.sqlite.pages._PATIENCE", 0.0)
    with SqliteStore(path) as store:
        reader = sqlite3.connect(path)
        reader.execute("SELECT count(*) FROM entries").fetchone()
        store.put_many(vectors(3, 4124))
        assert reader.execute("SELECT count(*) FROM entries").fetchone() == (3,)
        reader.close()
        assert store.get_many(list(vectors(3, 4124))) == vectors(3, 4124)
    assert page_size_of(path) == 16384


@pytest.mark.parametrize("first", [{"text/a": b"1"}, vectors(5, 1564), vectors(1, 100)])
def test_a_file_with_entries_keeps_its_page_size(path, first):
    with SqliteStore(path) as store:
        store.put_many(first)
        kept = page_size_of(path)
        store.put_many(vectors(9, 4124, start=9))
    with SqliteStore(path) as store:
        store.put_many(vectors(9, 12316, start=30))
        assert store.get_many(list(first)) == first
    assert page_size_of(path) == kept == 16384
