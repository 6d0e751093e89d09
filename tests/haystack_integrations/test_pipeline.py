"""In pipelines: YAML with default settings, secrets, sockets, tools, tasks."""

import copy
import inspect

import pytest
from haystack import Document, Pipeline
from haystack.components.embedders import (
    MockDocumentEmbedder,
    MockTextEmbedder,
    OpenAIDocumentEmbedder,
)
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.core.errors import DeserializationError
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.tools import ComponentTool
from haystack.utils import Secret

from embedders import (
    AsyncDocumentEmbedder,
    CountingDocumentEmbedder,
    CountingTextEmbedder,
    SparseCountingTextEmbedder,
)
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.errors import ConfigurationError, StoreError, UsageError

COMPONENTS = [
    (CachedDocumentEmbedder, MockDocumentEmbedder, {"documents": [Document(content="tides")]}),
    (CachedTextEmbedder, MockTextEmbedder, {"text": "tides"}),
]


def pipeline_of(component):
    pipeline = Pipeline()
    pipeline.add_component("embedder", component)
    return pipeline


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_yaml_loads_with_default_settings(cached, wrapped, asked, url):
    pipeline = pipeline_of(cached(wrapped(dimension=8), url, ttl=60, dtype="float16"))
    made = pipeline.run({"embedder": asked})["embedder"]
    written = pipeline.dumps()
    loaded = Pipeline.loads(written)
    assert loaded.dumps() == written
    read = loaded.run({"embedder": asked})["embedder"]
    assert read["meta"]["cache"] == {"hits": 1, "misses": 0, "deduplicated": 0}
    del read["meta"], made["meta"]
    assert read == made


def test_every_parameter_survives(url):
    given = {
        "cache_url": ["memory://", url],
        "ttl": 60,
        "dtype": "int8",
        "max_bytes": 10**9,
        "batch_size": 7,
        "revision": "mine",
        "key": repr,
        "sparse": False,
        "mark_documents": True,
        "ledger": False,
        "namespace": "tenant",
        "canary": 0.5,
        "on_change": "raise",
        "strict": True,
    }
    cached = CachedDocumentEmbedder(MockDocumentEmbedder(), **given)
    parameters = set(inspect.signature(CachedDocumentEmbedder.__init__).parameters)
    assert parameters == {"self", "embedder", *given}
    restored = CachedDocumentEmbedder.from_dict(cached.to_dict())
    assert {name: getattr(restored, name) for name in given} == given
    assert restored.embedder.to_dict() == cached.embedder.to_dict()


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_namespaces_share_nothing_and_stand_in_yaml_only_where_one_is_given(
    cached, wrapped, asked, url
):
    def hits(component):
        return component.run(**asked)["meta"]["cache"]["hits"]

    plain, tenant = cached(wrapped(), url), cached(wrapped(), url, namespace="tenant")
    assert [hits(each) for each in (plain, tenant, plain, tenant)] == [0, 0, 1, 1]
    assert "namespace" not in plain.to_dict()["init_parameters"]
    assert tenant.to_dict()["init_parameters"]["namespace"] == "tenant"
    restored = Pipeline.loads(pipeline_of(tenant).dumps()).get_component("embedder")
    assert hits(restored) == hits(copy.deepcopy(tenant)) == 1


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_a_secret_is_written_by_name_only(cached, wrapped, asked, monkeypatch):
    monkeypatch.setenv("VECTORS", "memory://")
    pipeline = pipeline_of(cached(wrapped(), Secret.from_env_var("VECTORS")))
    written = pipeline.dumps()
    assert "VECTORS" in written
    assert "memory://" not in written
    assert Pipeline.loads(written).run({"embedder": asked})["embedder"]["meta"]["cache"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_tiers_may_be_secrets(cached, wrapped, asked, order, url, monkeypatch):
    monkeypatch.setenv("VECTORS", url)
    tiers = ["memory://", Secret.from_env_var("VECTORS")][::order]
    pipeline = pipeline_of(cached(wrapped(), tiers))
    pipeline.run({"embedder": asked})
    written = pipeline.dumps()
    assert url not in written
    loaded = Pipeline.loads(written)
    assert loaded.dumps() == written
    if order == 1:
        assert loaded.run({"embedder": asked})["embedder"]["meta"]["cache"]["hits"] == 1
    assert copy.deepcopy(loaded.get_component("embedder")).cache_url == tiers


def test_a_secret_may_stand_in_an_inner_list(monkeypatch):
    """Two servers of one kind as tiers are given as `[near, [far]]`."""
    monkeypatch.setenv("FAR", "redis://127.0.0.1:1/0")
    tiers = ["redis://127.0.0.1:1/1", [Secret.from_env_var("FAR")]]
    made = CachedTextEmbedder(MockTextEmbedder(), tiers)
    assert CachedTextEmbedder.from_dict(made.to_dict()).cache_url == tiers
    with pytest.raises(StoreError, match="redis"):
        made.warm_up()


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_a_tier_without_a_value_is_told(cached, wrapped, asked, monkeypatch):
    monkeypatch.delenv("VECTORS", raising=False)
    tiers = ["memory://", Secret.from_env_var("VECTORS", strict=False)]
    with pytest.raises(ConfigurationError, match="no value"):
        cached(wrapped(), tiers).warm_up()


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
def test_a_password_beside_a_secret_is_not_written(cached, wrapped, asked):
    tiers = ["redis://:hunter2@host/0", Secret.from_env_var("VECTORS")]
    with pytest.raises(UsageError, match="Secret") as refused:
        cached(wrapped(), tiers).to_dict()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("cached", "wrapped", "asked"), COMPONENTS)
