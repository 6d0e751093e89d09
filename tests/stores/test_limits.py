"""`max_bytes`: stores that keep what was used last, and forget the rest."""

import threading
import time

import pytest

from renai.errors import ConfigurationError, UsageError
from renai.stores.allowance import Allowance
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore
from renai.stores.postgres import PostgresStore
from renai.stores.registry import open_store
from renai.stores.sqlite import SqliteStore
from waiting import unless_it_hangs

TICK = 0.02  # or more, so that one use comes after another, by every clock

OPENERS = {
    "memory": lambda folder, url, limit: MemoryStore(max_bytes=limit),
    "file": lambda folder, url, limit: FileStore(folder / "cache", max_bytes=limit),
    "sqlite": lambda folder, url, limit: SqliteStore(folder / "cache.sqlite", max_bytes=limit),
    "postgres": lambda folder, url, limit: PostgresStore(url, max_bytes=limit),
}


@pytest.fixture(params=OPENERS)
def open_limited(request, tmp_path):
    url = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.empty()
        url = server.url
    opened = []

    def open_one(limit):
        opened.append(OPENERS[request.param](tmp_path, url, limit))
        return opened[-1]

    open_one.kind = request.param
    yield open_one
    for store in opened:
        store.close()


def held(store):
    return {stat.name for stat in store.scan()}


def size_of(store):
    return sum(stat.size for stat in store.scan())


@pytest.fixture
def every_use_counts(monkeypatch):
    """A use is noted however short the time since the one before."""
    monkeypatch.setattr("renai.stores.allowance._LATELY", 0.0)


@pytest.mark.usefixtures("every_use_counts")
def test_the_least_recently_used_go_first(open_limited):
    store = open_limited(1000)
    for number in range(10):
        store.put_many({f"e/{number}": b"x" * 100})
        time.sleep(TICK)
    assert len(held(store)) == 10
    store.get_many(["e/0", "e/1"])
    time.sleep(TICK)
    store.put_many({"e/new": b"x" * 100})
    assert held(store) == {f"e/{number}" for number in (0, 1, 4, 5, 6, 7, 8, 9)} | {"e/new"}


def test_it_never_holds_more(open_limited):
    store = open_limited(10_000)
    for number in range(60):
        store.put_many({f"e/{number}/{part}": b"x" * 100 for part in range(10)})
        assert size_of(store) <= 10_000
    assert size_of(store) > 8_000, "it makes no more room than it needs"
    assert "e/59/9" in held(store)


def test_what_is_written_anew_counts_once(open_limited):
    store = open_limited(1000)
    for _ in range(50):
        store.put_many({"e/a": b"x" * 300, "e/b": b"x" * 300})
    assert held(store) == {"e/a", "e/b"}


def test_more_at_once_than_it_may_hold(open_limited):
    store = open_limited(1000)
    store.put_many({f"e/{number}": b"x" * 100 for number in range(100)})
    assert size_of(store) <= 1000


def test_a_limit_is_kept_from_the_first_write_after_opening(open_limited):
    if open_limited.kind == "memory":
        pytest.skip("it holds nothing when it is opened")
    with open_limited(10_000) as store:
        store.put_many({f"e/{number}": b"x" * 100 for number in range(90)})
    store = open_limited(1000)
    store.put_many({"e/new": b"x"})
    assert size_of(store) <= 1000
    assert "e/new" in held(store)


@pytest.mark.usefixtures("every_use_counts")
def test_what_was_read_is_remembered_by_those_who_only_read(open_limited):
    if open_limited.kind == "memory":
        pytest.skip("nobody else reads it")
    with open_limited(10_000) as store:
        store.put_many({"e/a": b"x" * 500})
        time.sleep(TICK)
        store.put_many({"e/b": b"x" * 400})
    time.sleep(TICK)
    with open_limited(10_000) as reader:
        reader.get_many(["e/a"])
    with open_limited(900) as store:
        store.put_many({"e/c": b"x" * 200})
        assert held(store) == {"e/a", "e/c"}


def test_several_may_write_and_evict_at_once(open_limited):
    if open_limited.kind == "memory":
        shared = open_limited(50_000)
        stores = [shared] * 3
    else:
        stores = [open_limited(50_000) for _ in range(3)]
    wrong = []

    def work(store):
        try:
            for turn in range(30):
                names = [f"e/{(turn * 7 + part) % 100}" for part in range(20)]
                store.put_many({name: name.encode().ljust(1000) for name in names})
                for name, value in store.get_many(names).items():
                    if value.rstrip() != name.encode():
                        wrong.append((name, value[:20]))
        except Exception as error:  # noqa: BLE001 - judged in the test's thread
            wrong.append(error)

    threads = [threading.Thread(target=work, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)
    assert wrong == []
    stores[0].put_many({"e/last": b"x" * 3000})
    assert size_of(stores[0]) <= 50_000 * 1.15, "each measures once in a twentieth"


def test_redis_limits_itself():
    with pytest.raises(ConfigurationError, match="maxmemory-policy"):
        open_store("redis://127.0.0.1:1", max_bytes=1000)


def test_nothing_could_be_kept():
    with pytest.raises(UsageError, match="max_bytes"):
        MemoryStore(max_bytes=0)


class TestAllowance:
    def test_a_fresh_one_measures_at_the_first_write(self):
        assert Allowance(1000).spend(1)

    def test_it_measures_again_once_that_could_matter(self):
        allowance = Allowance(1000)
        assert allowance.measure(total=100, oldest=None) == 0
        assert not allowance.spend(50)
        assert allowance.spend(1), "others may write as well"

    def test_a_tenth_is_freed(self):
        allowance = Allowance(1000)
        assert allowance.measure(total=1001, oldest=None) == 101

    def test_what_was_touched_lately_is_not_noted_again(self):
        allowance = Allowance(1000)
        now = time.time()
        allowance.measure(total=100, oldest=now - 1600)
        allowance.note([("old", now - 200), ("lately", now - 50)])
        assert list(allowance.take_notes()) == ["old"]
        assert allowance.take_notes() == {}
