"""The fingerprint memo: an unchanged file is not read again, and any other one is."""

import os
import time
from contextlib import closing

import pytest

from renai.documents import fingerprint
from renai.documents.fingerprint import (
    FingerprintMemo,
    identify,
    look_into_memo,
    open_memo,
    read_digest,
    signature,
)
from renai.errors import DocumentError, StoreError
from renai.keys.digest import digest_bytes
from renai.stores.memory import MemoryStore
from renai.stores.sqlite import SqliteStore
from waiting import until

OLD = time.time_ns() - 3600 * 10**9


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "book.pdf"
    path.write_bytes(b"content")
    os.utime(path, ns=(OLD, OLD))
    return path


@pytest.fixture
def memo():
    return FingerprintMemo(MemoryStore())


def remember(memo, path):
    digest, stat = read_digest(path)
    memo.remember([(stat, digest)])
    return digest


def test_an_unchanged_file_is_known(memo, path):
    assert memo.recall([path.stat()]) == [None]
    assert remember(memo, path) == digest_bytes(b"content")
    assert memo.recall([path.stat()]) == [digest_bytes(b"content")]


def test_it_is_known_in_the_next_run_too(tmp_path, path):
    database = tmp_path / "fingerprints.sqlite"
    memo = FingerprintMemo(SqliteStore(database))
    remember(memo, path)
    memo.close()
    memo = FingerprintMemo(SqliteStore(database))
    assert memo.recall([path.stat(), tmp_path.stat()]) == [digest_bytes(b"content"), None]
    memo.close()


def append(path):
    with path.open("ab") as stream:
        stream.write(b"!")
    os.utime(path, ns=(OLD, OLD))


def touch(path):
    os.utime(path, ns=(OLD, OLD + 1))


def rewrite(path):
    """Same size and mtime: only the ctime tells."""
    path.write_bytes(b"CONTENT")
    os.utime(path, ns=(OLD, OLD))


def replace(path):
    other = path.with_name("other")
    other.write_bytes(b"CONTENT")
    os.utime(other, ns=(OLD, OLD))
    other.replace(path)


def until_the_tick_after(path):
    """Wait until a change would have another ctime, which moves with the kernel's tick."""
    probe = path.with_name("probe")

    def is_later():
        probe.unlink(missing_ok=True)
        probe.touch()
        return probe.stat().st_ctime_ns > path.stat().st_ctime_ns

    until(is_later)


@pytest.mark.parametrize("change", [append, touch, rewrite, replace])
def test_a_changed_file_is_read_again(memo, path, change):
    remember(memo, path)
    until_the_tick_after(path)
    change(path)
    assert memo.recall([path.stat()]) == [None]


@pytest.mark.parametrize("field", range(5))
def test_every_part_of_the_signature_counts(memo, path, field):
    before = path.stat()
    memo.remember([(before, digest_bytes(b"content"))])
    # Of device, inode, size and the times, one is different.
    changed = list(signature(before))
    changed[field] += 1
    assert memo.recall([Stat(*changed)]) == [None]
    assert memo.recall([Stat(*signature(before))]) == [digest_bytes(b"content")]


class Stat:
    def __init__(self, device, inode, size, mtime, ctime):
        self.st_dev, self.st_ino, self.st_size = device, inode, size
        self.st_mtime_ns, self.st_ctime_ns = mtime, ctime


@pytest.mark.parametrize("age", [-5, 0, 1.5])
def test_a_file_changed_just_now_is_read_again(memo, path, age):
    moment = time.time_ns() - int(age * 10**9)
    os.utime(path, ns=(moment, moment))
    remember(memo, path)
    assert memo.recall([path.stat()]) == [None]


def test_what_was_fresh_when_it_was_read_does_not_ripen(path, monkeypatch):
    # Read at once and written down late, as in a batch: the file could have been changed in the
    # tick it was read in, and look the same.
    memo = FingerprintMemo(MemoryStore())
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    digest, stat = read_digest(path)
    monkeypatch.setattr(fingerprint.time, "time_ns", lambda: now + 60 * 10**9)
    memo.remember([(stat, digest)])
    assert memo.recall([stat]) == [None]