@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunter2@localhost/0",
        ["memory://", "postgresql://me:hunter2@host/db"],
        ("memory://", "redis://:hunter2@localhost/0"),
        "postgresql://host/db?user=me&password=hunter2",
        "redis://:hunt/er2@localhost/0",
    ],
)
def test_a_password_is_not_written(cached, wrapped, asked, url):
    with pytest.raises(UsageError, match="Secret") as refused:
        pipeline_of(cached(wrapped(), url)).dumps()
    assert "hunter2" not in str(refused.value)


def test_an_embedder_with_a_token_runs_and_is_not_written():
    cached = CachedDocumentEmbedder(
        OpenAIDocumentEmbedder(api_key=Secret.from_token("sk-hunter2")), "memory://"
    )
    document = Document(content="tides", embedding=[0.5])
    cached.adopt([document])
    assert cached.run([document])["meta"]["cache"]["hits"] == 1
    with pytest.raises(ValueError, match="token"):
        cached.to_dict()


def test_an_embedder_outside_haystack_must_be_allowed():
    written = pipeline_of(CachedTextEmbedder(CountingTextEmbedder(), "memory://")).dumps()
    with pytest.raises(DeserializationError):
        Pipeline.loads(written)
    assert Pipeline.loads(written, allowed_modules=["embedders"])


@pytest.mark.parametrize("cached", [CachedDocumentEmbedder, CachedTextEmbedder])
def test_both_ways_to_run_have_one_signature(cached):
    assert inspect.signature(cached.run) == inspect.signature(cached.run_async)


def test_sockets_are_those_of_the_embedder():
    dense = CachedTextEmbedder(CountingTextEmbedder(), "memory://")
    sparse = CachedTextEmbedder(SparseCountingTextEmbedder(), "memory://")
    retriever = InMemoryEmbeddingRetriever(InMemoryDocumentStore())
    pipeline = pipeline_of(dense)
    pipeline.add_component("retriever", retriever)
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    assert hasattr(sparse.__haystack_output__, "sparse_embedding")
    assert not hasattr(sparse.__haystack_output__, "embedding")


async def test_a_pipeline_of_tasks():
    store = InMemoryDocumentStore()
    pipeline = pipeline_of(CachedDocumentEmbedder(AsyncDocumentEmbedder(), "memory://"))
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("embedder.documents", "writer.documents")
    await pipeline.run_async({"embedder": {"documents": [Document(content="tides")]}})
    (written,) = store.filter_documents()
    assert written.embedding
    await pipeline.close_async()


def test_vectors_of_a_document_store_are_taken_over():
    store = InMemoryDocumentStore()
    plain = MockDocumentEmbedder(dimension=8)
    store.write_documents(plain.run([Document(content="tides")])["documents"])

    cached = CachedDocumentEmbedder(plain, "memory://")
    assert cached.adopt(store.filter_documents()) == 1
    assert cached.run([Document(content="tides")])["meta"]["cache"]["hits"] == 1


def test_an_agent_can_have_it_as_a_tool():
    tool = ComponentTool(CachedTextEmbedder(MockTextEmbedder(dimension=8), "memory://"))
    assert tool.parameters["properties"]["text"]["type"] == "string"
    assert len(tool.invoke(text="tides")["embedding"]) == 8


@pytest.mark.parametrize("wrong", [["tides"], None, Document(content="tides")])
async def test_a_query_is_a_str(wrong):
    cached = CachedTextEmbedder(CountingTextEmbedder(), "memory://")
    with pytest.raises(TypeError, match="takes a str"):
        cached.run(wrong)
    with pytest.raises(TypeError, match="takes a str"):
        await cached.run_async(wrong)
    with pytest.raises(TypeError, match="CachedDocumentEmbedder"):
        CachedTextEmbedder(CountingDocumentEmbedder())


async def test_a_query_is_embedded_once(url):
    cached = CachedTextEmbedder(CountingTextEmbedder(), url)
    made = await cached.run_async("tides")
    assert cached.run("tides")["embedding"] == made["embedding"]
    assert cached.embedder.calls == [["tides"]]
    await cached.close_async()
    assert cached.embedder.closed == 1
