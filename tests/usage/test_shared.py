"""One bill for many workers: each writes its own record, and all records are added up."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from forks import exit_code, fork
from renai import EmbeddingCache, Recipe
from renai.codecs.binary import seal
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import StoreError, UsageError
from renai.maintenance.stats import gather
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.usage.counters import Counts, TotalCost, UsageKey
from renai.usage.records import USAGE, fold_records, framed_record, read_shared
from renai.usage.shared import Records, SharedUsage
from waiting import LIMIT, unless_it_hangs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from renai.stores.base import Store

KEY = UsageKey("embedding", "E", "m")
TODAY = date.today()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "renai"))
    return tmp_path / "renai"


@pytest.fixture(params=["file", "sqlite", "redis", "postgres", "tiers"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param in ("redis", "postgres"):
        server = request.getfixturevalue(f"{request.param}_server")
        server.empty()
        return server.url
    return {
        "file": f"file://{tmp_path}/v",
        "sqlite": f"sqlite:///{tmp_path}/v.sqlite",
        "tiers": ["memory://", f"sqlite:///{tmp_path}/v.sqlite"],
    }[request.param]


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with closing(MemoryStore()) as store:
        yield store


def counts(hits: int = 0, money: float = 0.0) -> Counts:
    return Counts(Counter(hit=hits), spent=TotalCost(money=money))


def hits_in(store: Store) -> int:
    return sum(counts.hits for _, _, counts in read_shared(store))


def ones(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), 4))


def test_what_caches_of_one_process_count_is_one_record(url: Any, folder: Path) -> None:
    recipe = Recipe("m", revision="1")
    for _ in range(3):
        with EmbeddingCache(url, recipe, ledger="shared") as cache:
            cache.embed(["a", "b"], ones)
            cache.count_cost(5, 0.5, vectors=2)
    with closing(open_store(url)) as store:
        (told,) = gather(read_shared(store)).by_key.values()
        assert (told.hits, told.misses, told.spent.calls) == (4, 2, 1)
        assert (told.spent.prompt_tokens, told.spent.money) == (15, 1.5)
        assert len(list(store.scan(USAGE))) == 1
    assert not folder.exists(), "nothing is counted here"


def _work(url: Any, number: int) -> None:
    with EmbeddingCache(url, Recipe("m", revision="1"), ledger="shared") as cache:
        cache.embed([f"{number} {each}" for each in range(5)], ones)
        cache.embed([f"{number} {each}" for each in range(5)], ones)


def test_workers_lose_nothing_and_count_nothing_twice(url: Any) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_work, args=(url, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(LIMIT)
    assert [worker.exitcode for worker in workers] == [0] * 3
    with closing(open_store(url)) as store:
        (told,) = gather(read_shared(store)).by_key.values()
        assert (told.hits, told.misses, told.spent.calls) == (15, 15, 3)
        assert len(list(store.scan(USAGE))) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_a_record_of_its_own(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/v.sqlite")) as store:
        usage = SharedUsage(store, Records())
        usage.add({KEY: counts(hits=1)})
        usage.flush()
        usage.add({KEY: counts(hits=2)})  # the parent writes it, and the child must not

        def counts_more() -> bool:
            usage.add({KEY: counts(hits=10)})
            usage.flush()
            return True

        assert exit_code(fork(counts_more)) == 0
        usage.flush()
        assert hits_in(store) == 13
        assert len(list(store.scan(USAGE))) == 2


def test_threads_that_share_a_url_lose_nothing(store: MemoryStore) -> None:
    records = Records()

    def work() -> None:
        usage = SharedUsage(store, records)
        for _ in range(20):
            usage.add({KEY: counts(hits=1)})
            usage.flush()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)
    assert hits_in(store) == 80
    assert len(list(store.scan())) == 1


def test_each_day_has_a_record_and_old_ones_are_not_kept_in_memory(store: MemoryStore) -> None:
    records = Records()
    usage = SharedUsage(store, records)
    days = [TODAY + timedelta(days=each) for each in range(4)]
    for day in (*days, days[-1]):
        usage.add({KEY: counts(hits=1)}, day)
        usage.flush()
    assert [(day, its.hits) for day, _, its in read_shared(store)] == list(
        zip(days, [1, 1, 1, 2], strict=True)
    )
    assert len(records._days) == 2
    usage.add({KEY: counts(hits=5)}, days[0])  # however late, nothing is written over
    usage.flush()
    assert [its.hits for day, _, its in read_shared(store) if day == days[0]] == [6]


def test_what_a_failing_store_does_not_take_is_written_later(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SharedUsage(store, Records())
    usage.add({KEY: counts(hits=1)})
    usage.flush()

    def fail(*_: object) -> None:
        raise StoreError("it is away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_many", fail)
        for _ in range(3):
            usage.add({KEY: counts(hits=2)})
            usage.flush()
    assert hits_in(store) == 1
    usage.flush()
    assert hits_in(store) == 7
    assert [record.getMessage() for record in caplog.records] == [
        "What is hit and saved is not being recorded: it is away"
    ]


def test_another_store_under_the_same_url_gets_only_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        with EmbeddingCache("memory://", Recipe("m"), ledger="shared") as cache:
            cache.embed(["a"], ones)
            cache._counters.flush()
            assert [its.misses for _, _, its in read_shared(cache._store)] == [1]
    url = f"sqlite:///{tmp_path}/v.sqlite"
    for _ in range(2):
        with EmbeddingCache(url, Recipe("m"), ledger="shared") as cache:
            cache.embed(["a"], ones)
        with closing(open_store(url)) as store:
            assert [its.misses for _, _, its in read_shared(store)] == [1]
        for path in tmp_path.glob("v.sqlite*"):
            path.unlink()


def test_records_that_cannot_be_read_are_left_out_with_a_warning(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    usage = SharedUsage(store, Records())
    usage.add({KEY: counts(hits=1)})
    usage.flush()
    (data,) = store.get_many([stat.name for stat in store.scan()]).values()
    record = json.loads(data[:-4])

    def sealed(suffix: str, **changes: object) -> tuple[str, bytes]:
        other = f"{USAGE}{TODAY}_{suffix * 32}"
        return other, seal(other, json.dumps({**record, **changes}).encode())

    wrong = [
        (f"{USAGE}{TODAY}_{'1' * 32}", data),
        (f"{USAGE}{TODAY}_{'2' * 32}", b""),
        (f"{USAGE}notes", b"somebody else's"),
        sealed("3", format=2),
        sealed("4", rows=[[*record["rows"][0][:-1], "many"]]),
        sealed("5", rows=[[7, *record["rows"][0][1:]]]),
        sealed("6", rows=[[]]),
        sealed("7", rows=7),
        *(
            sealed(each, rows=[[*record["rows"][0][:-1], value]])
            for each, value in zip(
                "89abcdef",
                (float("inf"), float("nan"), 10**400, -1, -0.5, 1 << 62, True, None),
                strict=True,
            )
        ),
        *(
            (other, seal(other, data))
            for each, data in zip(
                ("01", "02", "03", "04"),
                (b"null", b"[]", b"7", b"[" * 100_000),
                strict=True,
            )
            for other in [f"{USAGE}{TODAY}_{each * 16}"]
        ),
        sealed("0", rows=[["m" * 5000, *record["rows"][0][1:]]]),
    ]
    store.put_many(dict(wrong))
    assert hits_in(store) == 1
    assert len([each for each in caplog.records if "is left out" in each.message]) == len(wrong)
    store.put_many(
        dict([sealed("9", columns=[*record["columns"], "later"], rows=[[*record["rows"][0], 3]])])
    )
    assert hits_in(store) == 2, "columns of later versions are passed over"


def test_a_limit_would_drop_the_bill_and_is_refused(tmp_path: Path) -> None:
    for kind in (EmbeddingCache, SparseEmbeddingCache):
        with pytest.raises(UsageError, match="max_bytes"):
            kind(f"sqlite:///{tmp_path}/v", Recipe("m"), ledger="shared", max_bytes=9)
        with pytest.raises(UsageError, match="'shared', and not 'mine'"):
            kind("memory://", Recipe("m"), ledger="mine")
    assert list(tmp_path.iterdir()) == []


def test_names_of_others_cannot_control_a_terminal(store: MemoryStore) -> None:
    usage = SharedUsage(store, Records())
    usage.add({UsageKey("embedding", "E\x1b[2J", "m\n\u202e"): counts(hits=1)})
    usage.flush()
    ((_, key, _),) = read_shared(store)
    assert all(map(str.isprintable, key))


class SizedMemory(MemoryStore):
    """A store that reads entries up to a size, and notes how many it is asked for at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []

    def get_up_to(self, names: list[str], most_bytes: int) -> dict[str, bytes]:
        self.asked.append((len(names), most_bytes))
        return self.get_many(names)


