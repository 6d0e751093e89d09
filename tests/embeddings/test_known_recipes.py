"""What a store knows of the recipes of its vectors, whatever kind of store it is."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.sparse import SparseVector
from renai.codecs.vector import VectorCodec
from renai.embeddings import known_recipes as module
from renai.embeddings.known_recipes import (
    RECIPES,
    known_recipes,
    read_recipe,
    recipe_number_of,
    recipe_of,
)
from renai.embeddings.recipe import EMBEDDING
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import DamagedEntryError, StoreError
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.tiered import TieredStore
from renai.stores.upkeep import stream
from waiting import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from renai.stores.base import Store

OLD, NEW = (Recipe(model, revision="1") for model in ("old", "new"))


@pytest.fixture(params=["memory", "file", "sqlite", "tiers", "redis", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param in ("redis", "postgres"):
        server = request.getfixturevalue(f"{request.param}_server")
        server.empty()
        url: Any = server.url
    else:
        url = {
            "memory": "memory://",
            "file": f"file://{tmp_path}/v",
            "sqlite": f"sqlite:///{tmp_path}/v.sqlite",
            "tiers": ["memory://", f"sqlite:///{tmp_path}/v.sqlite"],
        }[request.param]
    with closing(open_store(url)) as store:
        yield store


def ones(texts: list[str]) -> np.ndarray:
    return np.ones((len(texts), 4))


def models_in(store: Store) -> dict[str, int]:
    recipes, found = known_recipes(store), dict[str, int]()
    for batch in stream(store, EMBEDDING):
        for data in batch.values():
            recipe = recipe_of(data, recipes)
            model = recipe.model if recipe else "?"
            found[model] = found.get(model, 0) + 1
    return found


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_every_vector_knows_its_recipe(store: Store, dtype: Any) -> None:
    EmbeddingCache(store, OLD, dtype=dtype, ledger=False).embed(["a", "b"], ones)
    EmbeddingCache(store, NEW, dtype=dtype, ledger=False).put(["a"], ones(["a"]))
    SparseEmbeddingCache(store, Recipe("sparse"), ledger=False).put(
        ["a"], [SparseVector.of([7], [0.5])]
    )
    assert models_in(store) == {"old": 2, "new": 1, "sparse": 1}


async def test_tasks_record_it_as_well(store: Store) -> None:
    async def dense(texts: list[str]) -> np.ndarray:
        return ones(texts)

    async def sparse(texts: list[str]) -> list[SparseVector]:
        return [SparseVector.of([7], [0.5]) for _ in texts]

    await EmbeddingCache(store, OLD, ledger=False).aembed(["a"], dense)
    await SparseEmbeddingCache(store, NEW, ledger=False).aembed(["a"], sparse)
    assert models_in(store) == {"old": 1, "new": 1}


def test_what_stands_in_a_record(store: Store) -> None:
    recipe = Recipe("m", revision="r", role="query", embedder="E", dimensions=4, prefix="p: ")
    recipe.called = "m for short"
    cache = EmbeddingCache(store, recipe, dtype="float16", namespace="tenant", ledger=False)
    cache.put(["a"], ones(["a"]))
    (known,) = known_recipes(store).values()
    assert (known.embedder, known.model) == ("E", "m for short")
    assert (known.namespace, known.numbers) == ("tenant", "float16")
    assert known.described == recipe.described
    assert known.number == recipe_number_of(known.digest)


def test_caches_that_share_no_vectors_share_no_record() -> None:
    store = MemoryStore()
    for options in ({}, {"namespace": "n"}, {"dtype": "int8"}):
        EmbeddingCache(store, OLD, ledger=False, **options).put(["a"], ones(["a"]))
    EmbeddingCache(store, OLD, ledger=False, ttl=60).put(["b"], ones(["b"]))
    assert len(known_recipes(store)) == 3
    assert models_in(store) == {"old": 4}


def test_vectors_of_older_versions_are_found_and_their_recipe_is_not_known(store: Store) -> None:
    for dtype in ("float32", "float16", "int8"):
        with EmbeddingCache(store, OLD, dtype=dtype, ledger=False) as cache:  # type: ignore[arg-type]
            names = [EMBEDDING + cache.key(text) for text in "ab"]
            frames = VectorCodec(dtype).pack(names, ones(["a", "b"]).astype(np.float32)).frames  # type: ignore[arg-type]
            store.put_many(dict(zip(names, frames, strict=True)))
            found = cache.embed(["a", "b", "c"], ones)
            assert found.hits.tolist() == [True, True, False]
            assert found.vectors == pytest.approx(np.ones((3, 4)))
    assert models_in(store) == {"?": 6, "old": 3}


def test_no_secret_stands_in_a_record() -> None:
    store = MemoryStore()
    recipe = Recipe(
        "m",
        api_base_url="https://user:s3cret@gateway.example:8443/v1/s3cret?key=s3cret",
        headers={"X-Route": "s3cret", "hops": 3},
        password="s3cret",
        listed=["s3cret", None, True, 1.5],
        packed=b"s3cret",
    )
    EmbeddingCache(store, recipe, ledger=False).put(["a"], ones(["a"]))
    (data,) = (data for name, data in all_of(store).items() if name.startswith(RECIPES))
    assert b"s3cret" not in data
    assert b"s3cret".hex().encode() not in data
    (known,) = known_recipes(store).values()
    shown = known.described["parameters"]
    assert shown["api_base_url"].startswith("https://gateway.example:8443 (")
    assert list(shown["headers"].values())[1] == 3
    assert shown["listed"][1:] == [None, True, 1.5]


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "https://user:s3cret@gateway.example/v1/models/m"},
        {"model": "https://gateway.example/v1?key=s3cret"},
        {"model": "served by https://user:s3cret@gateway.example"},
        {"model": "m;api_key=s3cret"},
        {"embedder": "https://user:s3cret@gateway.example"},
        {"prefix": "https://user:s3cret@gateway.example "},
        {"unknown": {"type": "s3cret"}},
        {"unknown": {"model": {"prompt": ["s3cret"]}}},
        {"unknown": [{"prefix": "s3cret"}]},
        {"unknown": {"s3cret": 1}},
        {"task": {"s3cret": None}},
        {"prefix": b"s3cret"},
        {"reading": ["key", "module", "<lambda>", [b"s3cret", ["s3cret"]], "'s3cret'"]},
        {"parameters": {"http_client_kwargs": {"headers": {"type": "s3cret"}}}},
    ],
)
def test_no_secret_stands_in_a_record_wherever_it_was(
    parameters: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore()
    recipe = Recipe(**{"model": "m", **parameters})
    cache = EmbeddingCache(store, recipe, ledger=False, canary=1.0)
    cache.embed(["a"], ones)
    cache.embed(["a"], lambda texts: -ones(texts))
    assert "have changed" in caplog.text
    assert "s3cret" not in caplog.text
    for data in all_of(store).values():
        assert b"s3cret" not in data
        assert b"s3cret".hex().encode() not in data


def test_what_is_known_to_be_harmless_is_shown() -> None:
    store = MemoryStore()
    parameters = {"prefix": "p: ", "api_params": {"model": "org/m"}, "normalize": True}
    reading = ["key", "house.module", "coordinates"]
    EmbeddingCache(store, Recipe("m", reading=reading, parameters=parameters), ledger=False).put(
        ["a"], ones(["a"])
    )
    (known,) = known_recipes(store).values()
    assert known.described["parameters"]["parameters"] == parameters
    assert known.described["parameters"]["reading"] == reading


def test_recipes_that_differ_in_what_is_not_shown_are_told_apart() -> None:
    store = MemoryStore()
    for endpoint in ("https://a.example/v1?x=1", "https://a.example/v1?x=2"):
        EmbeddingCache(store, Recipe("m", api_base_url=endpoint), ledger=False).put(
            ["a"], ones(["a"])
        )
    first, second = known_recipes(store).values()
    assert first.described != second.described


def all_of(store: Store) -> dict[str, bytes]:
    return {name: data for batch in stream(store) for name, data in batch.items()}


def test_damaged_and_foreign_records_are_not_believed() -> None:
    store = MemoryStore()
    EmbeddingCache(store, OLD, ledger=False).put(["a"], ones(["a"]))
    ((name, data),) = ((n, d) for n, d in all_of(store).items() if n.startswith(RECIPES))
    other = RECIPES + "0" * 64
    for wrong_name, wrong in (
        (name, data[:-1]),
        (name, data.replace(b'"old"', b'"new"')),
        (other, data),
        (name, b""),
        (name, b"{}"),
    ):
        with pytest.raises(DamagedEntryError):
            read_recipe(wrong_name, wrong)
    store.put_many({name: data[:-1]})
    assert known_recipes(store) == {}
    assert models_in(store) == {"?": 1}
    assert json.loads(data)["_recipe_digest"] == OLD.digest


def test_two_recipes_of_one_number_are_taken_for_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "recipe_number_of", lambda digest: 7)
    monkeypatch.setattr("renai.embeddings.cache.recipe_number_of", lambda digest: 7)
    store = MemoryStore()
    EmbeddingCache(store, OLD, ledger=False).put(["a"], ones(["a"]))
    assert models_in(store) == {"old": 1}
    EmbeddingCache(store, NEW, ledger=False).put(["a"], ones(["a"]))
    assert models_in(store) == {"?": 2}


def test_the_number_that_means_none_is_nobodys() -> None:
    assert recipe_number_of("3f800000" + "00000009" + "0" * 48) == 9
    assert recipe_number_of("3f800001" + "00000009" + "0" * 48) == 0x3F800001


class Counting(MemoryStore):
    """Counts what is written, and fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.failing = False

    def put_many(self, items: Any, ttl: float | None = None) -> None:
        if self.failing:
            raise StoreError("it is full")
        self.written += items
        super().put_many(items, ttl)

    @property
    def records(self) -> int:
        return sum(name.startswith(RECIPES) for name in self.written)


