"""What gives other keys, and what does not: read off real embedders, none of which is loaded."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from haystack import Document, component
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import ComponentDevice, Secret

from embedders import CountingDocumentEmbedder, CountingTextEmbedder
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.renai.framework import Haystack
from renai.embedders.routes import canonical_url, is_credential
from renai.embedders.wrapped import WrappedEmbedder
from renai.errors import UsageError

pytest.importorskip("sentence_transformers")

from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
)

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
    wrapped = WrappedEmbedder(local(), Haystack(), None)
    assert wrapped.recipe("document", "text") != wrapped.recipe("query", "text")


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
        CachedDocumentEmbedder(Chunking(), "memory://", key=by_content, revision="1")


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


# What is spelled otherwise and means the same


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (local, {"embedding_separator": " "}),
        (local, {"model_kwargs": {}}),
        (remote, {"api_base_url": "https://api.openai.com/v1"}),
        (remote, {"api_base_url": "https://API.OpenAI.com:443/v1/"}),
        (remote, {"dimensions": 1536}),
        (remote, {"organization": "we"}),
        (remote, {"embedding_separator": " "}),
    ],
    ids=named,
)
def test_spellings_of_the_default_give_its_key(make, changes):
    assert key_of(make(**changes)) == key_of(make())


def test_a_separator_counts_where_it_stands_between_fields():
    fields = {"meta_fields_to_embed": ["title"]}
    assert key_of(local(**fields, embedding_separator=" ")) != key_of(local(**fields))


def test_a_dimension_counts_where_another_server_gives_the_vectors():
    gateway = {"api_base_url": "http://gateway/v1"}
    assert key_of(remote(**gateway, dimensions=1536)) != key_of(remote(**gateway))


@pytest.mark.parametrize(
    "other",
    ["http://gateway:8000/v1/", "HTTP://Gateway:8000/v1", "http://user:password@gateway:8000/v1"],
)
def test_a_url_has_one_spelling(other):
    usual = remote(api_base_url="http://gateway:8000/v1")
    assert key_of(remote(api_base_url=other)) == key_of(usual)
    assert key_of(remote(api_base_url="http://gateway:8000/v2")) != key_of(usual)


def test_text_that_looks_like_a_url_is_text():
    assert key_of(local(prefix="http://a/")) != key_of(local(prefix="http://a"))


@pytest.mark.parametrize("async_", [False, True])
async def test_vectors_under_a_former_spelling_are_found(async_, url, monkeypatch):
    """Their key had the slash in it; what is found has today's key from then on."""
    spelled = {"api_base_url": "http://gateway:8000/v1/", "organization": "we"}
    documents = [Document(content="tides", embedding=[0.5]), Document(content="bread")]
    with monkeypatch.context() as before:
        before.setattr(
            WrappedEmbedder,
            "basis_and_recipe",
            lambda it, role, reads: (it.identify(), it.former_recipe(role, reads)),
        )
        CachedDocumentEmbedder(remote(**spelled), url).adopt(documents)

    monkeypatch.setattr(WrappedEmbedder, "run", pytest.fail)
    monkeypatch.setattr(WrappedEmbedder, "run_async", pytest.fail)
    for same in (spelled, {"api_base_url": "http://gateway:8000/v1"}):
        cached = CachedDocumentEmbedder(remote(**same), url)
        given = documents[:1]
        answer = await cached.run_async(given) if async_ else cached.run(given)
        assert answer["meta"]["cache"] == {"hits": 1, "misses": 0, "deduplicated": 0}
        assert answer["documents"][0].embedding == [0.5]


def test_former_names_are_not_looked_up_where_more_counts_today(monkeypatch):
    headers = {"http_client_kwargs": {"headers": {"X-Provider": "b"}}}
    former = [
        WrappedEmbedder(remote(organization="we", **more), Haystack(), None).former_recipe(
            "document", "text"
        )
        for more in ({}, headers)
    ]
    assert former[0] is not None
    assert former[1] is None


# Where requests go


