"""A store that fails behind Haystack's components, and vectors that cannot be stored."""

from dataclasses import replace

import pytest
from haystack import Document, component

import servers
from embedders import CountingDocumentEmbedder, CountingTextEmbedder, vector_of
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.errors import StoreError, VectorError

NOTHING = {"hits": 0, "misses": 0, "deduplicated": 0}


def documents_of(*texts):
    return [Document(content=text) for text in texts]


@pytest.fixture
def server():
    server = servers.have_redis()
    yield server
    servers.drop(server)


@pytest.mark.parametrize("tasks", [False, True])
async def test_what_a_dead_store_does_not_take_is_told_and_stored_later(server, tasks):
    cached = CachedDocumentEmbedder(CountingDocumentEmbedder(), server.url)

    async def run(*texts):
        documents = documents_of(*texts)
        answer = await cached.run_async(documents) if tasks else cached.run(documents)
        assert [each.embedding for each in answer["documents"]] == list(map(vector_of, texts))
        return answer["meta"]["cache"]

    assert await run("tides") == NOTHING | {"misses": 1}
    server.kill()
    told = await run("bread", "bread", "salt")
    assert "Connection refused" in told.pop("unstored_reason")
    assert told == NOTHING | {"misses": 2, "deduplicated": 1, "unstored": 2}
    server.start()
    assert await run("smoke") == NOTHING | {"misses": 1}
    other = CachedDocumentEmbedder(CountingDocumentEmbedder(), server.url)
    assert other.run(documents_of("bread", "salt"))["meta"]["cache"] == NOTHING | {"hits": 2}
    cached.close()
    other.close()


def test_queries_are_told_the_same(server):
    cached = CachedTextEmbedder(CountingTextEmbedder(), server.url)
    cached.run("tides")
    server.kill()
    told = cached.run("bread")["meta"]["cache"]
    assert "Connection refused" in told.pop("unstored_reason")
    assert told == NOTHING | {"misses": 1, "unstored": 1}
    server.start()
    cached.close()
    assert CachedTextEmbedder(CountingTextEmbedder(), server.url).run("bread")["meta"]["cache"] == (
        NOTHING | {"hits": 1}
    )


def test_a_strict_component_raises(server):
    documents = CachedDocumentEmbedder(CountingDocumentEmbedder(), server.url, strict=True)
    queries = CachedTextEmbedder(CountingTextEmbedder(), server.url, strict=True)
    documents.run(documents_of("tides"))
    queries.run("tides")
    server.kill()
    with pytest.raises(StoreError):
        documents.run(documents_of("bread"))
    with pytest.raises(StoreError):
        queries.run("bread")
    server.start()
    documents.close()
    queries.close()


def test_adopting_counts_what_is_stored(server):
    cached = CachedDocumentEmbedder(CountingDocumentEmbedder(), server.url)
    held = [Document(content=text, embedding=vector_of(text)) for text in ("tides", "bread")]
    assert cached.adopt(held[:1]) == 1
    server.kill()
    assert cached.adopt(held) == 0
    server.start()
    cached.close()
    other = CachedDocumentEmbedder(CountingDocumentEmbedder(), server.url)
    assert other.run(documents_of("tides", "bread"))["meta"]["cache"]["hits"] == 2
    other.close()


@component
class Spoiling(CountingDocumentEmbedder):
    """Gives something else than a vector for `bad`."""

    value = None
    raise_on_failure = True

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]):
        answer = CountingDocumentEmbedder.run(self, documents)["documents"]
        return {
            "documents": [
                replace(each, embedding=self.value) if each.content == "bad" else each
                for each in answer
            ]
        }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, r"gave no embedding for document \w+$"),
        ([float("nan")] * 4, r"gave an embedding that cannot be stored for document \w+ \(vector"),
        ([0.5] * 3, r"gave an embedding that cannot be stored for document \w+ \(vector"),
    ],
)
@pytest.mark.parametrize("batch_size", [2, 10])
def test_one_bad_embedding_costs_itself(url, value, said, batch_size, monkeypatch):
    monkeypatch.setattr(Spoiling, "value", value)
    embedder = Spoiling()
    cached = CachedDocumentEmbedder(embedder, url, batch_size=batch_size, revision="1")
    texts = ["tides", "bread", "bad", "salt", "smoke"]
    with pytest.raises(VectorError, match=said):
        cached.run(documents_of(*texts))
    assert embedder.texts == texts, "it goes on with the batches after it"
    monkeypatch.setattr(Spoiling, "value", vector_of("bad"))
    assert cached.run(documents_of(*texts))["meta"]["cache"] == NOTHING | {"hits": 4, "misses": 1}
    cached.close()


@pytest.mark.parametrize("value", [None, [float("inf")] * 4])
def test_an_embedder_that_goes_on_may_give_anything(url, value, monkeypatch):
    monkeypatch.setattr(Spoiling, "value", value)
    embedder = Spoiling()
    embedder.raise_on_failure = False
    cached = CachedDocumentEmbedder(embedder, url, revision="1")
    answer = cached.run(documents_of("tides", "bad"))
    assert [each.embedding for each in answer["documents"]] == [vector_of("tides"), None]
    assert answer["meta"]["cache"] == NOTHING | {"misses": 2, "failed": 1}
    cached.close()
