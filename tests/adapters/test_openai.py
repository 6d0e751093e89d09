"""OpenAI's own client with a cache, over real HTTP."""

import asyncio
import base64
import copy
import os
import pickle
import subprocess
import sys
from enum import Enum
from pathlib import Path

import numpy as np
import openai
import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.create_embedding_response import Usage

import renai
from embeddings_endpoint import DIM, vector_of
from renai.errors import UsageError
from renai.openai import cached


@pytest.fixture
def client(endpoint):
    with openai.OpenAI(base_url=endpoint.url, api_key="sk-1", max_retries=0) as it:
        yield it


def numbers(response):
    return [each.embedding for each in response.data]


def test_an_input_is_asked_for_once(client, endpoint, url):
    """The same texts again, some new ones among them, equal ones beside each other."""
    first = cached(client, url).embeddings.create(input=["a", "b"], model="m")
    assert first.cache == {"hits": 0, "misses": 2, "deduplicated": 0}
    again = cached(client, url).embeddings.create(input=["c", "a", "c", "b"], model="m")
    assert numbers(again) == [vector_of(one) for one in "cacb"]
    assert [each.index for each in again.data] == [0, 1, 2, 3]
    assert again.cache == {"hits": 2, "misses": 1, "deduplicated": 1}
    assert again.usage.prompt_tokens == again.usage.total_tokens == 1
    assert endpoint.asked == ["a", "b", "c"]
    assert isinstance(again, type(client.embeddings.create(input="a", model="m")))


def test_embeddings_are_what_the_sdk_makes_of_an_answer(client, endpoint, url):
    """Equal, with the same fields set, and one apart from the other."""
    own = client.embeddings.create(input=["a", "b"], model="m").data
    made = cached(client, url).embeddings.create(input=["a", "b"], model="m").data
    assert made == own
    assert [each.model_fields_set for each in made] == [each.model_fields_set for each in own]
    assert [each.model_dump_json() for each in made] == [each.to_json(indent=None) for each in own]
    made[0].note = "mine"
    assert made[0].model_extra == {"note": "mine"}
    assert copy.deepcopy(made[1]) == pickle.loads(pickle.dumps(made[1])) == own[1]
    assert own[1].model_extra == made[1].model_extra == {}


def test_an_answer_is_what_the_sdk_constructs(client, endpoint, url):
    made = cached(client, url).embeddings.create(input=["a", "b"], model="m")
    own = CreateEmbeddingResponse.construct(
        data=made.data,
        model=made.model,
        object="list",
        usage=Usage.construct(prompt_tokens=2, total_tokens=2),
        cache={"hits": 0, "misses": 2, "deduplicated": 0},
    )
    for each, other in ((made, own), (made.usage, own.usage)):
        assert each == other
        assert each.model_fields_set == other.model_fields_set
        assert each.model_extra == other.model_extra
        assert list(each.__dict__) == list(other.__dict__)
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == own
    assert made.to_json() == own.to_json()