def test_a_header_by_which_a_gateway_routes_counts():
    def key(**headers):
        return key_of(remote(http_client_kwargs={"headers": headers}))

    assert key(**{"X-Provider": "a"}) != key(**{"X-Provider": "b"})
    assert key(**{"X-Provider": "a"}) == key(**{"x-provider": "a"})
    for secret in ("Authorization", "Cookie", "X-Api-Key", "X-Session-Token"):
        assert key(**{secret: "a"}) == key_of(remote()), secret


def test_the_values_of_headers_stand_nowhere_in_words():
    embedder = remote(http_client_kwargs={"headers": {"X-Tenant": "ours"}, "params": {"q": "ours"}})
    recipe = WrappedEmbedder(embedder, Haystack(), None).recipe("document", "text")
    assert "x-tenant" in repr(recipe)
    assert "ours" not in repr(recipe)


def test_headers_and_queries_count_however_they_are_spelled():
    """HTTPX takes them by name, as pairs, of which several may have one name, and as one text."""

    def key(name, value):
        return key_of(remote(http_client_kwargs={name: value}))

    usual = key_of(remote())
    assert key("headers", [("X-Provider", "a")]) == key("headers", {"x-provider": "a"}) != usual
    assert key("params", "route=a") == key("params", [("route", "a")]) != usual
    assert key("params", [("r", "a"), ("r", "c")]) != key("params", [("r", "b"), ("r", "c")])
    assert key("headers", [["Authorization", "a"]]) == usual


@pytest.mark.parametrize("options", [{"params": {"deployment": "b"}}, {"mounts": ["b"]}])
def test_options_of_a_client_count_unless_they_are_known_not_to(options):
    assert key_of(remote(http_client_kwargs=options)) != key_of(remote())


def test_headers_from_the_environment_count(monkeypatch):
    usual = key_of(remote())
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Provider: b")
    assert key_of(remote()) != usual
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer b")
    assert key_of(remote()) == usual


