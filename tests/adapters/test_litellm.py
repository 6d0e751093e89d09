"""LiteLLM's `embedding` and `aembedding` with a cache, over real HTTP."""

import asyncio
import base64
import os

import numpy as np
import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network for prices
litellm = pytest.importorskip("litellm")

from litellm.integrations.custom_logger import CustomLogger  # noqa: E402

import embeddings_endpoint  # noqa: E402
from embeddings_endpoint import DIM, vector_of  # noqa: E402
from renai.errors import UsageError, VectorError  # noqa: E402
from renai.litellm import cached  # noqa: E402

MODEL = "openai/m"

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")


@pytest.fixture(autouse=True)
def _where(endpoint, monkeypatch):
    """Requests go to the tests' own endpoint because the environment says so."""
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setattr(litellm, "suppress_debug_info", True)


@pytest.fixture
def other():
    """Another endpoint."""
    with embeddings_endpoint.serve() as it:
        yield it


def numbers(response):
    return [each["embedding"] for each in response.data]


def hits(url, **asked):
    with cached(url) as it:
        return it.embedding(**{"model": MODEL, "input": "a", **asked}).cache["hits"]


def test_an_input_is_asked_for_once(endpoint, url):
    """The same texts again, some new ones among them, equal ones beside each other."""
    with cached(url) as it:
        first = it.embedding(model=MODEL, input=["a", "b"])
        again = it.embedding(MODEL, ["c", "a", "c", "b"])
    assert first.cache == {"hits": 0, "misses": 2, "deduplicated": 0}
    assert numbers(again) == [vector_of(one) for one in "cacb"]
    assert [each["index"] for each in again.data] == [0, 1, 2, 3]
    assert again.cache == {"hits": 2, "misses": 1, "deduplicated": 1}
    assert again.usage.prompt_tokens == again.usage.total_tokens == 1
    assert endpoint.asked == ["a", "b", "c"]
    bare = litellm.embedding(model=MODEL, input=["a", "b"])
    assert type(again) is type(bare)
    assert first.data == bare.data
    assert again._hidden_params.keys() == bare._hidden_params.keys()


def test_a_hit_asks_nothing_and_costs_nothing(endpoint, url):
    with cached(url) as it:
        it.embedding(model=MODEL, input="a")
        hit = it.embedding(model=MODEL, input="a")
    assert (hit.usage.prompt_tokens, hit.object) == (0, "list")
    assert litellm.completion_cost(hit, model="text-embedding-3-small") == 0
    assert len(endpoint.requests) == 1


def test_tokens_and_texts_share_nothing(endpoint, url):
    given = ["1 2", "[1, 2]", [1, 2], [[1, 2]], [[1], [2]], [[12]], ["12"]]
    with cached(url) as it:
        answers = [it.embedding(model=MODEL, input=one) for one in given]
    assert numbers(answers[2]) == numbers(answers[3]) == [vector_of([1, 2])]
    assert numbers(answers[4]) == [vector_of([1]), vector_of([2])]
    assert endpoint.asked == ["1 2", "[1, 2]", [1, 2], [1], [2], [12], "12"]


def test_the_form_of_an_answer_is_the_one_that_was_asked_for(endpoint, url):
    with cached(url) as it:
        for text in ("a", "a", "b"):
            coded = it.embedding(model=MODEL, input=text, encoding_format="base64")
            read = np.frombuffer(base64.b64decode(coded.data[0]["embedding"]), "<f4")
            assert read.tolist() == vector_of(text)
            assert numbers(it.embedding(model=MODEL, input=text)) == [vector_of(text)]
    assert endpoint.asked == ["a", "b"]


def test_an_answer_that_lacks_an_embedding_is_refused(endpoint, url):
    endpoint.forgets = True
    with pytest.raises(VectorError, match="was asked for 2 embeddings, and answered with 1"):
        cached(url).embedding(model=MODEL, input=["a", "b"])