def test_a_flood_of_records_is_read_in_batches_and_what_is_too_large_is_not() -> None:
    store = SizedMemory()
    for _ in range(1000):
        usage = SharedUsage(store, Records())
        usage.add({KEY: counts(hits=1)})
        usage.flush()
    assert hits_in(store) == 1000
    assert store.asked
    assert max(store.asked) <= (256, 1 << 22)


def test_of_two_tiers_only_the_slow_one_has_records(tmp_path: Path) -> None:
    fast, slow = f"sqlite:///{tmp_path}/fast.sqlite", f"sqlite:///{tmp_path}/slow.sqlite"
    with EmbeddingCache([fast, slow], Recipe("m"), ledger="shared") as cache:
        cache.embed(["a"], ones)
    with closing(open_store(fast)) as first, closing(open_store(slow)) as second:
        assert read_shared(first) == []
        assert [its.misses for _, _, its in read_shared(second)] == [1]


# Adding up what piles up

LONG_AGO = TODAY - timedelta(days=30)


def count_on(store: Store, day: date, hits: int) -> str:
    """Count as a worker does that ends on that day; return the name of its record."""
    before = {stat.name for stat in store.scan(USAGE)}
    usage = SharedUsage(store, Records())
    usage.add({KEY: counts(hits=hits)}, day)
    usage.flush()
    (name,) = {stat.name for stat in store.scan(USAGE)} - before
    return name