def test_a_client_that_is_there_already_says_where_it_goes(monkeypatch):
    """It was made when the environment was another."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway:8000/v1")
    embedder = remote()
    embedder.warm_up()
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert key_of(embedder) == key_of(remote(api_base_url="http://gateway:8000/v1"))


@pytest.mark.parametrize("place", ["_custom_headers", "_custom_query"])
def test_what_is_set_on_a_client_counts(place):
    given = {"http_client_kwargs": {"headers": {"X-Provider": "a"}, "params": {"q": "a"}}}
    usual, changed = remote(**given), remote(**given)
    for embedder in (usual, changed):
        embedder.warm_up()
    getattr(changed.client, place)["X-Provider"] = "b"
    assert key_of(usual) == key_of(remote(**given))
    assert key_of(changed) != key_of(usual)


def test_an_endpoint_that_changes_before_the_client_is_made_gives_other_keys(monkeypatch, url):
    embedder = remote(progress_bar=False)
    cached = CachedDocumentEmbedder(embedder, url)
    cached.warm_up()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway:8000/v1")

    def run(documents):
        embedder.warm_up()
        return {"documents": [replace(it, embedding=[0.5]) for it in documents]}

    embedder.run = run
    cached.run([Document(content="tides")])
    gateway = CachedDocumentEmbedder(remote(api_base_url="http://gateway:8000/v1"), url)
    assert gateway.run([Document(content="tides")])["meta"]["cache"]["hits"] == 1
    monkeypatch.delenv("OPENAI_BASE_URL")
    usual = remote()
    usual.run = lambda documents: {"documents": [replace(it, embedding=[1]) for it in documents]}
    cached = CachedDocumentEmbedder(usual, url)
    assert cached.run([Document(content="tides")])["meta"]["cache"]["misses"] == 1


def test_a_client_of_another_class_after_wrapping_is_refused(url):
    embedder = remote(progress_bar=False)
    embedder.client = SimpleNamespace(base_url="https://api.openai.com/v1/")
    cached = CachedDocumentEmbedder(embedder, url, revision="1")
    cached.warm_up()
    embedder.client = type("Other", (SimpleNamespace,), {})(base_url=embedder.client.base_url)
    with pytest.raises(UsageError, match=r"was changed after it was wrapped \(client\)"):
        cached.run([Document(content="tides")])


def test_a_model_that_the_server_names_counts(url):
    class Learning(CountingDocumentEmbedder):
        serves = "a"

        def __init__(self, model=None):
            super().__init__(model)

        def warm_up(self):
            super().warm_up()
            self.model = self.model or self.serves

    def misses(embedder):
        answer = CachedDocumentEmbedder(embedder, url).run([Document(content="tides")])
        return answer["meta"]["cache"]["misses"]

    assert misses(Learning()) == 1
    assert misses(Learning()) == 0
    assert misses(Learning("a")) == 0
    Learning.serves = "b"
    assert misses(Learning()) == 1
    Learning.serves = None
    with pytest.raises(UsageError, match="does not say which model"):
        misses(Learning())


# What is changed after wrapping


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: setattr(it, "_input_type", "query"), "_input_type"),
        (lambda it: setattr(it.client, "base_url", "http://b"), "client.base_url"),
        (lambda it: it.client._params.update(dimension=2), "client._params"),
        (lambda it: it.client.headers.update({"X-Route": "b"}), "client.headers"),
    ],
)
def test_a_change_is_noticed_whatever_the_attribute_is_called(change, said, url):
    embedder = CountingDocumentEmbedder()
    embedder._input_type = "passage"
    headers = {"X-Route": "a"}
    embedder.client = SimpleNamespace(
        base_url="http://a", _params={"dimension": 1}, headers=headers
    )
    cached = CachedDocumentEmbedder(embedder, url)
    cached.run([Document(content="tides")])
    change(embedder)
    with pytest.raises(UsageError, match=rf"\({said}\); wrap it again"):
        cached.run([Document(content="bread")])


def test_what_cannot_shape_a_vector_may_be_changed(url):
    embedder = remote()
    cached = CachedDocumentEmbedder(embedder, url)
    cached.warm_up()
    embedder.batch_size, embedder.http_client_kwargs = 3, {"timeout": 3}
    embedder.client = SimpleNamespace(
        base_url="https://api.openai.com/v1/", headers={"Cookie": "a"}
    )
    cached.warm_up()


# What depends on neighbours


@pytest.mark.parametrize("options", [{"late_chunking": True}, {"chunk_fn": "split"}])
def test_an_option_that_mixes_texts_is_found_inside_others(options):
    with pytest.raises(UsageError, match=r"late_chunking|neighbours"):
        CachedDocumentEmbedder(local(encode_kwargs=options), "memory://", key=by_content)


def test_an_embedder_of_chunks_in_their_context_is_refused_also_with_a_key():
    @component
    class ContextualizedDocumentEmbedder(CountingDocumentEmbedder):
        pass

    with pytest.raises(UsageError, match="in the context of its neighbours"):
        CachedDocumentEmbedder(
            ContextualizedDocumentEmbedder(), "memory://", key=by_content, revision="1"
        )


@pytest.mark.parametrize(
    ("name", "says_who_calls"),
    [
        *((name, True) for name in ("Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key")),
        *((name, True) for name in ("apikey", "api_key", "X-ApiKey", "secret", "session-token")),
        *((name, False) for name in ("x-portkey-provider", "x-monkey", "x-tokenizer", "keyboard")),
    ],
)
def test_credentials_are_told_by_whole_words(name, says_who_calls):
    assert is_credential(name) is says_who_calls


def test_a_gateway_whose_name_has_key_in_it_routes():
    url = "https://gateway.example/v1?portkey-route={}&api_key=a"
    assert canonical_url(url.format("a")) == "https://gateway.example/v1?portkey-route=a"
    assert canonical_url(url.format("a")) != canonical_url(url.format("b"))
    digests = {
        WrappedEmbedder(
            OpenAITextEmbedder(
                api_key=Secret.from_token("t"),
                http_client_kwargs={"headers": {"x-portkey-provider": provider}},
            ),
            Haystack(),
            None,
        )
        .recipe("document", "text")
        .digest
        for provider in ("@one", "@two")
    }
    assert len(digests) == 2
