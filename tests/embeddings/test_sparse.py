"""Sparse vectors are computed once, by the flow that all caches share."""

import copy

import numpy as np
import pytest

from renai import Recipe
from renai.codecs.sparse import SparseVector
from renai.embeddings import canary
from renai.embeddings.distances import sparse_distances
from renai.embeddings.marks import changes_in, trust
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import UsageError, VectorError, WeightsChangedError
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


class Splade:
    """A model that can be replaced behind its name; it adds noise, as processors do."""

    def __init__(self):
        self.weights = 0
        self.asked = []
        self.fails = False

    def __call__(self, texts):
        self.asked += texts
        if self.fails:
            return [None] * len(texts)
        return [self.vector(text) for text in texts]

    async def awaited(self, texts):
        return self(texts)

    def vector(self, text):
        random = np.random.default_rng([self.weights, *text.encode()])
        positions = random.choice(30_000, 40, replace=False)
        noise = np.random.default_rng(len(self.asked)).normal(scale=1e-3, size=40)
        return SparseVector.of(positions.tolist(), (random.random(40) + noise).tolist())


TEXTS = ["tides", "bread", "lamps"]


@pytest.fixture
def marks_are_looked_for_each_time(monkeypatch):
    monkeypatch.setattr(canary, "_SECONDS_BETWEEN_LOOKS", 0.0)


def test_the_same_weights_are_no_change():
    model, cache = Splade(), SparseEmbeddingCache(MemoryStore(), RECIPE, canary=1.0)
    cache.embed(TEXTS, model)
    assert cache.embed([*TEXTS, "new"], model).hits == [True] * 3 + [False]
    assert model.asked == [*TEXTS, *TEXTS, "new"]


@pytest.mark.usefixtures("marks_are_looked_for_each_time")
def test_other_weights_stop_the_recipe_for_all_who_share_the_store(caplog):
    store, model = MemoryStore(), Splade()
    cache = SparseEmbeddingCache(store, RECIPE, canary=1.0)
    other = SparseEmbeddingCache(store, RECIPE)
    cache.embed(TEXTS, model)
    assert other.get(TEXTS).hits == [True] * 3
    before = sorted(stat.name for stat in store.scan("embedding/"))
    model.weights = 1
    told = cache.embed([*TEXTS, "new"], model)
    assert "The weights of splade seem to have changed" in caplog.text
    assert told.hits == [False] * 4
    assert (told.unstored, told.unstored_reason) == (4, "the weights of the model have changed")
    assert np.array_equal(told.vectors[0].indices, model.vector("tides").indices)
    assert other.get(TEXTS).vectors == [None] * 3
    assert other.put(["adopted"], [model.vector("adopted")]) == 0
    assert sorted(stat.name for stat in store.scan("embedding/")) == before, "nothing is stored"
    (change,) = changes_in(store)
    assert set(change.keys) <= {cache.key(text) for text in TEXTS}
    trust(store, change)
    assert other.get(TEXTS).hits == [True] * 3


async def test_tasks_notice_as_well_and_it_can_be_an_error():
    model = Splade()
    cache = SparseEmbeddingCache(MemoryStore(), RECIPE, canary=1.0, on_change="raise")
    await cache.aembed(TEXTS, model.awaited)
    assert (await cache.aembed(TEXTS, model.awaited)).hits == [True] * 3
    model.weights = 1
    with pytest.raises(WeightsChangedError, match="splade"):
        await cache.aembed(TEXTS, model.awaited)
    for refused in (cache.get, lambda texts: cache.embed(texts, model)):
        with pytest.raises(WeightsChangedError):
            refused(TEXTS)


def test_a_canary_that_gets_no_vector_says_nothing(caplog):
    model, cache = Splade(), SparseEmbeddingCache(MemoryStore(), RECIPE, canary=1.0)
    cache.embed(TEXTS, model)
    model.fails = True
    assert cache.embed(TEXTS, model).hits == [True] * 3
    assert "could not be compared" in caplog.text
    model.fails = False
    assert cache.embed(TEXTS, lambda texts: []).hits == [True] * 3


def test_no_canary_asks_nothing_and_wrong_ones_are_refused():
    model, cache = Splade(), SparseEmbeddingCache(MemoryStore(), RECIPE)
    cache.embed(TEXTS, model)
    model.weights = 1
    assert cache.embed(TEXTS, model).hits == [True] * 3
    assert model.asked == TEXTS
    for options in ({"canary": 0}, {"canary": 2.0}, {"on_change": "ignore"}):
        with pytest.raises(UsageError):
            SparseEmbeddingCache(MemoryStore(), RECIPE, **options)


def test_a_cache_with_canaries_can_be_copied(tmp_path):
    url = f"sqlite:///{tmp_path}/v.sqlite"
    with (
        SparseEmbeddingCache(url, RECIPE, canary=5, on_change="raise") as cache,
        copy.copy(cache) as copied,
    ):
        assert (copied._canary, copied._on_change) == (5, "raise")


@pytest.mark.parametrize(
    ("old", "new", "distance"),
    [
        (([1, 7], [0.5, 0.5]), ([7, 1], [0.5, 0.5]), 0.0),
        (([1, 7], [0.5, 0.5]), ([1, 7, 9], [1.0, 1.0, 0.0]), 0.0),
        (([1], [0.5]), ([2], [0.5]), 1.0),
        (([1], [0.5]), ([1], [-0.5]), 2.0),
        (([], []), ([], []), 0.0),
        (([], []), ([3], [0.1]), 1.0),
    ],
)
def test_sparse_vectors_are_compared_by_position(old, new, distance):
    found = sparse_distances([SparseVector.of(*old)], [SparseVector.of(*new)])
    assert found == {0: pytest.approx(distance, abs=1e-6)}
