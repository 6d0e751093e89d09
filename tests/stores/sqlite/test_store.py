"""One SQLite file: its privacy, and the ways in which SQLite can be hurt."""

import os
import re
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from forks import exit_code, fork
from renai.errors import StoreError
from renai.forks import unforked
from renai.stores.sqlite import SqliteStore
from renai.stores.sqlite import connection as sqlite_connection
from renai.stores.sqlite import file as sqlite_file
from renai.stores.sqlite import space as sqlite_space
from renai.stores.sqlite.names import pack_names
from waiting import unless_it_hangs

READ_AND_CLOSE = """
import sys; from pathlib import Path; from renai.stores.sqlite import SqliteStore
with SqliteStore(Path(sys.argv[1])) as store: print(store.get_many(["a"]))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "vectors.sqlite"


@pytest.fixture
def store(path):
    with SqliteStore(path) as store:
        yield store


def test_only_the_owner_may_look(path):
    previous = os.umask(0)
    try:
        with SqliteStore(path) as store:
            store.put_many({"a": b"private"})
            files = list(path.parent.iterdir())
            assert {file.name for file in files} > {path.name, f"{path.name}-wal"}
            assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_more_names_than_a_statement_takes(store):
    names = [f"n/{number}" for number in range(40_000)]
    store.put_many(dict.fromkeys(names, b"1"))
    assert len(store.get_many(names)) == 40_000
    assert store.delete_many(names) == 40_000


def test_what_was_missing_is_found_once_somebody_has_brought_it(path, store):
    names = ["a", "b", "c"]
    assert store.get_many(names) == {}
    store.put_many({"a": b"ours"})
    with SqliteStore(path) as other:
        assert other.get_many(names) == {"a": b"ours"}
        other.put_many({"b": b"theirs"})
    assert store.get_many(names) == {"a": b"ours", "b": b"theirs"}
    store.close()
    with SqliteStore(path) as other:
        other.put_many({"c": b"meanwhile"})
    assert store.get_many(["c"]) == {"c": b"meanwhile"}


def test_what_was_just_missing_is_not_looked_for_twice(store):
    statements = []
    store.put_many({"z": b"1"})  # before, no connection is kept
    store.get_many(["a", "b"])
    store._file._connection.set_trace_callback(statements.append)
    assert store.get_many(["b", "a"]) == {}
    assert not [sql for sql in statements if "FROM wanted" in sql]
    assert store.get_many(["b", "c"]) == {}
    assert len([sql for sql in statements if "FROM wanted" in sql]) == 1


@pytest.mark.parametrize("max_bytes", [None, 1 << 20])
def test_batches_that_take_several_statements_are_written_and_replaced_whole(path, max_bytes):
    first = {f"embedding/{number:064x}": b"%d" % number for number in range(200)}
    second = {name: b"new " + value for name, value in list(first.items())[:100]}
    with SqliteStore(path, max_bytes=max_bytes) as store:
        store.put_many(first)
        store.put_many(second)
        assert store.get_many(["gone", *reversed(first)]) == first | second
        assert len(list(store.scan())) == 200


def test_a_closed_store_opens_anew_when_it_is_used(store):
    store.put_many({"a": b"1"})
    store.close()
    assert store.get_many(["a"]) == {"a": b"1"}


@pytest.mark.parametrize(
    "content", [b"no database at all, but a letter" * 100, b"SQLite format 3\0" * 9]
)
def test_a_file_that_is_no_database_is_left_alone(tmp_path, content):
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot open .*letter\.txt"):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "photos.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_version_is_not_touched(path):
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer renai"):
        SqliteStore(path)


def test_a_folder_in_its_place(tmp_path):
    with pytest.raises(StoreError, match="cannot open"):
        SqliteStore(tmp_path)


def test_a_file_in_the_place_of_its_folder(tmp_path):
    (tmp_path / "made").write_text("")
    with pytest.raises(StoreError, match="cannot open"):
        SqliteStore(tmp_path / "made/vectors.sqlite")


def test_a_folder_that_may_only_be_read(open_folder, as_reader):
    with as_reader(), pytest.raises(StoreError, match="cannot open"):
        SqliteStore(open_folder / "vectors.sqlite")


def test_a_lock_that_is_held_for_ever_is_an_error_in_the_end(path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "_LOCK_TIMEOUT", 0.1)
    with SqliteStore(path) as store:
        store.put_many({"a": b"1"})
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.put_many({"a": b"2"})
        assert store.get_many(["a"]) == {"a": b"1"}, "readers do not wait for writers"
        other.execute("ROLLBACK")
        other.close()
        store.put_many({"a": b"3"})
        assert store.get_many(["a"]) == {"a": b"3"}


def test_a_lock_is_waited_for_in_vain_once_and_not_by_every_batch(path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "_LOCK_TIMEOUT", 0.3)

    def milliseconds_to_wait():
        return store._file._connection.execute("PRAGMA busy_timeout").fetchone()[0]

    with SqliteStore(path) as store:
        store.put_many({"z": b"1"})  # before, no connection is kept
        other = sqlite3.connect(path, isolation_level=None)
        assert milliseconds_to_wait() == 300
        for _ in range(2):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                store.put_many({"a": b"1"})
            assert store.get_many(["a"]) == {}, "it can be read all the while"
            assert milliseconds_to_wait() == 100
            other.execute("ROLLBACK")
        store.put_many({"a": b"1"})
        assert milliseconds_to_wait() == 300, "the lock could be had"
        monkeypatch.setattr("renai.stores.sqlite.connection._SHORT_WAITS_FOR", 0.0)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.put_many({"a": b"2"})
        store.get_many(["a"])
        assert milliseconds_to_wait() == 300, "it is worth another try"
        other.close()


def test_a_short_lock_is_waited_for(store, path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    letting_go = threading.Timer(0.2, other.execute, ["COMMIT"])
    letting_go.start()
    store.put_many({"a": b"1"})
    letting_go.join()
    other.close()
    assert store.get_many(["a"]) == {"a": b"1"}


@pytest.mark.parametrize(
    "name", ["", "../b", ".b", "b/", "/b", "b//c", "b/.c", "b\nc", "b\n", "\n"]
)
def test_what_is_no_name_is_told_apart_in_a_batch(store, name):
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        store.put_many({"a": b"1", name: b"2", "c": b"3"})


def test_a_batch_that_fails_leaves_nothing_and_no_lock(store, path):
    with pytest.raises(ValueError, match="not a name"):
        store.put_many({"a": b"1", "../b": b"2"})
    assert store.get_many(["a"]) == {}
    with SqliteStore(path) as other:
        other.put_many({"a": b"1"})


def test_a_full_disk_leaves_the_old_entries(store, path, run):
    store.put_many({"a": b"old"})
    said = run(
        "import resource, signal, sys; from pathlib import Path\n"
        "from renai.errors import StoreError; from renai.stores.sqlite import SqliteStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try: SqliteStore(Path(sys.argv[1])).put_many({'a': b'new' * 100_000})\n"
        "except StoreError as error: print(error)",
        path,
    )
    assert said.startswith("cannot write")
    assert store.get_many(["a"]) == {"a": b"old"}


def test_damage_on_disk_is_a_store_error(path):
    with SqliteStore(path) as store:
        store.put_many({f"n/{number}": b"x" * 500 for number in range(500)})
    data = bytearray(path.read_bytes())
    data[16384:] = os.urandom(len(data) - 16384)
    path.write_bytes(data)
    with SqliteStore(path) as store, pytest.raises(StoreError):
        store.get_many([f"n/{number}" for number in range(500)])


def test_a_second_opening_keeps_the_locks_of_the_first(store, path, run):
    store.put_many({"a": b"1"})
    SqliteStore(path).close()
    # Who closes last removes the WAL. Were our lock gone, this process would take itself for it.
    assert run(READ_AND_CLOSE, path) == "{'a': b'1'}"
    assert path.with_name(f"{path.name}-wal").exists()
    store.put_many({"a": b"2"})
    assert run(READ_AND_CLOSE, path) == "{'a': b'2'}"


def test_the_switch_to_wal_waits_for_others(path):
    # As when several processes open a new file at once, made to happen.
    with SqliteStore(path) as store:
        store.put_many({"a": b"1"})
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN IMMEDIATE")
    letting_go = threading.Timer(0.2, other.execute, ["COMMIT"])
    letting_go.start()
    with SqliteStore(path) as store:
        assert store.get_many(["a"]) == {"a": b"1"}
    letting_go.join()
    other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_both_sides_of_a_fork_may_go_on(store):
    store.put_many({"a": b"before"})
    closed, close = os.pipe()
    written, write = os.pipe()

    def goes_on():
        store.put_many({"child": b"1"})
        os.write(write, b"!")
        os.read(closed, 1)
        store.put_many({"child-after": b"1"})
        return True

    child = fork(goes_on)
    os.close(write)  # so that its end is one
    store.put_many({"parent": b"1"})
    os.read(written, 1)
    store.close()  # were the child's lock not its own, this would take the WAL from under it
    os.write(close, b"!")
    assert exit_code(child) == 0
    assert len(store.get_many(["a", "child", "child-after", "parent"])) == 4
    for end in (closed, close, written):
        os.close(end)


FORKERS = """
import os, sys, threading, warnings
from pathlib import Path
from renai.stores.sqlite import SqliteStore
from renai.stores.sqlite import connection as sqlite_connection
sys.setswitchinterval(1e-6)
warnings.simplefilter("ignore")  # that a fork has threads beside it
stores = [SqliteStore(Path(sys.argv[1], f"{number}.sqlite")) for number in range(2)]

