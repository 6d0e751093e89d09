"""Inside Haystack's components that take an embedder, and around those that contain one."""

import asyncio
import copy
import os
import time
from pathlib import Path

import pytest
from haystack import Document, Pipeline, SuperComponent, component, super_component
from haystack.components.preprocessors import EmbeddingBasedDocumentSplitter
from haystack.components.retrievers import MultiQueryEmbeddingRetriever, TextEmbeddingRetriever
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from embedders import (
    AsyncDocumentEmbedder,
    CountingDocumentEmbedder,
    CountingTextEmbedder,
    vector_of,
)
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.embedders import house_code
from renai.errors import UsageError

llama_index = pytest.importorskip("llama_index.core", reason="brings NLTK's sentences")
nltk = pytest.importorskip("nltk")

SENTENCES = [
    "The moon pulls the sea. ",
    "The water rises twice a day. ",
    "Ships wait for it. ",
    "Bread is flour and water. ",
    "Salt and time do the rest. ",
    "It rests overnight.",
]
TEXT = "".join(SENTENCES)


@pytest.fixture(autouse=True)
def _sentences(monkeypatch):
    """What NLTK would download to find sentences lies in LlamaIndex's package."""
    data = Path(llama_index.__file__).parent / "_static" / "nltk_cache"
    monkeypatch.setattr(nltk.data, "path", [os.fspath(data)])


@pytest.fixture
def written():
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    documents = [Document(content=sentence) for sentence in SENTENCES]
    store.write_documents(CountingDocumentEmbedder().run(documents)["documents"])
    return store


def pipeline_of(part):
    pipeline = Pipeline()
    pipeline.add_component("part", part)
    return pipeline


def from_yaml(pipeline):
    text = pipeline.dumps()
    loaded = Pipeline.loads(text, allowed_modules=["embedders"])
    assert loaded.dumps() == text
    return loaded


def contents(answer):
    return [document.content for document in answer["documents"]]


# A splitter, which embeds the sentences of each document


def splitter_of(embedder):
    return EmbeddingBasedDocumentSplitter(
        document_embedder=embedder,
        sentences_per_group=1,
        percentile=0.5,
        min_length=0,
        max_length=60,
    )


def test_a_splitter_embeds_no_sentence_twice(url):
    embedder = CountingDocumentEmbedder()
    splitter = splitter_of(CachedDocumentEmbedder(embedder, url))
    plain = splitter_of(CountingDocumentEmbedder()).run([Document(content=TEXT)])
    assert len(plain["documents"]) > 1

    split = splitter.run([Document(content=TEXT)])
    assert split == plain
    assert sorted(embedder.texts) == sorted(SENTENCES)  # also where it splits parts once more
    assert splitter.run([Document(content=TEXT)]) == plain
    splitter.run([Document(content=TEXT.replace("twice", "once"))])
    assert embedder.texts[len(SENTENCES) :] == ["The water rises once a day. "]


@pytest.mark.parametrize("kind", [CountingDocumentEmbedder, AsyncDocumentEmbedder])
async def test_documents_that_are_split_at_once_share_their_sentences(kind, url):
    embedder = kind()
    splitter = splitter_of(CachedDocumentEmbedder(embedder, url))
    documents = [Document(content=TEXT, meta={"copy": number}) for number in range(3)]
    split = await splitter.run_async(documents)
    plain = splitter_of(CountingDocumentEmbedder()).run(documents)
    assert split == plain
    assert sorted(embedder.texts) == sorted(SENTENCES)
    await splitter.close_async()
    assert embedder.closed == 1
    assert splitter.run(documents) == plain, "it opens again"


async def test_a_splitter_from_yaml_or_copied_finds_what_is_there(url):
    pipeline = pipeline_of(splitter_of(CachedDocumentEmbedder(CountingDocumentEmbedder(), url)))
    given = {"part": {"documents": [Document(content=TEXT)]}}
    made = pipeline.run(given)
    loaded = from_yaml(pipeline)
    assert loaded.run(given) == made
    assert await from_yaml(pipeline).run_async(given) == made
    copied = copy.deepcopy(pipeline)
    assert copied.run(given) == made
    wrapped = [it.get_component("part").document_embedder.embedder for it in (loaded, copied)]
    assert [len(it.texts) for it in wrapped] == [0, len(SENTENCES)], "a copy has those of before"


# Retrievers that embed queries


@component
class SlowTextEmbedder(CountingTextEmbedder):
    """Takes a moment, in which other threads ask for the same."""

    @component.output_types(embedding=list[float])
    def run(self, text: str):
        time.sleep(0.05)
        self.calls.append([text])
        return {"embedding": vector_of(text)}


@pytest.mark.parametrize("run", ["threads", "tasks"])
def test_queries_at_once_are_embedded_once_each(run, url, written):
    def retriever_of(embedder):
        inner = InMemoryEmbeddingRetriever(written, top_k=2)
        return MultiQueryEmbeddingRetriever(retriever=inner, query_embedder=embedder, max_workers=4)

    def found(retriever):
        if run == "threads":
            return retriever.run(queries)
        return asyncio.run(retriever.run_async(queries))

    queries = ["sea", "bread", "sea", "sea"]
    embedder = SlowTextEmbedder()
    retriever = retriever_of(CachedTextEmbedder(embedder, url))
    plain = found(retriever_of(CountingTextEmbedder()))
    assert found(retriever) == plain
    assert sorted(embedder.texts) == ["bread", "sea"]
    assert found(retriever) == plain
    assert len(embedder.texts) == 2
    retriever.close()
    assert embedder.closed == 1


