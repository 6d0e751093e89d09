"""Sparse vectors are computed once, by the flow that all caches share."""

import pytest

from renai import Recipe
from renai.codecs.sparse import SparseVector
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import UsageError, VectorError
from renai.stores.memory import MemoryStore

RECIPE = Recipe("splade")


class Model:
    def __init__(self):
        self.texts = []

    def __call__(self, texts):
        self.texts += texts
        return [SparseVector.of([len(text)], [0.5]) for text in texts]

    async def awaited(self, texts):
        return self(texts)


async def test_each_text_is_computed_once():
    model, cache = Model(), SparseEmbeddingCache(MemoryStore(), RECIPE, batch_size=2)
    made = cache.embed(["a", "bb", "a", "ccc"], model)
    assert [int(vector.indices[0]) for vector in made.vectors] == [1, 2, 1, 3]
    assert made.hits == [False] * 4
    read = await cache.aembed(["ccc", "dddd"], model.awaited)
    assert read.hits == [True, False]
    assert model.texts == ["a", "bb", "ccc", "dddd"]


def test_another_recipe_is_another_vector():
    store, model = MemoryStore(), Model()
    SparseEmbeddingCache(store, RECIPE).embed(["a"], model)
    other = SparseEmbeddingCache(store, Recipe("splade", role="query"))
    assert other.embed(["a"], model).hits == [False]


def test_adopted_vectors_are_hits():
    cache = SparseEmbeddingCache(MemoryStore(), RECIPE)
    cache.put(["a"], [SparseVector.of([7], [0.5])])
    embedded = cache.embed(["a"], pytest.fail)
    assert embedded.vectors[0].indices.tolist() == [7]


def test_what_is_there_can_be_had_and_dropped():
    cache = SparseEmbeddingCache("memory://", RECIPE)
    cache.put(["a", "b"], [SparseVector.of([7], [0.5]), SparseVector.of([], [])])
    held = cache.get(["b", "c", "a"])
    assert held.hits == [True, False, True]
    assert [vector and vector.indices.tolist() for vector in held.vectors] == [[], None, [7]]
    assert cache.delete(["a", "a", "c"]) == 1
    assert cache.get(["a", "b"]).hits == [False, True]


def test_vectors_in_a_file_are_there_when_it_is_opened_again(tmp_path):
    url = f"sqlite:///{tmp_path}/v.sqlite"
    with SparseEmbeddingCache(url, RECIPE, max_bytes=10**6) as cache:
        cache.embed(["a"], Model())
    with SparseEmbeddingCache(url, RECIPE) as cache:
        assert cache.embed(["a"], pytest.fail).hits == [True]


def test_namespaces_share_no_vectors():
    store = MemoryStore()
    mine = SparseEmbeddingCache(store, RECIPE, namespace="mine")
    mine.embed(["a"], Model())
    for other in ("", "yours"):
        cache = SparseEmbeddingCache(store, RECIPE, namespace=other)
        assert cache.key("a") != mine.key("a")
        assert cache.get(["a"]).hits == [False]
    assert mine.get(["a"]).hits == [True]


def test_more_vectors_than_texts_are_not_adopted():
    cache = SparseEmbeddingCache(MemoryStore(), RECIPE)
    with pytest.raises(VectorError, match="2 vectors for 1 texts"):
        cache.put(["a"], [SparseVector.of([7], [0.5])] * 2)
    assert cache.get(["a"]).hits == [False]


@pytest.mark.parametrize(
    "options", [{"store": 1}, {"recipe": "m"}, {"max_bytes": 1}, {"ttl": 0}, {"batch_size": 0}]
)
def test_arguments_that_cannot_be_meant_are_refused(options):
    with pytest.raises(UsageError):
        SparseEmbeddingCache(**{"store": MemoryStore(), "recipe": RECIPE, **options})


def test_a_vector_dies_when_its_time_is_over(clock):
    cache = SparseEmbeddingCache(MemoryStore(), RECIPE, ttl=60)
    cache.embed(["a"], Model())
    assert cache.embed(["a"], Model()).hits == [True]
    clock.advance(61)
    assert cache.embed(["a"], Model()).hits == [False]


def test_a_damaged_entry_is_a_miss():
    store, model = MemoryStore(), Model()
    cache = SparseEmbeddingCache(store, RECIPE)
    cache.embed(["a"], model)
    store.put_many({f"embedding/{cache.key('a')}": b"damage"})
    assert cache.embed(["a"], model).hits == [False]


def test_too_few_vectors_are_refused():
    cache = SparseEmbeddingCache(MemoryStore(), RECIPE)
    with pytest.raises(VectorError, match="0 vectors for 1 texts"):
        cache.embed(["a"], lambda _: [])
    assert cache.embed(["a"], Model()).hits == [False]