def work():
    for _ in range(100):
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)
        assert stores[0].get_many(["a"]) == {}

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_threads_may_fork_at_the_same_time(tmp_path, run):
    """None lets go of what another one holds until its fork is done."""
    assert run(FORKERS, tmp_path) == "done"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_who_keeps_others_from_forking_may_use_a_file(store):
    """As where Python collects a cache with something that waits, while counts are written."""
    codes = []
    forking = threading.Thread(
        target=lambda: codes.append(exit_code(fork(lambda: True))), daemon=True
    )

    def write():
        with unforked:
            forking.start()
            forking.join(0.3)  # by now it waits
            store.put_many({"a": b"1"})

    unless_it_hangs(write)
    unless_it_hangs(forking.join)
    assert codes == [0]
    assert store.get_many(["a"]) == {"a": b"1"}


@pytest.mark.skipif(os.name == "nt", reason="what is open cannot be deleted there")
def test_a_file_that_was_deleted_or_replaced_is_noticed(path, store, tmp_path):
    def delete():
        for part in path.parent.iterdir():
            part.unlink()

    store.put_many({"a": b"1"})
    delete()
    assert store.get_many(["a"]) == {}
    store.put_many({"b": b"2"})
    with SqliteStore(path) as later:
        assert later.get_many(["b"]) == {"b": b"2"}
    with SqliteStore(tmp_path / "another.sqlite") as another:
        another.put_many({"c": b"3"})
    delete()
    (tmp_path / "another.sqlite").replace(path)
    store.put_many({"d": b"4"})
    with SqliteStore(path) as later:
        assert later.get_many(["a", "b", "c", "d"]) == {"c": b"3", "d": b"4"}