async def test_retrievers_from_yaml_find_what_is_there(url, written):
    cached = CachedTextEmbedder(CountingTextEmbedder(), url)
    inner = InMemoryEmbeddingRetriever(written, top_k=2)
    one = pipeline_of(TextEmbeddingRetriever(retriever=inner, text_embedder=cached))
    made = one.run({"part": {"query": "sea"}})["part"]
    assert len(made["documents"]) == 2

    loaded = from_yaml(one)
    assert loaded.run({"part": {"query": "sea"}})["part"] == made
    assert (await loaded.run_async({"part": {"query": "sea"}}))["part"] == made
    assert loaded.get_component("part").text_embedder.embedder.calls == []

    several = from_yaml(
        pipeline_of(MultiQueryEmbeddingRetriever(retriever=inner, query_embedder=cached))
    )
    assert several.run({"part": {"queries": ["sea"]}})["part"] == made
    assert several.get_component("part").query_embedder.embedder.calls == []


# Super components


@super_component
class Ingestion:
    """Embeds documents and writes them."""

    def __init__(self, embedder, store):
        self.embedder, self.store = embedder, store
        self.pipeline = pipeline_of(embedder)
        self.pipeline.add_component("writer", DocumentWriter(store))
        self.pipeline.connect("part.documents", "writer.documents")
        self.input_mapping = {"documents": ["part.documents"]}
        self.output_mapping = {"writer.documents_written": "written", "part.meta": "meta"}


async def test_a_super_component_has_the_cache_inside(url):
    embedder = CountingDocumentEmbedder()

    def ingestion():
        return Ingestion(CachedDocumentEmbedder(embedder, url), InMemoryDocumentStore())

    documents = [Document(content="tides")]
    first = ingestion()
    done = first.run(documents=documents)
    assert done["written"] == 1
    assert done["meta"]["cache"] == {"hits": 0, "misses": 1, "deduplicated": 0}
    first.close()
    again = await ingestion().run_async(documents=documents)
    assert again["meta"]["cache"] == {"hits": 1, "misses": 0, "deduplicated": 0}
    assert embedder.texts == ["tides"]


async def test_a_super_component_from_yaml_or_copied_finds_what_is_there(url):
    inner = pipeline_of(CachedDocumentEmbedder(CountingDocumentEmbedder(), url))
    pipeline = pipeline_of(SuperComponent(inner))
    given = {"part": {"documents": [Document(content="tides")]}}
    made = pipeline.run(given)["part"]["documents"]
    for each in (from_yaml(pipeline), copy.deepcopy(pipeline)):
        again = each.run(given)["part"]
        assert again["documents"] == made
        assert again["meta"]["cache"]["hits"] == 1
        assert (await each.run_async(given))["part"]["meta"]["cache"]["hits"] == 1


# Embedders that contain components


@component
class RelayingTextEmbedder:
    """Hands texts on to one of several embedders."""

    def __init__(self, others):
        self.others = others

    @component.output_types(embedding=list[float])
    def run(self, text: str):
        return self.others["first"].run(text)


CONTAINING = [
    lambda: SuperComponent(pipeline_of(CountingTextEmbedder())),
    lambda: CachedTextEmbedder(CountingTextEmbedder(), "memory://"),
    lambda: RelayingTextEmbedder({"first": CountingTextEmbedder()}),
]


@pytest.mark.parametrize("made", CONTAINING)
def test_an_embedder_with_others_inside_is_refused(made, monkeypatch):
    """Of a model inside it nobody looks at the weights, which may change."""
    monkeypatch.setattr(house_code, "is_released", lambda _: True)
    with pytest.raises(UsageError, match="contains other components"):
        CachedTextEmbedder(made(), "memory://")


@pytest.mark.parametrize("made", CONTAINING)
async def test_a_revision_vouches_for_what_is_inside(made):
    cached = CachedTextEmbedder(made(), "memory://", revision="1")
    first = cached.run("tides")
    assert first["embedding"] == vector_of("tides")
    again = await cached.run_async("tides")
    assert again["embedding"] == first["embedding"]
    assert again["meta"]["cache"]["hits"] == 1


def content_of(document):
    return document.content


def test_what_is_inside_and_its_parameters_are_in_the_key(url):
    def hits(model, documents):
        wrapped = SuperComponent(pipeline_of(CountingDocumentEmbedder(model)))
        cached = CachedDocumentEmbedder(wrapped, url, revision="1", key=content_of)
        return cached.run(documents)["meta"]["cache"]["hits"]

    documents = [Document(content="tides")]
    assert [hits(model, documents) for model in ("one", "one", "other")] == [0, 1, 0]


def test_a_super_component_of_the_other_kind_is_told():
    queries = SuperComponent(pipeline_of(CountingTextEmbedder()))
    with pytest.raises(TypeError, match="SuperComponent does not; perhaps CachedTextEmbedder"):
        CachedDocumentEmbedder(queries, "memory://")


def test_what_a_super_component_takes_besides_is_refused():
    @component
    class Instructed(CountingTextEmbedder):
        @component.output_types(embedding=list[float])
        def run(self, text: str, instruction: str):
            return {"embedding": vector_of(instruction + text)}

    with pytest.raises(UsageError, match="instruction at every run"):
        CachedTextEmbedder(SuperComponent(pipeline_of(Instructed())), revision="1")