def test_records_of_days_that_are_long_over_are_added_up(url: Any) -> None:
    with closing(open_store(url)) as store:
        for day in (LONG_AGO, LONG_AGO + timedelta(days=1), TODAY):
            for hits in (1, 2, 4):
                count_on(store, day, hits)
        before = read_shared(store)
        assert fold_records(store) == 4
        assert read_shared(store) == before
        assert len(list(store.scan(USAGE))) == 5
        assert fold_records(store) == 0
        count_on(store, LONG_AGO, 8)  # somebody was unable to write for a month
        assert fold_records(store) == 1
        assert sum(its.hits for day, _, its in read_shared(store) if day == LONG_AGO) == 15
        assert len(list(store.scan(USAGE))) == 5


@pytest.mark.parametrize("deleted", [0, 1, 3])
def test_who_is_interrupted_while_adding_up_counts_nothing_twice(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, deleted: int
) -> None:
    names = [count_on(store, LONG_AGO, hits) for hits in (1, 2, 4)]
    delete_many = store.delete_many

    def stop(names: list[str]) -> int:
        delete_many(names[:deleted])
        raise StoreError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(store, "delete_many", stop)
        with pytest.raises(StoreError):
            fold_records(store)
    assert hits_in(store) == 7
    assert fold_records(store) == len(names) - deleted
    assert (hits_in(store), len(list(store.scan()))) == (7, 1)


def test_two_who_add_up_at_the_same_time_count_nothing_twice(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hits in (1, 2, 4, 8):
        count_on(store, LONG_AGO, hits)
    put_many, delete_many = store.put_many, store.delete_many

    def delete_one(names: list[str]) -> int:  # the first is in the middle of deleting
        monkeypatch.setattr(store, "delete_many", delete_many)
        gone = delete_many(names[:1])
        sums = [stat.name for stat in store.scan() if stat.name.endswith("_sum")]
        held = store.get_many(sums)
        delete_many(sums)  # the other has listed the names before that was there
        left = fold_records(store)
        put_many(held)
        assert hits_in(store) == 15
        return gone + left

    monkeypatch.setattr(store, "delete_many", delete_one)
    fold_records(store)
    fold_records(store)
    assert (hits_in(store), len(list(store.scan()))) == (15, 1)


def test_what_cannot_be_read_is_not_added_up(store: MemoryStore) -> None:
    for hits in (1, 2):
        count_on(store, LONG_AGO, hits)
    damaged = f"{USAGE}{LONG_AGO}_{'1' * 32}"
    liar = f"{USAGE}{LONG_AGO}_{'2' * 32}_sum"
    today = count_on(store, TODAY, 4)
    store.put_many({damaged: b"x", liar: framed_record(liar, {}, [today])})
    assert hits_in(store) == 7, "a sum of another day covers nothing"
    assert fold_records(store) == 1
    assert {damaged, liar, today} < {stat.name for stat in store.scan()}