def test_the_working_folder_may_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with SqliteStore(Path("x.sqlite")) as store:
        store.put_many({"a": b"1"})
        store.close()
        monkeypatch.chdir("/")
        assert store.get_many(["a"]) == {"a": b"1"}


def test_expired_rows_are_swept_on_writing(store, clock):
    store.put_many({"a": b"1"}, ttl=60)
    store.put_many({"b": b"1"}, ttl=3600)
    clock.advance(61)
    store.put_many({"c": b"1"})
    assert {stat.name for stat in store.scan()} == {"b", "c"}


def test_a_file_of_the_first_version_is_brought_up_to_date(path):
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in sqlite_file._MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO entries VALUES (?, ?, x'31', 5.0, NULL)", [pack_names(["a"])[0][0], b"a"]
    )
    connection.execute(f"PRAGMA application_id = {sqlite_file._APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with SqliteStore(path) as store:
        assert store.get_many(["a"]) == {"a": b"1"}
        (stat,) = store.scan()
        assert (stat.size, stat.stored_at, stat.used_at) == (1, 5.0, 5.0)


def test_a_limit_may_come_later_and_counts_what_others_write(store, path):
    store.put_many({f"n/{number}": b"x" * 100 for number in range(10)})
    with SqliteStore(path, max_bytes=2000) as limited:
        limited.put_many({"m": b"x"})
        store.put_many({f"o/{number}": b"x" * 100 for number in range(50)})
        store.delete_many(["o/49"])
        limited.put_many({f"p/{number}": b"x" * 100 for number in range(5)})
        assert sum(stat.size for stat in store.scan()) <= 2000
        assert len(limited.get_many([f"p/{number}" for number in range(5)])) == 5


def test_a_limit_that_comes_late_is_reached_step_by_step(store, path, monkeypatch):
    monkeypatch.setattr(sqlite_space, "_EVICTED_AT_ONCE", 30)
    store.put_many({f"old/{number}": bytes(100) for number in range(200)})
    left = []
    with SqliteStore(path, max_bytes=1000) as limited:
        for number in range(10):
            limited.put_many({f"new/{number}": b"1"})
            left.append(len(list(limited.scan("old/"))))
        assert left[:3] == [170, 140, 110]
        assert sum(stat.size for stat in limited.scan()) <= 1000


def test_a_vector_takes_no_more_room_than_the_tenth_part_of_a_page(store, path):
    digests = [f"embedding/{number:064x}" for number in range(2000)]
    store.put_many(dict.fromkeys(digests, b"x" * 1564))  # 384 float32 and their frame
    store.close()
    assert path.stat().st_size / 2000 <= 1750


@pytest.mark.parametrize("prefix", ["text/", "lineage/", ""])
def test_a_list_comes_page_by_page(store, monkeypatch, prefix):
    monkeypatch.setattr("renai.stores.sqlite.store._CHUNK", 3)
    names = {f"{folder}/{n:064x}" for folder in ("text", "lineage", "e") for n in range(7)}
    store.put_many(dict.fromkeys(names, b"1"))
    listed = [stat.name for stat in store.scan(prefix)]
    assert sorted(listed) == sorted(name for name in names if name.startswith(prefix))


def test_the_state_tells_of_every_change_by_anybody(tmp_path):
    path = tmp_path / "entries.sqlite"
    with SqliteStore(path) as store, SqliteStore(path) as other:
        seen = [store.state()]

        def is_new() -> bool:
            seen.append(store.state())
            return seen[-1] not in seen[:-1]

        for writer in (store, other):
            assert store.state() == seen[-1]
            writer.put_many({"a": b"1"})
            assert is_new()
            writer.put_many({"a": b"1"})  # the same once more
            assert is_new()
            writer.delete_many(["a"])
            assert is_new()
            store.get_many(["a"])
            other.get_many(["a"])
            assert store.state() == seen[-1]
        store.close()
        assert is_new()  # of another connection nobody knows what it has missed
    with SqliteStore(path, max_bytes=1000) as limited:
        assert limited.state() is None


def test_whoever_is_interrupted_before_a_fork_lets_go_of_what_it_holds(monkeypatch):
    """Python forks all the same, and comes to the hooks after it."""
    hold = sqlite_connection._hold_for_fork

    def hold_until_interrupted(lock):
        if lock is sqlite_connection._forking:
            raise KeyboardInterrupt
        hold(lock)

    def take():
        is_free = unforked.acquire(blocking=False)
        if is_free:
            unforked.release()
        return is_free

    monkeypatch.setattr(sqlite_connection, "_hold_for_fork", hold_until_interrupted)
    with pytest.raises(KeyboardInterrupt):
        sqlite_connection._before_fork()
    assert not unless_it_hangs(take)
    sqlite_connection._after_fork()
    assert unless_it_hangs(take)
