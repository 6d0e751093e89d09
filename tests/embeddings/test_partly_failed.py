"""One vector that cannot be stored costs itself, and neither its batch nor those after it."""

import threading

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.sparse import SparseVector
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import VectorError
from waiting import LIMIT, unless_it_hangs

RECIPE = Recipe("toy", revision="1")
TEXTS = [f"text {number}" for number in range(10)]


def vector_of(text):
    return [float(text.split()[1]), 1.0, 2.0]


def spoiling(bad, value):
    """A computation that gives something else for one of the texts, and tells what it was asked."""

    def compute(texts):
        compute.asked += texts
        return [value if text == bad else vector_of(text) for text in texts]

    compute.asked = []
    return compute


def sound(texts):
    return [vector_of(text) for text in texts]


@pytest.fixture(params=["memory://", "sqlite:///{}/vectors.sqlite", "file://{}/vectors"])
def cache(request, tmp_path):
    with EmbeddingCache(request.param.format(tmp_path), RECIPE, batch_size=4) as cache:
        yield cache


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1.0, np.nan, 1.0], "vector 1 of 4 holds NaN or infinity"),
        ([1.0, -np.inf, 1.0], "vector 1 of 4 holds NaN or infinity"),
        ([1e39, 1.0, 1.0], "vector 1 of 4 holds NaN or infinity"),
        (None, "vector 1 of 4 is missing"),
        ([], "vector 1 of 4 has 0 dimensions where 3 are due"),
        ([1.0, 1.0], "vector 1 of 4 has 2 dimensions where 3 are due"),
        ([1.0, 1.0, None], "vector 1 of 4 is no list of numbers"),
        ("[1, 2, 3]", "vector 1 of 4 is no list of numbers"),
    ],
)
def test_the_sound_ones_around_it_are_kept_and_the_error_is_raised_after_all(cache, value, said):
    compute = spoiling("text 5", value)
    with pytest.raises(VectorError, match=said):
        cache.embed(TEXTS, compute)
    assert compute.asked == TEXTS, "it goes on with the batches after it"
    kept = cache.get(TEXTS)
    assert kept.hits.tolist() == [text != "text 5" for text in TEXTS]
    again = spoiling(None, None)
    embedded = cache.embed(TEXTS, again)
    assert again.asked == ["text 5"], "only what failed is paid for again"
    assert np.array_equal(embedded.vectors, np.array(sound(TEXTS), np.float32))


def test_in_an_array_as_in_a_list(cache):
    vectors = np.array(sound(TEXTS[:3]))
    vectors[1, 1] = np.nan
    with pytest.raises(VectorError, match="vector 1 of 3"):
        cache.embed(TEXTS[:3], lambda _: vectors)
    assert cache.get(TEXTS[:3]).hits.tolist() == [True, False, True]


def test_what_a_small_number_cannot_hold_costs_itself():
    with EmbeddingCache("memory://", RECIPE, dtype="float16") as cache:
        with pytest.raises(VectorError, match="more than float16 can store"):
            cache.embed(TEXTS, spoiling("text 3", [1e6, 1.0, 1.0]))
        assert cache.get(TEXTS).hits.sum() == len(TEXTS) - 1


def test_the_message_says_how_many_there_are(cache):
    def compute(texts):
        return [[np.nan] * 3 if text in ("text 1", "text 6") else vector_of(text) for text in texts]

    with pytest.raises(
        VectorError, match=r"and 1 more cannot be stored; .* other texts are stored"
    ):
        cache.embed(TEXTS, compute)


def test_a_model_that_gives_nothing_sound_is_not_asked_on(cache):
    asked = []

    def compute(texts):
        asked.append(texts)
        return [[np.nan] * 3 for _ in texts]

    with pytest.raises(
        VectorError, match=r"vector 0 of 4 .*; and 3 more cannot be stored; the whole batch failed"
    ):
        cache.embed(TEXTS, compute)
    assert len(asked) == 1


async def test_tasks_are_told_the_same(cache):
    async def compute(texts):
        return spoiling("text 5", None)(texts)

    with pytest.raises(VectorError, match="vector 1 of 4 is missing"):
        await cache.aembed(TEXTS, compute)
    assert cache.get(TEXTS).hits.sum() == len(TEXTS) - 1