@pytest.mark.long
def test_answers_are_what_the_sdk_constructs_by_pydantic_1_as_well(tmp_path):
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*install, tmp_path, "pydantic<2"], check=True)
    code = """
import numpy as np, pydantic
from openai.types import CreateEmbeddingResponse, Embedding
from renai.openai import _embeddings_of, _made
assert pydantic.VERSION.startswith("1.")
(made,) = _embeddings_of(np.ones((1, 3), np.float32), as_text=False)
own = Embedding.construct(embedding=[1.0, 1.0, 1.0], index=0, object="embedding")
assert made == own and repr(made) == repr(own) and made.json() == own.json()
assert made.__fields_set__ == own.__fields_set__
answer = _made(CreateEmbeddingResponse, {"data": [], "model": "m"}, {"cache": {"hits": 1}})
assert answer.cache == {"hits": 1} and answer.dict()["model"] == "m"
"""
    source = Path(renai.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(source)))}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_a_hit_asks_nothing_and_costs_nothing(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    embeddings.create(input="a", model="m")
    hit = embeddings.create(input="a", model="m")
    assert (hit.usage.prompt_tokens, hit.model, hit.object) == (0, "m", "list")
    assert len(endpoint.requests) == 1


def test_tokens_and_texts_share_nothing(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    given = ["1 2", "[1, 2]", [1, 2], [[1, 2]], [[1], [2]], [[12]], ["12"]]
    answers = [embeddings.create(input=one, model="m") for one in given]
    assert numbers(answers[2]) == numbers(answers[3]) == [vector_of([1, 2])]
    assert numbers(answers[4]) == [vector_of([1]), vector_of([2])]
    assert endpoint.asked == ["1 2", "[1, 2]", [1, 2], [1], [2], [12], "12"]


def test_the_form_of_an_answer_is_the_one_that_was_asked_for(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    for text in ("a", "a", "b"):
        coded = embeddings.create(input=text, model="m", encoding_format="base64")
        read = np.frombuffer(base64.b64decode(coded.data[0].embedding), "<f4")
        assert read.tolist() == vector_of(text)
        plain = embeddings.create(input=text, model="m", encoding_format="float")
        assert numbers(plain) == [vector_of(text)]
    assert endpoint.asked == ["a", "b"]


OTHERWISE = {
    "model": {"model": "n"},
    "dimensions": {"dimensions": 2},
    "body": {"extra_body": {"input_type": "query"}},
    "header": {"extra_headers": {"x-provider": "b"}},
    "query": {"extra_query": {"deployment": "b"}},
}
ALIKE = {
    "user": {"user": "u"},
    "timeout": {"timeout": 9.0},
    "key": {"extra_headers": {"Authorization": "Bearer sk-2"}},
    "nothing": {"dimensions": openai.NOT_GIVEN, "extra_body": None},
}


@pytest.mark.parametrize("more", OTHERWISE.values(), ids=OTHERWISE)
def test_what_shapes_a_vector_is_in_the_key(client, endpoint, url, more):
    embeddings = cached(client, url).embeddings
    embeddings.create(input="a", model="m")
    made = embeddings.create(**{"input": "a", "model": "m", **more})
    assert made.cache["misses"] == 1
    assert numbers(made) == [vector_of("a", more.get("dimensions", DIM))]


@pytest.mark.parametrize("more", ALIKE.values(), ids=ALIKE)
def test_what_shapes_nothing_is_not(client, endpoint, url, more):
    embeddings = cached(client, url).embeddings
    embeddings.create(input="a", model="m")
    assert embeddings.create(**{"input": "a", "model": "m", **more}).cache["hits"] == 1


def test_clients_share_what_goes_to_the_same_place(client, endpoint, url):
    cached(client, url).embeddings.create(input="a", model="m")

    def hits(other):
        return cached(other, url).embeddings.create(input="a", model="m").cache["hits"]

    assert hits(client.copy(api_key="sk-2", organization="we", project="p", timeout=3))
    assert not hits(client.copy(default_headers={"x-portkey-provider": "b"}))
    assert not hits(client.copy(default_query={"deployment": "b"}))
    assert not hits(client.copy(base_url=endpoint.url + "/other"))


def test_what_is_changed_on_the_client_counts_from_the_next_call(client, endpoint, url):
    it = cached(client, url)
    it.embeddings.create(input="a", model="m")
    it.base_url = endpoint.url + "/other"
    assert it.embeddings.create(input="a", model="m").cache["misses"] == 1


def test_copies_have_what_was_changed_on_the_client(client, endpoint, url):
    it = cached(client, url)
    it.base_url = endpoint.url + "/other"
    assert str(it.with_options(timeout=3).base_url).rstrip("/") == endpoint.url + "/other"


def test_a_call_without_a_model_is_refused_as_without_a_cache(client, url):
    with pytest.raises(TypeError, match="model"):
        cached(client, url).embeddings.create(input="a")


def test_closing_the_client_closes_the_store(endpoint, url):
    with cached(openai.OpenAI(base_url=endpoint.url, api_key="sk-1"), url) as it:
        it.embeddings.create(input="a", model="m")
        caches = it.embeddings._caches
        assert caches._store is not None
    assert caches._store is None
    assert it.is_closed()


def test_a_revision_parts_the_weights_behind_a_name(client, url):
    cached(client, url, revision="1").embeddings.create(input="a", model="m")
    made = cached(client, url, revision="2").embeddings.create(input="a", model="m")
    assert made.cache["misses"] == 1


def test_the_copy_is_the_same_client_in_all_else(client, endpoint, url):
    it = cached(client, url)
    assert type(it) is type(client)
    assert it.embeddings is not client.embeddings
    it.embeddings.create(input="a", model="m")
    raw = it.embeddings.with_raw_response.create(input="a", model="m")
    assert raw.status_code == 200
    assert len(endpoint.requests) == 2, "what is raw has no cache"
    assert client.embeddings.create(input="a", model="m")
    assert len(endpoint.requests) == 3, "the client that was given stays as it is"
    assert it.with_options(timeout=3).embeddings.create(input="a", model="m").cache["hits"] == 1


@pytest.mark.parametrize("given", ["", [], ["a", ""], [["a"]], 7, {"a": 1}])
def test_bad_input_is_refused_as_without_a_cache(client, url, given):
    def failure(of):
        with pytest.raises(Exception) as caught:
            of.embeddings.create(input=given, model="m")
        return type(caught.value)

    assert failure(cached(client, url)) is failure(client)


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "voyage-context-3"},
        {"model": "jina-embeddings-v3", "extra_body": {"late_chunking": True}},
    ],
    ids=["model", "body"],
)
def test_vectors_that_depend_on_neighbours_go_through(client, endpoint, url, asked):
    for _ in range(2):
        made = cached(client, url).embeddings.create(input="a", **asked)
        assert not hasattr(made, "cache")
    assert len(endpoint.requests) == 2


