"""LlamaIndex's interface with a cache: batches of the wrapped model's size, both ways to call."""

import asyncio
import pickle
from typing import Any

import pytest
from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index.core.schema import TextNode
from pydantic import PrivateAttr

from embeddings_endpoint import vector_of
from renai.errors import UsageError
from renai.llama_index import CachedEmbedding


class Counting(BaseEmbedding):
    """A client of some service, which keeps its mode privately."""

    dimensions: int | None = None
    _mode: str = PrivateAttr()
    _asked: list[list[str]] = PrivateAttr(default_factory=list)

    def __init__(self, mode: str = "search", **kwargs: Any) -> None:
        super().__init__(**{"model_name": "m", "embed_batch_size": 2, **kwargs})
        self._mode = mode

    def _get_text_embeddings(self, texts):
        self._asked.append(list(texts))
        return [vector_of(text) for text in texts]

    def _get_text_embedding(self, text):
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query):
        return self._get_text_embedding("query: " + query)

    async def _aget_query_embedding(self, query):
        return self._get_query_embedding(query)


class Limiter(BaseRateLimiter):
    def __init__(self):
        self.acquired = 0

    def acquire(self, num_tokens=0):
        self.acquired += 1

    async def async_acquire(self, num_tokens=0):
        self.acquired += 1


pytestmark = pytest.mark.usefixtures("released")


def test_a_text_is_embedded_once_in_batches_of_the_model(url):
    model = Counting()
    cached = CachedEmbedding(model, url)
    texts = list("abcab")
    for _ in range(2):
        assert cached.get_text_embedding_batch(texts) == [vector_of(one) for one in texts]
    assert model._asked == [["a", "b"], ["c"]]
    other = Counting()
    assert CachedEmbedding(other, url).get_text_embedding("c") == vector_of("c")
    assert other._asked == []


def test_queries_and_texts_share_nothing(url):
    model = Counting()
    cached = CachedEmbedding(model, url)
    for _ in range(2):
        assert cached.get_query_embedding("a") == vector_of("query: a")
        assert cached.get_text_embedding("a") == vector_of("a")
    assert model._asked == [["query: a"], ["a"]]


async def test_tasks_embed_once(url):
    model = Counting()
    cached = CachedEmbedding(model, url)
    calls = (cached.aget_text_embedding_batch(list("abc")) for _ in range(4))
    made = await asyncio.gather(*calls)
    assert made == [[vector_of(one) for one in "abc"]] * 4
    assert await cached.aget_query_embedding("a") == vector_of("query: a")
    assert sorted(text for texts in model._asked for text in texts) == ["a", "b", "c", "query: a"]


def test_the_models_rate_limiter_is_asked_for_what_is_computed(url):
    limiter = Limiter()
    model = Counting(rate_limiter=limiter)
    cached = CachedEmbedding(model, url)
    for _ in range(2):
        cached.get_text_embedding_batch(list("abc"))
    assert limiter.acquired == len(model._asked) == 2


async def test_the_models_rate_limiter_is_asked_for_queries(url):
    limiter = Limiter()
    cached = CachedEmbedding(Counting(rate_limiter=limiter), url)
    for _ in range(2):
        cached.get_query_embedding("a")
        await cached.aget_query_embedding("b")
    assert limiter.acquired == 2


class Busy(Counting):
    """Notes how many of its calls go on at once."""

    _now: int = PrivateAttr(0)
    _most: int = PrivateAttr(0)

    async def _aget_text_embeddings(self, texts):
        self._now += 1
        self._most = max(self._most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        return self._get_text_embeddings(texts)


@pytest.mark.parametrize(("workers", "most"), [(2, 2), (None, 4)])
async def test_no_more_calls_at_once_than_the_model_has_workers(url, workers, most):
    model = Busy(num_workers=workers)
    cached = CachedEmbedding(model, url)
    made = await cached.aget_text_embedding_batch(list("abcdefgh"))
    assert made == [vector_of(one) for one in "abcdefgh"]
    assert model._most == most


@pytest.mark.parametrize("more", [{"model_name": "n"}, {"dimensions": 2}, {"mode": "likeness"}])
def test_what_shapes_a_vector_is_in_the_key(url, more):
    CachedEmbedding(Counting(), url).get_text_embedding("a")
    other = Counting(**more)
    CachedEmbedding(other, url).get_text_embedding("a")
    assert other._asked == [["a"]]


def test_the_size_of_a_batch_is_not(url):
    CachedEmbedding(Counting(), url).get_text_embedding("a")
    other = Counting(embed_batch_size=7, num_workers=3)
    CachedEmbedding(other, url).get_text_embedding("a")
    assert other._asked == []


def test_a_parameter_that_is_not_kept_is_refused(url):
    class Forgetful(Counting):
        def __init__(self, pooling: str = "mean", **kwargs: Any) -> None:
            super().__init__(**kwargs)

    with pytest.raises(UsageError, match="does not show its pooling"):
        CachedEmbedding(Forgetful(), url)


def test_an_index_and_its_retriever_take_it(url):
    cached = CachedEmbedding(MockEmbedding(4), url)
    index = VectorStoreIndex([TextNode(text="salt"), TextNode(text="smoke")], embed_model=cached)
    assert len(index.as_retriever(similarity_top_k=1).retrieve("salt")) == 1


def test_llama_indexs_own_cache_of_batches_tells_two_apart(url):
    """It keys whole batches by `to_dict`, in which the wrapped model does not stand."""
    nodes = [TextNode(text="a", id_="1")]
    models = Counting(), Counting(dimensions=2)
    pipeline = IngestionPipeline(transformations=[CachedEmbedding(models[0], url)])
    pipeline.run(nodes=nodes)
    pipeline.transformations = [CachedEmbedding(models[1], url)]
    pipeline.run(nodes=[TextNode(text="a", id_="1")])
    assert models[1]._asked


def test_it_can_be_pickled(url):
    cached = CachedEmbedding(MockEmbedding(4), url)
    vector = cached.get_text_embedding("a")
    assert pickle.loads(pickle.dumps(cached)).get_text_embedding("a") == vector


def test_what_is_no_embedding_model_is_refused():
    with pytest.raises(TypeError, match="wraps an embedding model"):
        CachedEmbedding("a-model")
