"""What is passed on, where to, and how much is read."""

import orjson
import pytest

from renai.gateway.chat import read_chat_request
from renai.gateway.embedding_request import read_request
from renai.gateway.messages import (
    fields_of,
    is_exact,
    passed_on,
    sent_upstream,
    upstream_target,
)
from renai.gateway.replies import GatewayError

UPSTREAM = "https://api.example.com/openai/v1"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"/v1/embeddings", "/embeddings"),
        (b"/v1", ""),
        (b"/v1/", "/"),
        (b"/embeddings", "/embeddings"),
        (b"/v10/embeddings", "/v10/embeddings"),
        (b"/v1/files/a%2Fb", "/files/a%2Fb"),
        (b"/v1//evil.example.com/x", "//evil.example.com/x"),
        (b"/v1/@evil.example.com", "/@evil.example.com"),
    ],
)
def test_a_path_is_put_behind_the_upstreams(path, target):
    assert upstream_target(UPSTREAM, path, b"") == UPSTREAM + target
    assert upstream_target(UPSTREAM, path, b"a=b%20c&d") == f"{UPSTREAM}{target}?a=b%20c&d"


@pytest.mark.parametrize(
    "path",
    [
        *(b"/v1/../admin", b"/v1/%2e%2E/admin", b"/v1/.%2e/admin", b"/v1/x/..", b"/v1/./x"),
        *(b"/v1/..%2fadmin", b"/v1/..\\admin", b"/../x"),
        *(b"/v1/x%2f..%2F..%2fadmin", b"/v1/x\\..", b"/v1/x%5c..", b"/v1/..;/x", b"/v1/.%2E%3Bx"),
    ],
)
def test_no_path_leads_out_of_it(path):
    with pytest.raises(GatewayError) as refused:
        upstream_target(UPSTREAM, path, b"")
    assert refused.value.status == 400


def test_what_concerns_one_connection_stays_there():
    came = [
        (b"Connection", b"keep-alive, X-Mine"),
        (b"X-Mine", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"TE", b"trailers"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Proxy-Authorization", b"Basic x"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Yours", b"1"),
    ]
    assert list(passed_on(came)) == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-yours", b"1"),
    ]
    assert list(passed_on(came, without=frozenset({b"set-cookie"}))) == [(b"x-yours", b"1")]


def test_what_is_sent_arrives_as_it_came():
    came = [(b"host", b"here"), (b"x-title", "café".encode()), (b"x-old", b"caf\xe9")]
    assert sent_upstream(came) == [("x-title", "café"), ("x-old", "café")]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b'"a"', b"null", b"{", b'{"a":NaN}', b'{"a":"\\ud800"}', b"\xff{}"),
        *(b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), b"[" * 100_000),
    ],
)
def test_what_is_no_object_is_left_to_the_upstream(body):
    assert fields_of(body) is None


def test_of_a_field_that_is_there_twice_the_last_counts():
    assert fields_of(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize("value", [0, -1, 2**64 - 1, 0.1, -0.0, 1e3, "a", None, True, [[1.5]], {}])
def test_exact(value):
    assert is_exact({"a": [value]})


@pytest.mark.parametrize("text", ["18446744073709551616", "1e300", "-9007199254740993.0"])
def test_numbers_that_share_a_float_are_not(text):
    assert not is_exact(orjson.loads(f'{{"a":[{{"b":{text}}}]}}'))


@pytest.mark.parametrize("depth", [150, 254, 900, 1023, 1100])
def test_a_request_that_is_nested_too_deep_is_left_to_the_upstream(depth):
    deep = b"[" * depth + b"]" * depth
    assert read_request(b'{"model":"m","input":"a","x":' + deep + b"}") is None
    assert (
        read_chat_request(b'{"model":"m","messages":[],"temperature":0,"x":' + deep + b"}") is None
    )


def test_a_completion_is_asked_for_as_it_is_in_the_key():
    asked = read_chat_request(b'{"model":"m","seed":1,"messages":[1],"messages":[]}')
    assert asked is not None
    assert asked.body == b'{"model":"m","seed":1,"messages":[]}'


@pytest.mark.parametrize(
    "fields",
    [
        *({"enable_search": True}, {"session_id": "s"}, {"previous_response_id": "r"}),
        *({"model": "gpt-4o-search-preview"}, {"model": "x/y:online"}, {"model": "Sonar-Pro"}),
    ],
)
def test_a_completion_that_depends_on_more_than_its_request_is_not_kept(fields):
    body = {"model": "m", "messages": [], "temperature": 0}
    assert read_chat_request(orjson.dumps(body)) is not None
    assert read_chat_request(orjson.dumps(body | fields)) is None
