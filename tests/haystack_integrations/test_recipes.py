"""What gives other keys, and what does not: read off real embedders, none of which is loaded."""

from functools import partial

import pytest
from haystack import Document, component
from haystack.components.embedders import OpenAIDocumentEmbedder
from haystack.utils import ComponentDevice, Secret

from embedders import CountingDocumentEmbedder, CountingTextEmbedder
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.renai.wrapped import WrappedEmbedder
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
)
from renai.errors import UsageError

COMMIT, OTHER_COMMIT = "1" * 40, "2" * 40

local = partial(SentenceTransformersDocumentEmbedder, model="org/model", revision=COMMIT)
remote = partial(OpenAIDocumentEmbedder, api_key=Secret.from_token("sk-1"))


def named(value):
    return value.func.__name__ if isinstance(value, partial) else str(value)


def key_of(embedder, **options):
    """The key of one and the same document."""
    cached = CachedDocumentEmbedder(embedder, "memory://", mark_documents=True, **options)
    document = Document(content="tides", meta={"title": "Sea"}, embedding=[0.5])
    cached.adopt([document])
    (marked,) = cached.run([document])["documents"]
    assert marked.meta["embedding_cache"]["cached"]
    return marked.meta["embedding_cache"]["key"]


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (local, {"model": "org/other"}),
        (local, {"revision": OTHER_COMMIT}),
        (local, {"prefix": "passage: "}),
        (local, {"suffix": "."}),
        (local, {"normalize_embeddings": True}),
        (local, {"truncate_dim": 128}),
        (local, {"precision": "binary"}),
        (local, {"precision": "int8", "quantization_ranges": [[-1.0], [1.0]]}),
        (local, {"meta_fields_to_embed": ["title"]}),
        (local, {"embedding_separator": " "}),
        (local, {"encode_kwargs": {"prompt_name": "passage"}}),
        (local, {"encode_kwargs": {"prompt": "Represent this: "}}),
        (local, {"tokenizer_kwargs": {"model_max_length": 128}}),
        (local, {"model_kwargs": {"dtype": "float16"}}),
        (local, {"backend": "onnx"}),
        (remote, {"model": "text-embedding-3-large"}),
        (remote, {"dimensions": 256}),
        (remote, {"api_base_url": "http://localhost:8000/v1"}),
    ],
    ids=named,
)
def test_what_shapes_a_vector_changes_the_key(make, changes):
    assert key_of(make(**changes)) != key_of(make())


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (local, {"batch_size": 1}),
        (local, {"device": ComponentDevice.from_str("cuda:0")}),
        (local, {"progress_bar": False}),
        (local, {"token": Secret.from_token("hf_1")}),
        (local, {"local_files_only": True}),
        (remote, {"api_key": Secret.from_env_var("ANOTHER_KEY")}),
        (remote, {"timeout": 1.0}),
        (remote, {"max_retries": 9}),
        (remote, {"batch_size": 1}),
        (remote, {"progress_bar": False}),
        (remote, {"http_client_kwargs": {"proxy": "http://proxy:3128"}}),
        (remote, {"raise_on_failure": True}),
    ],
    ids=named,
)
def test_what_cannot_change_a_vector_leaves_the_key(make, changes):
    assert key_of(make(**changes)) == key_of(make())


def test_a_parameter_nobody_knows_counts():
    @component
    class Novel(CountingDocumentEmbedder):
        def __init__(self, meta_fields_to_embed=None, temper=1):
            CountingDocumentEmbedder.__init__(self, meta_fields_to_embed=meta_fields_to_embed)
            self.temper = temper

        def to_dict(self):
            given = {"meta_fields_to_embed": [], "temper": self.temper}
            return {"type": "Novel", "init_parameters": given}

    assert key_of(Novel(temper=1)) != key_of(Novel(temper=2))
    assert key_of(Novel(temper=1)) == key_of(Novel(temper=1))