def test_a_body_that_states_the_input_anew_goes_through(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    for _ in range(2):
        embeddings.create(input="a", model="m", extra_body={"input": "b"})
    assert endpoint.asked == ["b", "b"]


def test_numbers_of_other_types_go_through(client, endpoint, url):
    """Gateways know more forms, in which a vector is other numbers."""
    embeddings = cached(client, url).embeddings
    embeddings.create(input="a", model="m")
    embeddings.create(input="a", model="m", encoding_format="int8")
    embeddings.create(
        input="a", model="m", encoding_format="base64", extra_body={"output_dtype": "int8"}
    )
    assert endpoint.asked == ["a", "a", "a"]


@pytest.mark.parametrize("form", ["with_raw_response", "with_streaming_response"])
def test_raw_answers_of_the_client_are_those_of_the_sdk(client, endpoint, url, form):
    it = cached(client, url)
    it.embeddings.create(input="a", model="m")
    answer = getattr(it, form).embeddings.create(input="a", model="m")
    if form == "with_streaming_response":
        with answer as streamed:
            assert streamed.status_code == 200
    else:
        assert numbers(answer.parse()) == [vector_of("a")]
    assert endpoint.asked == ["a", "a"]


class Old(str, Enum):  # noqa: UP042 - of one such str() is not what is sent
    SMALL = "m"


class New(str, Enum):  # noqa: UP042
    SMALL = "n"


New.__name__ = "Old"


def test_a_model_from_an_enum_is_the_one_that_is_sent(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    for model in (Old.SMALL, New.SMALL, "m"):
        embeddings.create(input="a", model=model, extra_body={"kind": model})
    assert [request["model"] for request in endpoint.requests] == ["m", "n"]


def test_an_iterator_is_used_up_once(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    assert numbers(embeddings.create(input=iter("ab"), model="m")) == [*map(vector_of, "ab")]
    embeddings.create(input=iter(["a", [1]]), model="m")  # for the endpoint to judge
    assert endpoint.requests[-1]["input"] == ["a", [1]]


def test_other_parts_of_the_copy_are_its_own(client, url):
    before = client.chat
    it = cached(client, url)
    assert it.chat._client is it
    assert client.chat is before


def test_a_failed_call_costs_the_other_texts_nothing(client, endpoint, url):
    embeddings = cached(client, url).embeddings
    embeddings.create(input=["a", "b"], model="m")
    with pytest.raises(openai.BadRequestError, match="the input is not valid"):
        embeddings.create(input=["a", "bad"], model="m")
    assert embeddings.create(input=["a", "b"], model="m").cache["hits"] == 2


async def test_tasks_ask_once(endpoint, url):
    client = openai.AsyncOpenAI(base_url=endpoint.url, api_key="sk-1")
    async with cached(client, url) as it:
        calls = (it.embeddings.create(input=["a", "b"], model="m") for _ in range(5))
        made = await asyncio.gather(*calls)
        assert all(numbers(each) == [vector_of("a"), vector_of("b")] for each in made)
        raw = await it.embeddings.with_raw_response.create(input="a", model="m")
        assert raw.status_code == 200
    assert endpoint.asked == ["a", "b", "a"]


class Own(openai.OpenAI):
    """Code of the user's own."""


def test_code_of_ones_own_needs_a_revision(endpoint, url):
    options = {"base_url": endpoint.url, "api_key": "sk-1"}
    with pytest.raises(UsageError, match="revision"):
        cached(Own(**options), url)
    hooked = openai.OpenAI(**options)
    hooked._client.event_hooks = {"request": [lambda request: None]}
    with pytest.raises(UsageError, match="revision"):
        cached(hooked, url)
    assert cached(Own(**options), url, revision="1").embeddings.create(input="a", model="m")


def test_code_that_comes_later_needs_a_revision(client, url):
    it, vouched = cached(client, url), cached(client, url, revision="1")
    it.embeddings.create(input="a", model="m")
    client._client.event_hooks = {"request": [lambda request: None]}
    with pytest.raises(UsageError, match="revision"):
        it.embeddings.create(input="a", model="m")
    assert vouched.embeddings.create(input="a", model="m")


@pytest.mark.parametrize("way", ["embeddings.create", "post"])
def test_a_method_that_was_replaced_is_code_of_ones_own(client, endpoint, url, way):
    holder = client.embeddings if way.startswith("embeddings") else client
    name = way.rpartition(".")[2]
    own = getattr(holder, name)

    def shouting(*given, **request):
        if "input" in request:
            request["input"] = "A"
        return own(*given, **request)

    setattr(holder, name, shouting)
    with pytest.raises(UsageError, match="shouting, which is code of your own"):
        cached(client, url)
    answer = cached(client, url, revision="1").embeddings.create(input="a", model="m")
    assert endpoint.asked == ["A" if way == "embeddings.create" else "a"]
    assert answer.cache["misses"] == 1


def test_what_is_no_client_is_refused(client):
    with pytest.raises(TypeError, match="a client of OpenAI"):
        cached(openai)
    with pytest.raises(TypeError, match="no option colour"):
        cached(client, colour="red")
