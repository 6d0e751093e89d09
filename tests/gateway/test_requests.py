"""Which requests are looked into, what is in their keys, and which answers are believed."""

import base64
import json
import struct

import pytest

from renai.errors import UsageError, VectorError
from renai.gateway.chat import ChatCall, read_chat_request
from renai.gateway.embedding_request import read_answer, read_request, recipe_of
from renai.gateway.options import GatewayOptions
from renai.gateway.senders import Senders

URL = "http://127.0.0.1:1/v1/embeddings"
SENDER = Senders(shared=False).of([(b"authorization", b"Bearer sk-1")])


def request(**fields):
    return read_request(json.dumps({"model": "m", "input": "a", **fields}).encode())


def digest(target=URL, sender=SENDER, **fields):
    return recipe_of(request(**fields), sender, target).digest


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'"a"', b'{"model": "m"}', b'{"input": "a"}'),
        b'{"model": "m", "input": "\\ud800"}',
        b'{"model": "m", "input": NaN}',
        *(
            json.dumps({"model": "m", "input": bad}).encode()
            for bad in (None, [], 1, [1, "a"], ["a", [1]], [[]], [True], {"a": 1}, [1.0], [None])
        ),
        *(
            json.dumps({"model": model, "input": "a"}).encode()
            for model in ("", None, 1, ["m"], "m" * 1000)
        ),
        b'{"model": "m", "input": "a", "encoding_format": "int8"}',
        b'{"model": "m", "input": "a", "encoding_format": "base64", "output_dtype": "int8"}',
    ],
)
def test_the_upstream_judges_what_is_not_plain(body):
    assert read_request(body) is None


def test_what_makes_no_difference_is_in_no_key():
    assert (
        len({digest(), digest(user="u"), digest(encoding_format="base64"), digest(dimensions=None)})
        == 1
    )


def test_what_shapes_is_in_the_key():
    other = Senders(shared=False).of([(b"authorization", b"Bearer sk-1"), (b"x-route", b"1")])
    digests = [
        digest(),
        digest(model="M"),
        digest(dimensions=2),
        digest(dimensions=2.0),
        digest(input_type="query"),
        digest(input_type=["query"]),
        digest(input=[1, 2]),
        digest(target=URL.replace(":1/", ":2/")),
        digest(target=URL.replace("v1", "v2")),
        digest(sender=other),
    ]
    assert len(set(digests)) == len(digests)


def test_one_spelling_for_one_endpoint_and_for_its_defaults():
    own = "https://api.openai.com/v1/embeddings"
    small = {"model": "text-embedding-3-small"}
    assert digest(own, **small) == digest(own, dimensions=1536, **small)
    assert digest(**small) != digest(dimensions=1536, **small)
    assert digest("HTTP://127.0.0.1:80/v1/embeddings") == digest("http://127.0.0.1/v1/embeddings")


def test_base64_is_asked_for_only_where_its_numbers_are_known():
    assert request(dimensions=2).shape.numbers_are_known
    assert not request(of_their_own="int8").shape.numbers_are_known


@pytest.mark.parametrize("name", ["output_dtype", "embedding_types", "return_multivector", "dtype"])
def test_an_answer_in_another_form_is_left_to_the_upstream(name):
    body = {"model": "m", "input": "a"}
    assert read_request(json.dumps({**body, name: "int8"}).encode()) is None
    for usual in (None, False, "float", ["float"]):
        assert read_request(json.dumps({**body, name: usual}).encode())


def answer(*items, **more):
    return json.dumps({"data": list(items), **more}).encode()


def item(index, numbers):
    return {"index": index, "embedding": numbers}


def test_an_answer_is_put_in_order():
    encoded = base64.b64encode(struct.pack("<2f", 3, 4)).decode()
    its = read_answer(
        answer(item(1, encoded), item(0, [1, 2]), model="m-1", usage={"prompt_tokens": 2, "x": {}}),
        2,
    )
    assert [list(vector) for vector in its.vectors] == [[1, 2], [3, 4]]
    assert (its.model, its.usage) == ("m-1", {"prompt_tokens": 2})


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"[]", b"null", b"{}", b'{"data": 1}', b'{"data": [1, 2]}'),
        answer(item(0, [1])),
        answer(item(0, [1]), item(0, [2])),
        answer(item(0, [1]), item(2, [2])),
        answer(item(0, [1]), item(1, [2]), item(2, [3])),
        answer(item(0, [1]), item(1, [2]), item(1, [3])),
        answer(item([0], [1]), item([1], [2])),
    ],
)
def test_an_answer_that_is_not_one_vector_for_each_input_is_refused(body):
    with pytest.raises(VectorError):
        read_answer(body, 2)


HELLO = [{"role": "user", "content": "Hello"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def chat(**fields):
    body = {"model": "m", "messages": HELLO, "temperature": 0, **fields}
    return read_chat_request(json.dumps(body).encode())


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"temperature": 0.0},
        {"temperature": 1, "seed": 7},
        {"stream": False, "tools": []},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}, PICTURE]}]},
    ],
)
def test_a_completion_that_would_be_the_same_is_cached(fields):
    assert chat(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": None},
        {"temperature": 0.1},
        {"temperature": False},
        {"temperature": 1, "seed": None},
        {"stream": True},
        {"tools": [{"type": "function"}]},
        {"functions": [{"name": "f"}]},
        {"web_search_options": {"a": 1}},
        {"messages": "Hello"},
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
                    ],
                }
            ]
        },
        {"model": None},
    ],
)
def test_a_completion_that_may_differ_is_passed_on(fields):
    assert chat(**fields) is None


def test_only_an_equal_request_of_an_equal_caller_has_the_key_of_a_completion():
    def name(asked, sender=SENDER, target=URL):
        return ChatCall(sender, target, [], asked.model, asked).key.name

    other = Senders(shared=False).of([(b"authorization", b"Bearer sk-2")])
    names = [
        name(chat()),
        name(chat(seed=1)),
        name(chat(temperature=0.0)),
        name(chat(messages=[{"role": "user", "content": "Hello "}])),
        name(chat(), other),
        name(chat(), target=URL + "x"),
    ]
    assert len(set(names)) == len(names)
    assert name(chat(user="u")) == name(chat())


@pytest.mark.parametrize(
    "options",
    [
        {"upstream": "api.openai.com"},
        {"upstream": "ftp://host/v1"},
        {"upstream": "https://"},
        {"upstream": "https://host:99999/v1"},
        {"upstream": "https://user:secret@host/v1"},
        {"upstream": "https://host/v1?key=1"},
        {"upstream": "https://host/v1", "max_body": 0},
        {"upstream": "https://host/v1", "accepted_for": -1},
        {"upstream": "https://host/v1", "timeout": 0},
    ],
)
def test_choices_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError) as refused:
        GatewayOptions(**options)
    assert "secret" not in str(refused.value)
