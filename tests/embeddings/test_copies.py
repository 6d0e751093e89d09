"""A cache that was opened by URL goes to other processes; others say why they do not."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.sparse import SparseVector
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import StoreError
from renai.stores.memory import MemoryStore
from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOY = Recipe("toy", revision="1", prefix="p: ", sizes=[1, 2], digest=b"\0\1")
WAYS = [copy.copy, copy.deepcopy, lambda cache: pickle.loads(pickle.dumps(cache))]


@pytest.fixture(params=WAYS, ids=["copied", "deeply copied", "pickled"])
def copied(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return request.param


def ones(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), 4))


def refuse(texts: list[str]) -> np.ndarray:
    raise AssertionError(f"{texts} must be there")


def sparse_ones(texts: list[str]) -> list[SparseVector]:
    return [SparseVector.of([1], [1.0]) for _ in texts]


def test_the_copy_shares_the_store_and_nothing_else(
    copied: Callable[[Any], Any], tmp_path: Path
) -> None:
    with EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
        with copied(cache) as other:
            assert other.key("a") == cache.key("a")
            assert other.embed(["a", "b"], ones).hits.tolist() == [True, False]
            assert other._store is not cache._store
            assert other._frames is not cache._frames
            assert other._frames._flights is not cache._frames._flights
        assert cache.embed(["a", "b"], refuse).hits.all(), "closing the copy closes its own store"


def test_every_option_goes_along(copied: Callable[[Any], Any], tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "dtype": "int8",
        "ttl": 1000.0,
        "max_bytes": 1 << 20,
        "batch_size": 7,
        "namespace": "tenant",
        "ledger": False,
        "strict": True,
        "canary": 0.5,
        "on_change": "raise",
    }
    parameters = inspect.signature(EmbeddingCache.__init__).parameters
    assert set(parameters) == {"self", "store", "recipe", *options}
    with (
        EmbeddingCache(f"file://{tmp_path}", TOY, **options) as cache,
        copied(cache) as other,
    ):
        assert other.__reduce__() == cache.__reduce__()
        assert other.__reduce__()[1][3] == options
        assert other.key("a") == cache.key("a")


def test_sparse_vectors_go_along(copied: Callable[[Any], Any], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/v.sqlite"
    with SparseEmbeddingCache(url, TOY, batch_size=3, namespace="n", ledger=False) as cache:
        cache.embed(["a"], sparse_ones)
        with copied(cache) as other:
            assert other.embed(["a"], lambda texts: refuse(texts)).hits == [True]
            assert other.__reduce__() == cache.__reduce__()


def test_tiers_go_along(copied: Callable[[Any], Any], tmp_path: Path) -> None:
    urls = ("memory://", f"sqlite:///{tmp_path}/v.sqlite")
    with EmbeddingCache(urls, TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
        with copied(cache) as other:
            assert other.embed(["a"], refuse).hits.all()


def test_a_relative_file_stays_the_file_it_was_when_it_was_opened(
    copied: Callable[[Any], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with EmbeddingCache("sqlite:///a%20b.sqlite", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
        monkeypatch.chdir(tmp_path / "elsewhere")
        with copied(cache) as other:
            assert other.embed(["a"], refuse).hits.all()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_copy_of_what_is_in_memory_begins_empty(copied: Callable[[Any], Any]) -> None:
    with EmbeddingCache("memory://", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
        with copied(cache) as other:
            assert not other.get(["a"]).hits.any()


def test_a_closed_cache_goes_along(copied: Callable[[Any], Any], tmp_path: Path) -> None:
    with EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
    with copied(cache) as other:
        assert other.embed(["a"], refuse).hits.all()


def test_an_open_store_is_refused_in_words(copied: Callable[[Any], Any]) -> None:
    for cache in (
        EmbeddingCache(MemoryStore(), TOY, ledger=False),
        SparseEmbeddingCache(MemoryStore(), TOY, ledger=False),
    ):
        with pytest.raises(TypeError, match=r"made from an open store.*give it the URL"):
            copied(cache)


def test_a_store_that_is_gone_is_an_error_where_it_is_unpickled(tmp_path: Path) -> None:
    with EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", TOY, ledger=False) as cache:
        pickled = pickle.dumps(cache)
    (tmp_path / "v.sqlite").write_bytes(b"something else, which is no database at all")
    with pytest.raises(StoreError, match=r"v\.sqlite"):
        pickle.loads(pickled)


def _work(cache: EmbeddingCache, queue: multiprocessing.Queue[list[bool]]) -> None:
    queue.put(cache.embed(["a", "b"], ones).hits.tolist())


def test_a_spawned_process_takes_it(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    queue: Any = spawn.Queue()
    with EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", TOY, ledger=False) as cache:
        cache.embed(["a"], ones)
        worker = spawn.Process(target=_work, args=(cache, queue))
        worker.start()
        assert queue.get(timeout=LIMIT) == [True, False]
        worker.join(LIMIT)
        assert cache.embed(["a", "b"], refuse).hits.all()