OTHERWISE = {
    "model": {"model": "openai/n"},
    "dimensions": {"dimensions": 2, "allowed_openai_params": ["dimensions"]},
    "body": {"extra_body": {"input_type": "query"}},
    "parameter of the provider": {"truncate_prompt_tokens": 5},
    "headers": {"headers": {"x-provider": "b"}},
    "extra headers": {"extra_headers": {"x-provider": "b"}},
    "version": {"api_version": "2026-01-01"},
}
ALIKE = {
    "user": {"user": "u"},
    "timeout": {"timeout": 9.0},
    "key": {"api_key": "sk-2"},
    "key in a header": {"extra_headers": {"Authorization": "Bearer sk-2"}},
    "metadata": {"metadata": {"trace": "t"}, "tags": ["t"]},
    "retries": {"num_retries": 2, "max_retries": 1},
    "nothing": {"dimensions": None, "extra_body": None},
}


@pytest.mark.parametrize("more", OTHERWISE.values(), ids=OTHERWISE)
def test_what_shapes_a_vector_is_in_the_key(url, more):
    assert hits(url) == 0
    assert hits(url, **more) == 0
    assert hits(url) == hits(url, **more) == 1


def test_a_dimension_is_the_endpoints(url):
    with cached(url) as it:
        for dim in (DIM, 2):
            made = it.embedding(model="openai/text-embedding-3-small", input="a", dimensions=dim)
            assert numbers(made) == [vector_of("a", dim)]


@pytest.mark.parametrize("more", ALIKE.values(), ids=ALIKE)
def test_what_shapes_nothing_is_not(url, more):
    assert hits(url) == 0
    assert hits(url, **more) == 1


def test_an_endpoint_may_be_spelled_in_two_ways(url, endpoint):
    assert hits(url, api_base=endpoint.url) == 0
    assert hits(url, api_base=endpoint.url + "/") == 1


def test_wherever_the_endpoint_is_stated_it_is_in_the_key(url, other, monkeypatch):
    def asks_the_other(**asked):
        before = len(other.requests)
        assert hits(url, **asked) == 0
        return len(other.requests) == before + 1

    hits(url)
    assert asks_the_other(api_base=other.url)
    with monkeypatch.context() as there:
        there.setattr(litellm, "api_base", other.url)
        assert asks_the_other()
    with monkeypatch.context() as there:
        there.setenv("OPENAI_BASE_URL", other.url)
        assert asks_the_other()
    named = litellm.types.utils.CredentialItem(
        credential_name="ours", credential_values={"api_base": other.url}, credential_info={}
    )
    with monkeypatch.context() as there:
        there.setattr(litellm, "credential_list", [named])
        assert asks_the_other(litellm_credential_name="ours")
    assert hits(url) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headers", {"x-provider": "b"}),
        ("api_version", "2026-01-01"),
        ("vertex_project", "ours"),
        ("use_litellm_proxy", True),
    ],
)
def test_variables_of_the_module_are_in_the_key(url, monkeypatch, name, value):
    keys = [cached(url)._call_of(MODEL, "a", {}).recipe.digest]
    monkeypatch.setattr(litellm, name, value)
    keys.append(cached(url)._call_of(MODEL, "a", {}).recipe.digest)
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_DEFAULT_REGION", "AWS_REGION_NAME", "AZURE_API_BASE", "AZURE_API_VERSION"),
        *("CO_API_URL", "HF_ENDPOINT", "OLLAMA_API_BASE", "OPENAI_CUSTOM_HEADERS"),
        *("USE_LITELLM_PROXY", "VERTEXAI_LOCATION", "VOYAGE_API_BASE", "WATSONX_URL"),
    ],
)
def test_variables_that_route_are_in_the_key(url, monkeypatch, name):
    keys = [cached(url)._call_of(MODEL, "a", {}).recipe.digest]
    monkeypatch.setenv(name, "x-route: b")
    keys.append(cached(url)._call_of(MODEL, "a", {}).recipe.digest)
    assert keys[0] != keys[1]


def test_no_secret_stands_in_a_recipe(url, monkeypatch):
    monkeypatch.setenv("VOYAGE_API_BASE", "https://me:sesame@gateway/v1")
    asked = {"client_secret": "sesame", "vertex_credentials": '{"private_key": "sesame"}'}
    asked |= {"api_key": "sesame", "headers": {"x-route": "sesame"}}
    assert "sesame" not in repr(cached(url)._call_of(MODEL, "a", asked).recipe)


