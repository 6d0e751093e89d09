"""What endpoints of OpenAI's protocol answer that is not as it should be."""

import openai
import pytest

from embeddings_endpoint import vector_of
from renai.errors import VectorError
from renai.openai import cached


@pytest.fixture
def client(endpoint):
    with openai.OpenAI(base_url=endpoint.url, api_key="sk-1", max_retries=0) as it:
        yield it


@pytest.fixture
def change(endpoint, monkeypatch):
    """Makes the endpoint change its answers by a function."""
    right = endpoint.answer

    def change(how):
        def answer(request):
            status, body = right(request)
            made = how(body)
            return status, body if made is None else made

        monkeypatch.setattr(endpoint, "answer", answer)

    return change


def numbers(response):
    return [each.embedding for each in response.data]


def test_embeddings_are_put_where_their_index_says(client, endpoint, url):
    endpoint.backwards = True
    made = cached(client, url).embeddings.create(input=["a", "b", "c"], model="m")
    assert numbers(made) == [vector_of(one) for one in "abc"]


def test_an_answer_that_lacks_an_embedding_is_refused(client, endpoint, url):
    endpoint.forgets = True
    with pytest.raises(VectorError, match="was asked for 2 embeddings, and answered with 1"):
        cached(client, url).embeddings.create(input=["a", "b"], model="m")


def in_each(**fields):
    return lambda body: [row.update(fields) for row in body["data"]] and None


NO_ANSWERS = {
    "without indexes": in_each(index=None),
    "one index for all": in_each(index=0),
    "an index that is text": in_each(index="0"),
    "one without an index": lambda body: body["data"][0].pop("index") and None,
    "one too many": lambda body: body["data"].append(body["data"][0]),
    "no data": lambda body: {**body, "data": None},
    "an error that is no status": lambda _: {"error": {"message": "busy"}},
    "a list": lambda _: [1, 2],
    "a text": lambda _: "busy",
    "no base64": in_each(embedding="!!"),
    "half a number": in_each(embedding="AAAA"),
    "texts": in_each(embedding=["a", "b"]),
    "nothing": in_each(embedding=None),
    "empty vectors": in_each(embedding=[]),
    "not a number": in_each(embedding=[float("nan")] * 4),
}


@pytest.mark.parametrize("how", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_refused_and_not_kept(client, url, change, how):
    embeddings = cached(client, url).embeddings
    change(how)
    with pytest.raises(VectorError):
        embeddings.create(input=["a", "b"], model="m", encoding_format="float")
    change(lambda body: None)
    assert embeddings.create(input=["a", "b"], model="m").cache["misses"] == 2


def test_one_bad_vector_costs_the_others_nothing(client, url, change):
    embeddings = cached(client, url).embeddings
    change(lambda body: body["data"][0].update(embedding=None))
    with pytest.raises(VectorError, match="vector 0 of 3 is missing"):
        embeddings.create(input=["a", "b", "c"], model="m", encoding_format="float")
    change(lambda body: None)
    made = embeddings.create(input=["a", "b", "c"], model="m")
    assert (made.cache["hits"], made.cache["misses"]) == (2, 1)
    assert numbers(made) == [vector_of(one) for one in "abc"]


def test_a_dimension_that_changes_in_a_run_is_refused(client, url, change):
    embeddings = cached(client, url).embeddings
    embeddings.create(input="a", model="m", encoding_format="float")
    change(in_each(embedding=[1.0, 2.0]))
    with pytest.raises(VectorError, match="2 dimensions where 4 are due"):
        embeddings.create(input="b", model="m", encoding_format="float")


@pytest.mark.parametrize("tokens", [None, -1, "many", 10**30, True], ids=str)
def test_a_bill_that_cannot_be_costs_no_vector(client, url, change, tokens):
    change(lambda body: {**body, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
    embeddings = cached(client, url).embeddings
    made = embeddings.create(input="a", model="m")
    assert numbers(made) == [vector_of("a")]
    assert made.usage.prompt_tokens == made.usage.total_tokens == 0
    assert embeddings.create(input="a", model="m").cache["hits"] == 1


def test_a_refusal_that_passes_is_tried_again_by_the_sdk(endpoint, url, monkeypatch):
    answers = iter([(429, {"error": {"message": "slow down"}})])
    right = endpoint.answer
    monkeypatch.setattr(endpoint, "answer", lambda request: next(answers, None) or right(request))
    with openai.OpenAI(base_url=endpoint.url, api_key="sk-1", max_retries=1) as client:
        made = cached(client, url).embeddings.create(input=["a", "b"], model="m")
    assert numbers(made) == [vector_of("a"), vector_of("b")]
    assert len(endpoint.headers) == 2