def test_it_is_recorded_with_the_first_vectors_and_not_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    store = Counting()
    cache = EmbeddingCache(store, OLD, ledger=False, batch_size=1)
    assert cache.get(["a"]).hits.tolist() == [False]
    assert store.written == []
    cache.embed(["a", "b", "c"], ones)
    assert store.written[1].startswith(RECIPES), "it comes with the first vectors"
    assert store.records == 1
    now[0] += 61
    cache.embed(["d", "e"], ones)
    assert store.records == 2, "a store with a limit may have dropped it"
    cache.embed(["a", "d"], ones)
    assert store.records == 2, "who only reads does not write"


def test_what_failed_is_tried_again_before_the_store_is_closed() -> None:
    store = Counting()
    cache = EmbeddingCache(store, OLD, ledger=False)
    store.failing = True
    cache.embed(["a"], ones)
    store.failing = False
    cache.embed(["b"], ones)
    assert models_in(store) == {"old": 2}, "what could not be stored waited"
    for name in [name for name in all_of(store) if name.startswith(RECIPES)]:
        store.delete_many([name])
    cache.close()
    assert known_recipes(store) == {}, "it did not fail last time"

    other = EmbeddingCache(store, NEW, ledger=False)
    store.failing = True
    other.put(["a"], ones(["a"]))
    store.failing = False
    other.close()
    assert [recipe.model for recipe in known_recipes(store).values()] == ["new"]


def test_threads_that_write_at_once_all_know_it(store: Store) -> None:
    def work(number: int) -> None:
        model = ("old", "new")[number % 2]
        cache = EmbeddingCache(store, Recipe(model, revision="1"), ledger=False, batch_size=2)
        cache.embed([f"{number} {each}" for each in range(10)], ones)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert models_in(store) == {"old": 30, "new": 30}


def test_both_tiers_hold_the_record() -> None:
    fast, slow = MemoryStore(), MemoryStore()
    EmbeddingCache(TieredStore(fast, slow), OLD, ledger=False).put(["a"], ones(["a"]))
    assert models_in(fast) == models_in(slow) == {"old": 1}
