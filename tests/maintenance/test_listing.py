"""Listing: what is held, by layer, provider and model, as it comes."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe, get_file_hash, get_metadata_cache_path
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.sparse import SparseVector
from renai.codecs.vector import VectorCodec
from renai.configuration import load_settings
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import UsageError
from renai.keys.recipe import Recipe as KeyRecipe
from renai.maintenance.listing import list_entries
from renai.maintenance.open_stores import OpenStore, check_layers, open_stores
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from renai.maintenance.listing import Held

    Ask = Callable[..., Awaitable[None]]


def listed(*layers: str, **chosen: str) -> list[Held]:
    with open_stores(load_settings()) as stores:
        return list(list_entries(stores, layers or ("text", "metadata"), **chosen))


async def test_what_is_held(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    text, metadata = listed()
    assert text.subject == metadata.subject == get_file_hash(book)
    assert (text.layer, text.provider, text.cost) == ("text", None, None)
    assert (metadata.provider, metadata.model) == ("custom", "first")
    assert metadata.cost["calls"] == 1
    path = get_metadata_cache_path(metadata.subject, "custom", "first")
    assert metadata.size == path.stat().st_size


async def test_by_provider_and_model(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    await ask("custom", "second", book)
    await ask("offline", "heuristics-1", book)
    assert {(e.provider, e.model) for e in listed(provider="custom")} == {
        ("custom", "first"),
        ("custom", "second"),
    }
    assert [e.model for e in listed(model="second")] == ["second"]
    assert [e.model for e in listed(provider="custom", model="second")] == ["second"]
    assert listed(provider="openai") == []
    assert len(listed("metadata")) == 3
    assert listed("text", model="second") == []


async def test_damaged_entries_are_listed_as_nobodys(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    get_metadata_cache_path(get_file_hash(book), "custom", "first").write_bytes(b"{}")
    (entry,) = listed("metadata")
    assert (entry.provider, entry.cost) == (None, None)


def test_vectors(home: Path) -> None:
    url = f"sqlite:///{home / 'RENAI_CACHE_DIR' / 'vectors.sqlite'}"
    with EmbeddingCache(url, Recipe(model="m")) as cache:
        cache.put(["a", "b"], np.ones((2, 3)))
        keys = {cache.key("a"), cache.key("b")}
    assert {entry.subject for entry in listed("embedding")} == keys
    assert listed() == []


def test_vectors_by_model(home: Path) -> None:
    url = f"sqlite:///{home / 'RENAI_CACHE_DIR' / 'vectors.sqlite'}"
    for model, dtype in (("first", "float32"), ("second", "int8")):
        recipe = Recipe(model, embedder="Embedder")
        with EmbeddingCache(url, recipe, dtype=dtype, namespace="n") as cache:
            cache.put(["a", "b"], np.ones((2, 3)))
    with SparseEmbeddingCache(url, Recipe("third")) as sparse:
        sparse.put(["a"], [SparseVector.of([1], [1.0])])
    with closing(open_store(url)) as store:
        name = f"embedding/{'0' * 64}"
        frames = VectorCodec().pack([name], np.ones((1, 3), np.float32)).frames
        store.put_many({name: frames[0], f"embedding/{'1' * 64}": b"damaged"})

    found = Counter((each.provider, each.model, each.numbers) for each in listed("embedding"))
    assert found == {
        ("Embedder", "first", "float32"): 2,
        ("Embedder", "second", "int8"): 2,
        ("", "third", "sparse"): 1,
        (None, None, None): 2,
    }
    assert {each.model for each in listed("embedding", model="first")} == {"first"}
    assert len(listed("embedding", model="first", provider="Embedder")) == 2
    assert {each.model for each in listed("embedding", provider="Embedder")} == {"first", "second"}
    assert listed("embedding", model="first", provider="another") == []
    assert {each.namespace for each in listed("embedding", model="second")} == {"n"}
    assert len({each.recipe for each in listed("embedding")}) == 4


def test_no_more_is_read_than_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from renai.maintenance.open_stores import OpenStore

    read = []

    class Counting(MemoryStore):
        def get_many(self, names):
            read.extend(names)
            return super().get_many(names)

    store = Counting()
    store.put_many({f"metadata/doc_{n:064x}_{0:064x}.json": b"{}" for n in range(5000)})
    entries = list_entries([OpenStore("here", store, ("metadata",))], ("metadata",))
    assert len(list(islice(entries, 10))) == 10
    assert len(read) < 1000


def test_what_is_not_ours_is_not_listed(home: Path) -> None:
    folder = home / "RENAI_CACHE_DIR" / "text"
    folder.mkdir(parents=True)
    (folder / "shopping.txt").write_text("milk")
    assert listed() == []


def test_a_layer_that_is_none() -> None:
    with pytest.raises(UsageError, match="choose from text, metadata, embedding"):
        check_layers(["vectors"])


def test_completions_of_a_gateway_tell_their_model() -> None:
    store = MemoryStore()
    for number, model in enumerate(["m-1", "m-2"]):
        name = f"chat/{number:064x}.json"
        made = Entry.made_by(
            KeyRecipe("chat", 1, {"provider": "gateway", "model": model}),
            {"answer": "{}"},
            cost={"calls": 1},
        )
        store.put_many({name: JsonCodec().encode(name, made)})
    store.put_many({f"chat/{'f' * 64}.json": b"damaged"})
    opened = [OpenStore("vectors", store, ("chat",))]
    assert sorted(str(each.model) for each in list_entries(opened, ["chat"])) == [
        "None",
        "m-1",
        "m-2",
    ]
    [one] = list_entries(opened, ["chat"], provider="gateway", model="m-2")
    assert (one.model, one.provider, one.cost) == ("m-2", "gateway", {"calls": 1})
