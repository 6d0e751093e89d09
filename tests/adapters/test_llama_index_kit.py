"""What LlamaIndex asks of an embedding model in its own tests, asked of `CachedEmbedding`.

LlamaIndex publishes no tests for embedding models: no distribution of its has any, and the sources
of its integrations test that a class stands on `BaseEmbedding`. These do what the tests of
`BaseEmbedding` itself do, in the repository of LlamaIndex's core.
"""

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.base.embeddings.base import BaseEmbedding, SimilarityMode
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.embedding import EmbeddingEndEvent
from llama_index.core.schema import TextNode
from llama_index.core.storage.kvstore import SimpleKVStore
from pydantic import PrivateAttr

from renai.llama_index import CachedEmbedding

pytestmark = pytest.mark.usefixtures("released")

KNOWN = {
    "Hello world.": [1.0, 0, 0, 0, 0],
    "This is a test.": [0, 1.0, 0, 0, 0],
    "This is another test.": [0, 0, 1.0, 0, 0],
    "This is a test v2.": [0, 0, 0, 1.0, 0],
}
HELLO = "Hello world."


class Known(MockEmbedding):
    """Knows the vectors of a few texts."""

    def __init__(self):
        super().__init__(embed_dim=5)

    def _get_text_embedding(self, text):
        return KNOWN[text]

    def _get_query_embedding(self, query):
        return self._get_text_embedding(query)

    async def _aget_text_embedding(self, text):
        return self._get_text_embedding(text)

    async def _aget_query_embedding(self, query):
        return self._get_text_embedding(query)


@pytest.fixture
def model(released, url):
    it = CachedEmbedding(Known(), url)
    yield it
    it.close()


@pytest.fixture
def ended():
    """The events of embeddings that have ended."""
    events = []

    class Noting(BaseEventHandler):
        @classmethod
        def class_name(cls):
            return "Noting"

        def handle(self, event, **kwargs):
            if isinstance(event, EmbeddingEndEvent):
                events.append(event)

    handler = Noting()
    get_dispatcher().add_event_handler(handler)
    yield events
    get_dispatcher().event_handlers.remove(handler)


def test_it_is_an_embedding_model(model):
    assert BaseEmbedding in CachedEmbedding.__mro__
    assert model.class_name() == model.to_dict()["class_name"] == "CachedEmbedding"


@pytest.mark.parametrize("hit", [False, True])
def test_texts_of_a_batch_come_back_in_their_order(model, hit):
    texts = [text for text, count in zip(KNOWN, (8, 8, 4, 4), strict=True) for _ in range(count)]
    for _ in range(1 + hit):
        assert model.get_text_embedding_batch(texts) == [KNOWN[text] for text in texts]


async def test_tasks_get_the_same(model):
    texts = [*KNOWN, HELLO]
    for _ in range(2):
        assert await model.aget_text_embedding_batch(texts) == [KNOWN[text] for text in texts]
        assert await model.aget_text_embedding(HELLO) == KNOWN[HELLO]
        assert await model.aget_query_embedding(HELLO) == KNOWN[HELLO]


def test_likeness_is_that_of_every_model(model):
    assert model.similarity([0.0, 1.0, 0.0], [3.0, 4.0, 0.0]) == 0.8
    near, far = (
        model.similarity([1.0, 0.0], other, mode=SimilarityMode.EUCLIDEAN)
        for other in ([1.0, 1.0], [0.0, 1.0])
    )
    assert near > far


async def test_queries_can_be_put_together(model):
    mean = [0.5, 0.5, 0, 0, 0]
    queries = list(KNOWN)[:2]
    assert model.get_agg_embedding_from_queries(queries) == mean
    assert await model.aget_agg_embedding_from_queries(queries) == mean


async def test_nodes_get_their_vectors(model):
    nodes = [TextNode(text=text) for text in KNOWN]
    assert [node.embedding for node in model(nodes)] == list(KNOWN.values())
    nodes = [TextNode(text=text) for text in KNOWN]
    assert [node.embedding for node in await model.acall(nodes)] == list(KNOWN.values())


async def test_llama_indexs_own_cache_may_stand_before_it(model):
    model.embeddings_cache = SimpleKVStore()
    for _ in range(2):
        assert model.get_text_embedding(HELLO) == KNOWN[HELLO]
        assert model.get_text_embedding_batch([HELLO]) == [KNOWN[HELLO]]
        assert await model.aget_text_embedding_batch([HELLO]) == [KNOWN[HELLO]]
    (kept,) = model.embeddings_cache.get(key=HELLO, collection="embeddings").values()
    assert kept == KNOWN[HELLO]


def test_each_call_is_told_once_hit_or_not(model, ended):
    for _ in range(2):
        model.get_text_embedding(HELLO)
        (event,) = ended
        assert (event.chunks, event.embeddings) == ([HELLO], [KNOWN[HELLO]])
        ended.clear()


def test_callbacks_hear_of_texts_hit_or_not(url):
    debug = LlamaDebugHandler(print_trace_on_end=False)
    model = CachedEmbedding(Known(), url, callback_manager=CallbackManager([debug]))
    for heard in (1, 2):
        model.get_text_embedding(HELLO)
        assert len(debug.get_event_pairs(CBEventType.EMBEDDING)) == heard


class Answer:
    """A vector with the number of tokens it took, as models of later releases give them."""

    def __init__(self, embedding):
        self.embedding = embedding
        self.token_count = 3


class Telling(Known):
    """Says how many tokens a text took."""

    _called: int = PrivateAttr(0)

    def _get_text_embedding(self, text):
        self._called += 1
        return Answer(KNOWN[text])


async def test_vectors_that_come_with_a_number_of_tokens_are_vectors(url):
    telling = Telling()
    model = CachedEmbedding(telling, url)
    for _ in range(2):
        assert model.get_text_embedding_batch([HELLO]) == [KNOWN[HELLO]]
        assert await model.aget_text_embedding(HELLO) == KNOWN[HELLO]
        assert model.get_query_embedding(HELLO) == KNOWN[HELLO]
        assert await model.aget_query_embedding(HELLO) == KNOWN[HELLO]
    assert telling._called == 2
