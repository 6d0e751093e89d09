"""What is hit, missed and computed of vectors is added up for good."""

from __future__ import annotations

import asyncio
import multiprocessing
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.errors import UsageError
from renai.maintenance.stats import gather
from renai.usage.counters import UsageKey
from renai.usage.database import USAGE_FILE, UsageDatabase
from waiting import LIMIT, until_async

if TYPE_CHECKING:
    from pathlib import Path

    from renai.usage.counters import Counts

TOY = Recipe("toy", revision="1")
DIM = 4


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "renai"))
    return tmp_path / "renai"


def ones(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), DIM))


def counted(folder: Path) -> dict[UsageKey, Counts]:
    history = UsageDatabase(folder / USAGE_FILE).read()
    assert {day for day, _, _ in history} <= {date.today()}
    return gather(history).by_key


def test_each_model_has_counts_of_its_own(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    texts = [f"text {number}" for number in range(10)]
    with EmbeddingCache(url, TOY, batch_size=4) as cache:
        cache.embed(texts, ones)
    with (
        EmbeddingCache(url, TOY) as cache,
        EmbeddingCache(url, Recipe("other", revision="1")) as other,
    ):
        cache.embed([*texts, "new"], ones)
        cache.get(["new", "unknown"])
        other.embed(texts[:1], ones)

    held = counted(folder)
    toy = held[UsageKey("embedding", "", "toy")]
    assert (toy.hits, toy.misses) == (10 + 1, 10 + 1)
    assert toy.spent.calls == 3 + 1  # batches of four, and one
    assert toy.spent.bytes == toy.saved.bytes  # eleven frames written, eleven read
    assert 0 < toy.spent.seconds == pytest.approx(toy.saved.seconds)
    assert (toy.spent.unpriced, toy.saved.unpriced) == (11, 11), "nobody said what they cost"
    assert held[UsageKey("embedding", "", "other")].misses == 1


def test_a_hit_saves_what_vectors_of_its_model_took_on_average(folder: Path) -> None:
    with EmbeddingCache("memory://", TOY, batch_size=10) as cache:
        cache.embed([str(number) for number in range(20)], ones)
        for _ in range(3):
            cache.embed([str(number) for number in range(10)], ones)
    (toy,) = counted(folder).values()
    assert (toy.spent.calls, toy.saved.calls) == (2, 3)
    assert toy.saved.seconds == pytest.approx(1.5 * toy.spent.seconds)


def test_what_expired_and_what_is_damaged_is_told_apart(folder: Path, tmp_path: Path) -> None:
    vectors = tmp_path / "vectors"
    with EmbeddingCache(f"file://{vectors}", TOY) as cache:
        cache.embed(["a", "b"], ones)
    for path in vectors.glob("embedding/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with EmbeddingCache(f"file://{vectors}", TOY) as cache:
        cache.embed(["a", "b", "c"], ones)
    (toy,) = counted(folder).values()
    assert toy.events == {
        "missing": 3,
        "damaged": 2,
        "hit": 0,
        "shared": 0,
        "stale": 0,
        "refresh": 0,
    }


async def test_what_another_task_brings_is_shared(folder: Path) -> None:
    async def once_two_wait(texts: list[str]) -> np.ndarray:
        followers = cache._frames._flights._followers
        await until_async(lambda: sum(map(len, followers.values())) == 2)
        return ones(texts)

    with EmbeddingCache("memory://", TOY) as cache:
        await asyncio.gather(*(cache.aembed(["a"], once_two_wait) for _ in range(3)))
    (toy,) = counted(folder).values()
    assert (toy.events["missing"], toy.events["shared"], toy.spent.calls) == (1, 2, 1)


def test_it_can_be_switched_off(folder: Path) -> None:
    with EmbeddingCache("memory://", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
    assert not folder.exists()


def test_a_usage_database_that_cannot_be_written_costs_no_vector(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file where the folder should be")
    for _ in range(2):
        with EmbeddingCache("memory://", TOY) as cache:
            assert cache.embed(["a"], ones).vectors.shape == (1, DIM)
    (record,) = caplog.records  # one warning, however many caches
    assert "not being recorded" in record.getMessage()


def _embed(url: str, start: int) -> None:
    with EmbeddingCache(url, TOY) as cache:
        for number in range(start, start + 20):
            cache.embed([str(number)], ones)


def test_processes_that_count_at_once_lose_nothing(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_embed, args=(url, 20 * worker)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(LIMIT)
    assert [worker.exitcode for worker in workers] == [0] * 4
    (toy,) = counted(folder).values()
    assert (toy.misses, toy.spent.calls) == (80, 80)


def test_what_the_endpoint_reported_is_counted_by_whoever_sees_the_answer(folder: Path) -> None:
    def compute(texts: list[str]) -> np.ndarray:
        cache.count_cost(100 * len(texts), 0.5 * len(texts), vectors=len(texts))
        return ones(texts)

    with EmbeddingCache("memory://", TOY, batch_size=2) as cache:
        for _ in range(3):
            cache.embed(["a", "b", "c", "d"], compute)
    (toy,) = counted(folder).values()
    assert (toy.spent.prompt_tokens, toy.spent.money, toy.spent.unpriced) == (400, 2.0, 0)
    assert (toy.saved.prompt_tokens, toy.saved.money, toy.saved.unpriced) == (800, 4.0, 0)
    assert toy.spent.calls == 2


def test_a_price_that_is_known_of_some_only(folder: Path) -> None:
    with EmbeddingCache("memory://", TOY) as cache:
        cache.embed(["a", "b"], ones)
        cache.count_cost(10, 1.0, vectors=1)
        cache.count_cost(10, None, vectors=1)
        cache.embed(["a", "b"], ones)
    (toy,) = counted(folder).values()
    assert (toy.spent.money, toy.spent.unpriced) == (1.0, 1)
    assert (toy.saved.money, toy.saved.unpriced) == (2.0, 0), "at the price that is known"


@pytest.mark.parametrize("tokens", [-1, float("nan"), 1e13])
def test_tokens_that_cannot_be_are_refused(tokens: int) -> None:
    with EmbeddingCache("memory://", TOY) as cache, pytest.raises(UsageError, match="cannot be"):
        cache.count_cost(tokens, vectors=1)