def test_who_waits_for_it_is_told_and_keeps_the_rest(cache):
    begun, may_end = threading.Event(), threading.Event()
    said = []

    def compute(texts):
        begun.set()
        assert may_end.wait(LIMIT)
        return spoiling("text 1", None)(texts)

    def lead():
        with pytest.raises(VectorError):
            cache.embed(TEXTS[:3], compute)

    def follow():
        try:
            cache.embed(TEXTS[:4], sound)
        except VectorError as error:
            said.append(str(error))

    leader = threading.Thread(target=lead)
    leader.start()
    assert begun.wait(LIMIT)
    follower = threading.Thread(target=follow)
    follower.start()
    may_end.set()
    unless_it_hangs(leader.join)
    unless_it_hangs(follower.join)
    assert cache.get(TEXTS[:4]).hits.tolist() == [True, bool(not said), True, True]


def test_put_is_all_or_nothing(cache):
    with pytest.raises(VectorError):
        cache.put(TEXTS, spoiling("text 5", None)(TEXTS))
    assert not cache.get(TEXTS).hits.any()


def sparse(text):
    return SparseVector.of([1, 2], [float(text.split()[1]), 1.0])


@pytest.mark.parametrize(
    "bad", [None, SparseVector(np.array([1], np.uint32), np.array([np.nan], np.float32))]
)
def test_a_sparse_one_costs_itself(bad):
    with SparseEmbeddingCache("memory://", RECIPE, batch_size=4) as cache:
        with pytest.raises(VectorError, match="vector 1 of 4"):
            cache.embed(
                TEXTS, lambda texts: [bad if text == "text 5" else sparse(text) for text in texts]
            )
        assert cache.get(TEXTS).hits == [text != "text 5" for text in TEXTS]
        asked = []
        cache.embed(TEXTS, lambda texts: asked.extend(texts) or list(map(sparse, texts)))
        assert asked == ["text 5"]
        with pytest.raises(VectorError, match="the whole batch failed"):
            cache.embed(["a 1", "b 2"], lambda texts: [bad] * len(texts))
        with pytest.raises(VectorError, match="vector 1 of 2"):
            cache.put(["a 1", "b 2"], [sparse("a 1"), bad])


# Dimensions


def of_width(width):
    return lambda texts: np.array([[float(text.split()[1])] * width for text in texts])


def test_a_dimension_that_is_computed_outranks_one_that_is_stored(tmp_path, caplog):
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    with EmbeddingCache(url, RECIPE) as cache:
        cache.embed(TEXTS[:6], of_width(3))
    with EmbeddingCache(url, RECIPE, batch_size=4) as cache:
        embedded = cache.embed(TEXTS, of_width(5))
        assert np.array_equal(embedded.vectors, of_width(5)(TEXTS))
        assert not embedded.hits.any()
        assert cache.get(TEXTS).hits.all()
    (warning,) = caplog.messages
    assert "Vectors of 3 dimensions are stored under a recipe that gives 5 now" in warning
    with EmbeddingCache(url, RECIPE) as cache:
        assert cache.get(TEXTS).vectors.shape == (10, 5)


def test_a_dimension_that_only_one_in_the_store_has_costs_that_one(tmp_path):
    url = f"sqlite:///{tmp_path}/vectors.sqlite"
    for width, texts in ((5, TEXTS[1:9]), (3, TEXTS[:1])):
        with EmbeddingCache(url, RECIPE) as cache:
            cache.put(texts, of_width(width)(texts))
    asked = []
    with EmbeddingCache(url, RECIPE) as cache:
        embedded = cache.embed(TEXTS, lambda texts: asked.extend(texts) or of_width(5)(texts))
    assert sorted(asked) == ["text 0", "text 9"]
    assert np.array_equal(embedded.vectors, of_width(5)(TEXTS))


def test_a_model_that_changes_its_mind_in_the_middle_is_an_error():
    widths = iter([3, 4])
    with EmbeddingCache("memory://", RECIPE, batch_size=5) as cache:
        with pytest.raises(VectorError, match="vectors of 4 dimensions where 3 are due"):
            cache.embed(TEXTS, lambda texts: of_width(next(widths))(texts))
        assert cache.get(TEXTS).hits.sum() == 5