def test_the_role_alone_changes_the_key():
    document, query = (WrappedEmbedder(local(), role, None) for role in ("document", "query"))
    assert document.recipe("text") != query.recipe("text")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda embedder: setattr(embedder, "prefix", "passage: "), "prefix"),
        (lambda embedder: embedder.meta_fields_to_embed.append("title"), "meta_fields_to_embed"),
    ],
)
def test_an_embedder_that_is_changed_later_must_be_wrapped_again(change, said, url):
    embedder = CountingDocumentEmbedder(meta_fields_to_embed=[])
    cached = CachedDocumentEmbedder(embedder, url)
    cached.run([Document(content="tides", meta={"title": "At sea"})])
    change(embedder)
    with pytest.raises(UsageError, match=rf"\({said}\); wrap it again"):
        cached.run([Document(content="tides", meta={"title": "At sea"})])
    again = CachedDocumentEmbedder(embedder, url)
    counts = again.run([Document(content="tides", meta={"title": "At sea"})])["meta"]["cache"]
    assert counts["misses"] == 1


@pytest.mark.parametrize("when", ["warm_up", "run"])
def test_what_an_embedder_itself_fills_in_is_no_change(when, url):
    class Lazy(CountingDocumentEmbedder):
        def warm_up(self):
            if when == "warm_up":
                self.model = "the endpoint's own"

        def run(self, documents):
            self.model = "the endpoint's own"
            return super().run(documents)

    cached = CachedDocumentEmbedder(Lazy(), url)
    for text in ("tides", "bread"):
        assert cached.run([Document(content=text)])["meta"]["cache"]["misses"] == 1
    assert cached.run([Document(content="tides")])["meta"]["cache"]["hits"] == 1


def test_queries_and_documents_share_no_vector(url):
    CachedDocumentEmbedder(CountingDocumentEmbedder(), url).run([Document(content="tides")])
    query = CachedTextEmbedder(CountingTextEmbedder(), url)
    assert query.run("tides")["meta"]["cache"]["misses"] == 1
    assert query.run("tides")["meta"]["cache"]["hits"] == 1


def test_the_cached_number_type_and_revision_change_the_key():
    keys = {
        key_of(local()),
        key_of(local(), dtype="float16"),
        key_of(local(), dtype="int8"),
        key_of(local(), revision="mine"),
        key_of(local(), key=by_content),
    }
    assert len(keys) == 5


def by_content(document):
    return document.content


def test_an_endpoint_from_the_environment_changes_the_key(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    usual = key_of(remote())
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    assert key_of(remote()) != usual
    assert key_of(remote(api_base_url="http://localhost:8000/v1")) == key_of(remote())


def test_an_endpoint_in_a_secret_counts_by_its_value(monkeypatch):
    @component
    class Hidden(CountingDocumentEmbedder):
        def __init__(self, endpoint):
            CountingDocumentEmbedder.__init__(self)
            self.endpoint = endpoint

        def to_dict(self):
            given = {"meta_fields_to_embed": [], "endpoint": self.endpoint.to_dict()}
            return {"type": "Hidden", "init_parameters": given}

    monkeypatch.setenv("ENDPOINT", "http://one")
    one = key_of(Hidden(Secret.from_env_var("ENDPOINT")))
    monkeypatch.setenv("ENDPOINT", "http://two")
    assert key_of(Hidden(Secret.from_env_var("ENDPOINT"))) != one


@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_precision_that_is_calibrated_on_each_batch_is_refused(precision):
    with pytest.raises(UsageError, match="quantization_ranges"):
        CachedDocumentEmbedder(local(precision=precision), "memory://")


def test_late_chunking_is_refused():
    @component
    class Chunking(CountingDocumentEmbedder):
        def to_dict(self):
            given = {"meta_fields_to_embed": [], "late_chunking": True}
            return {"type": "Chunking", "init_parameters": given}

    with pytest.raises(UsageError, match="late_chunking"):
        CachedDocumentEmbedder(Chunking(), "memory://")


def test_a_value_that_cannot_be_encoded_is_a_type_error():
    cached = CachedDocumentEmbedder(local(encode_kwargs={"seeds": {1, 2}}), "memory://")
    with pytest.raises(TypeError, match="cannot hold a value of type set"):
        cached.warm_up()


def test_reading_an_embedder_leaves_it_as_it_is():
    """Haystack turns a dtype into a str, in place, when it serialises."""
    import torch

    embedder = local(model_kwargs={"dtype": torch.float16})
    cached = CachedDocumentEmbedder(embedder, "memory://")
    cached.warm_up()
    cached.to_dict()
    assert embedder.model_kwargs == {"dtype": torch.float16}