class Noting(litellm.Cache):
    """A cache of LiteLLM's that notes whether it is used."""

    used = 0

    def get_cache(self, *arguments, **named):
        self.used += 1

    def add_cache(self, *arguments, **named):
        self.used += 1


def test_litellms_own_cache_stays_and_is_passed_by(endpoint, url, monkeypatch):
    own = Noting()
    monkeypatch.setattr(litellm, "cache", own)
    with cached(url) as it:
        assert it.embedding(model=MODEL, input=["a"]).cache["misses"] == 1
        assert (litellm.cache, own.used) == (own, 0)
        for _ in range(2):
            assert not hasattr(it.embedding(model=MODEL, input=["a"], caching=True), "cache")
    assert own.used
    assert endpoint.asked == ["a", "a", "a"], "with caching=True it is LiteLLM's alone"


@pytest.mark.parametrize("given", ["", [], ["a", ""], [["a"]], 7, {"a": 1}])
def test_bad_input_is_refused_as_without_a_cache(url, given):
    def failure(of):
        with pytest.raises(Exception) as caught:
            of.embedding(model=MODEL, input=given)
        return type(caught.value)

    assert failure(cached(url)) is failure(litellm)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("a", {"extra_body": {"input": "b"}}),
        ("a", {"extra_body": {"late_chunking": True}}),
        ("a", {"model": "openai/voyage-context-3"}),
        ("a", {"encoding_format": "base64", "extra_body": {"output_dtype": "int8"}}),
        ("gs://bucket/picture.png", {}),
        (["data:image/png;base64,AAAA"], {}),
    ],
)
def test_what_no_cache_can_serve_goes_through(endpoint, url, given, asked):
    for _ in range(2):
        made = cached(url).embedding(**{"model": MODEL, "input": given, **asked})
        assert not hasattr(made, "cache")
    assert len(endpoint.requests) == 2


def test_a_failed_call_costs_the_other_texts_nothing(url):
    with cached(url) as it:
        it.embedding(model=MODEL, input=["a", "b"])
        with pytest.raises(litellm.BadRequestError, match="the input is not valid"):
            it.embedding(model=MODEL, input=["a", "bad"])
        assert it.embedding(model=MODEL, input=["a", "b"]).cache["hits"] == 2


async def test_tasks_ask_once(endpoint, url):
    with cached(url) as it:
        calls = (it.aembedding(model=MODEL, input=["a", "b"]) for _ in range(5))
        made = await asyncio.gather(*calls)
        assert all(numbers(each) == [vector_of("a"), vector_of("b")] for each in made)
    assert endpoint.asked == ["a", "b"]


class Changing(CustomLogger):
    """Changes what is sent."""

    async def async_pre_call_deployment_hook(self, kwargs, call_type):
        return {**kwargs, "model": "n"}


class Watching(CustomLogger):
    """Looks on."""


def test_what_nobody_can_tell_is_refused(url, monkeypatch):
    def refused(match, **asked):
        with pytest.raises(UsageError, match=match):
            cached(url).embedding(model=MODEL, input="a", **asked)
        assert cached(url, revision="1")._call_of(MODEL, "a", asked)

    refused("client", client=object())
    for name, value in {
        "callbacks": [Changing()],
        "client_session": object(),
        "secret_manager_client": object(),
        "custom_provider_map": [{"provider": "openai", "custom_handler": None}],
    }.items():
        with monkeypatch.context() as there:
            there.setattr(litellm, name, value)
            refused("Changing|client_session|secret_manager_client|openai")
    monkeypatch.setattr(litellm, "callbacks", [Watching()])
    assert hits(url) == 0


def test_a_revision_parts_the_weights_behind_a_name(url):
    for revision, misses in (("1", 1), ("2", 1), ("1", 0)):
        made = cached(url, revision=revision).embedding(model=MODEL, input="a")
        assert made.cache["misses"] == misses


def test_all_else_is_litellms(url, monkeypatch):
    monkeypatch.setattr(litellm, "drop_params", False)
    it = cached(url)
    assert it.completion is litellm.completion
    it.drop_params = True
    assert litellm.drop_params is True
    with pytest.raises(TypeError, match="no option colour"):
        cached(url, colour="red")