def test_times_that_no_file_should_have(memo):
    year_1601 = -11_644_473_600 * 10**9  # a FILETIME of zero, as some servers say it
    stat = Stat(1, 2, 3, year_1601, year_1601)
    memo.remember([(stat, digest_bytes(b""))])
    assert memo.recall([stat]) == [digest_bytes(b"")]


def test_a_damaged_record_is_not_believed(path):
    store = MemoryStore()
    memo = FingerprintMemo(store)
    remember(memo, path)
    (stat,) = store.scan()
    record = store.get_many([stat.name])[stat.name]
    damaged = [record[:length] for length in range(len(record))]
    for place in range(len(record)):
        changed = bytearray(record)
        changed[place] ^= 1
        damaged.append(bytes(changed))
    for data in [*damaged, record + b"\0"]:
        store.put_many({stat.name: data})
        assert memo.recall([path.stat()]) == [None]


def test_without_a_store_nothing_is_known(path):
    memo = FingerprintMemo(None)
    remember(memo, path)
    assert memo.recall([path.stat()]) == [None]
    memo.close()


class DeadStore(MemoryStore):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def get_many(self, names):
        self.calls += 1
        raise StoreError("disk on fire")

    def put_many(self, items, ttl=None):
        self.calls += 1
        raise StoreError("disk on fire")


def test_a_dead_store_is_said_once_and_not_asked_again(path, caplog):
    store = DeadStore()
    memo = FingerprintMemo(store)
    for _ in range(3):
        assert remember(memo, path) == digest_bytes(b"content")
        assert memo.recall([path.stat()]) == [None]
    assert store.calls == 1
    assert caplog.text.count("disk on fire") == 1


def test_a_file_that_keeps_changing_is_refused(path, monkeypatch):
    def digest_and_append(stream, stop):
        with path.open("ab") as other:
            other.write(b"!")
        return digest_bytes(b"whatever")

    monkeypatch.setattr(fingerprint, "digest_stream", digest_and_append)
    with pytest.raises(DocumentError, match=r"book\.pdf: is being written to"):
        read_digest(path)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DocumentError, match="nothing: cannot be read"):
        read_digest(tmp_path / "nothing")
    with pytest.raises(DocumentError, match="cannot be read"):
        read_digest(tmp_path)


def test_files_are_identified_by_the_memo_or_by_reading(tmp_path, path, monkeypatch):
    other = tmp_path / "other.pdf"
    other.write_bytes(b"more")
    os.utime(other, ns=(OLD, OLD))
    home = tmp_path / "cache"
    with closing(open_memo(home, home / "quarantine")) as memo:
        digests = [digest for digest, _ in identify([path, other], memo)]
    assert digests == [digest_bytes(b"content"), digest_bytes(b"more")]
    monkeypatch.setattr(fingerprint, "read_digest", pytest.fail)
    with closing(open_memo(home, home / "quarantine")) as memo:
        assert [digest for digest, _ in identify([other, path], memo)] == digests[::-1]


def test_a_memo_that_is_looked_into_learns_nothing(tmp_path, path):
    with closing(look_into_memo(tmp_path / "nowhere")) as memo:
        assert identify([path], memo)[0][0] == digest_bytes(b"content")
    assert not (tmp_path / "nowhere").exists()
    with closing(open_memo(tmp_path, tmp_path / "quarantine")):
        pass
    with closing(look_into_memo(tmp_path)) as memo:
        identify([path], memo)
        assert memo.recall([path.stat()]) == [None]


def test_a_file_that_is_gone_cannot_be_identified(tmp_path):
    with pytest.raises(DocumentError, match="cannot be read"):
        identify([tmp_path / "nothing"], FingerprintMemo(None))
