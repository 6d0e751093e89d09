"""Sparse embeddings go the same way as dense ones."""

from dataclasses import replace

import pytest
from haystack import Document, component
from haystack.dataclasses import SparseEmbedding

import embedders
from embedders import (
    CountingDocumentEmbedder,
    SparseCountingDocumentEmbedder,
    SparseCountingTextEmbedder,
    sparse_of,
)
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.errors import UsageError, VectorError, WeightsChangedError


def documents_of(*texts):
    return [Document(content=text) for text in texts]


async def test_documents_get_their_sparse_embeddings(url):
    first = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), url, batch_size=1)
    made = first.run(documents_of("tides", "bread", "tides", ""))
    assert made["meta"]["cache"] == {"hits": 0, "misses": 3, "deduplicated": 1}
    first.close()

    again = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), url)
    read = await again.run_async(documents_of("", "bread", "tides"))
    assert read["meta"]["cache"]["hits"] == 3
    assert [it.sparse_embedding for it in read["documents"]] == [
        sparse_of(text) for text in ("", "bread", "tides")
    ]
    assert [it.embedding for it in read["documents"]] == [None] * 3
    assert again.embedder.warmed == 0
    assert (await again.run_async(documents_of("new")))["meta"]["cache"]["misses"] == 1


def test_a_query_gets_its_sparse_embedding(url):
    query = CachedTextEmbedder(SparseCountingTextEmbedder(), url)
    assert query.run("tides")["sparse_embedding"] == sparse_of("tides")
    assert query.run("tides")["meta"]["cache"]["hits"] == 1
    assert query.embedder.texts == ["tides"]


def test_sparse_embeddings_already_paid_for_are_taken_over():
    cached = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), "memory://")
    (document,) = documents_of("tides")
    assert cached.adopt([replace(document, sparse_embedding=sparse_of("tides"))]) == 1
    assert cached.run([document])["meta"]["cache"]["hits"] == 1


def test_an_embedder_whose_name_does_not_tell_can_be_told(url):
    @component
    class Splade:
        def __init__(self, meta_fields_to_embed=()):
            self.meta_fields_to_embed = meta_fields_to_embed

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            sparse = SparseEmbedding([1], [0.5])
            return {"documents": [replace(it, sparse_embedding=sparse) for it in documents]}

    with pytest.raises(VectorError, match="no embedding for"):
        CachedDocumentEmbedder(Splade(), url).run(documents_of("tides"))
    told = CachedDocumentEmbedder(Splade(), url, sparse=True)
    assert told.run(documents_of("tides"))["documents"][0].sparse_embedding.indices == [1]


def test_a_dense_embedder_taken_for_a_sparse_one_is_an_error():
    taken = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", sparse=True)
    with pytest.raises(VectorError, match="no sparse_embedding for"):
        taken.run(documents_of("tides"))


def test_a_batch_holds_something():
    embedder = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), "memory://", batch_size=0)
    with pytest.raises(UsageError, match="batch_size"):
        embedder.run([Document(content="tides")])


def test_sparse_values_have_one_type():
    with pytest.raises(UsageError, match="float32"):
        CachedTextEmbedder(SparseCountingTextEmbedder(), "memory://", dtype="int8").warm_up()


async def test_a_canary_notices_other_weights_behind_a_name(url, monkeypatch):
    options = {"canary": 1.0, "on_change": "raise"}
    documents = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), url, **options)
    query = CachedTextEmbedder(SparseCountingTextEmbedder(), url, **options)
    for _ in range(2):
        documents.run(documents_of("tides"))
        assert (await query.run_async("tides"))["sparse_embedding"] == sparse_of("tides")
    monkeypatch.setattr(embedders, "sparse_of", lambda text: SparseEmbedding([9], [1.0]))
    with pytest.raises(WeightsChangedError):
        await documents.run_async(documents_of("tides"))
    with pytest.raises(WeightsChangedError):
        query.run("tides")
