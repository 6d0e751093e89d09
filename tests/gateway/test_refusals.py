"""The service's own refusals"""

import json

import pytest

from gateway.calling import answer_on
from gateway.service import Answer, error


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad"),
        (403, "forbidden"),
        (404, "model_not_found"),
        (409, "conflict"),
        (422, "unprocessable"),
        (500, "server_error"),
        (503, "overloaded"),
        (529, "overloaded"),
    ],
)
def test_errors_are_passed_on(caller, service, status, code):
    """Errors come back as they are, after one call, and are not stored"""
    service.says = lambda request: error(status, "This is why.", code)
    answered = caller.embed("a", encoding_format="base64")
    assert answered.status == status
    assert "This is why." in answered.body["error"]["message"]
    assert answered.body["error"]["code"] == code
    assert len(service.embeddings) == 1
    service.says = None
    caller.right("a")


def test_a_refused_key(caller, service):
    """401 with the service's own words"""
    service.refused.add(caller.key)
    answered = caller.embed("a")
    assert answered.status == 401
    wanted = service.honest(service.embeddings[0]).body["error"]
    assert wanted["message"] in answered.body["error"]["message"]
    assert answered.body["error"]["code"] == wanted["code"]


def test_too_many_requests(caller, service):
    """429 with its words and its code, after one call"""
    service.says = lambda request: error(429, "Slow down.", "rate_limit_exceeded")
    answered = caller.embed(["a", "b"])
    assert answered.status == 429
    assert len(service.embeddings) == 1
    assert "Slow down." in answered.body["error"]["message"]
    assert answered.body["error"]["code"] == "rate_limit_exceeded"


def test_when_to_come_again(caller, service):
    """`Retry-After` and the limits of a 429 come back"""
    told = {"Retry_After": "17", "x_ratelimit_remaining_requests": "0", "retry_after_ms": "17000"}
    service.says = lambda request: error(429, "Slow down.", "rate_limit_exceeded", **told)
    answered = caller.embed(["a", "b"])
    assert answered.status == 429
    headers = answered.response.headers
    assert headers["retry-after"] == "17"
    assert headers["retry-after-ms"] == "17000"
    assert headers["x-ratelimit-remaining-requests"] == "0"


def test_an_error_in_a_mixed_request(caller, service):
    """An error for the misses is the answer to a mixed request; hits go on"""
    caller.right(["a", "b"])
    service.says = lambda request: error(429, "Slow down.", "rate_limit_exceeded")
    assert caller.embed(["a", "c", "b"]).status == 429
    caller.right(["b", "a"])


@pytest.mark.parametrize(
    "given", [[], "", [""], ["a", ""], [[]], None, 5, {"a": 1}, [None], [["a"]]]
)
def test_inputs_that_are_none(caller, service, given):
    """Inputs that are empty, or none at all, get the service's own error"""
    answered = caller.embed(given)
    assert answered.status == 400
    assert "is invalid" in answered.body["error"]["message"]


@pytest.mark.parametrize(
    "content",
    [b"{not json", b"", b"[]", b'"a"', b"\xff\xfe", b'{"model": "m", "input": "a"', b"nul"],
)
def test_bodies_that_are_none(caller, service, content):
    """Bodies that are no JSON objects get the service's own error"""
    answered = caller.send(content)
    wanted = service.honest(service.requests[0])
    assert (answered.status_code, answered.json()) == (wanted.status, wanted.body)


def test_no_model(caller):
    """A request without a model gets the service's own error"""
    answered = caller.send(b'{"input": "a"}')
    assert answered.status_code == 400
    assert "you must provide a model parameter" in answered.json()["error"]["message"]


def test_an_error_that_is_no_json(caller, service):
    """An error in HTML comes back as it is"""
    page = b"<html><h1>502 Bad Gateway</h1></html>"
    service.says = lambda request: Answer(502, page, (("Content-Type", "text/html"),))
    answered = caller.embed("a")
    assert answered.status == 502
    assert answered.response.content == page
    assert answered.response.headers["content-type"] == "text/html"


def test_too_large(gateway, caller, service):
    """A body above the limit is refused with 413, and does not reach the service"""
    with caller.connect() as connection:
        connection.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: g\r\nContent-Length: 999999999999\r\n\r\n{"
        )
        status, _, body = answer_on(connection)
    assert status == 413
    assert json.loads(body)["error"]["message"]
    assert service.requests == []


def test_too_large_in_chunks(gateway, caller, service):
    """A body in chunks that does not end is refused with 413 while it is read"""
    with caller.connect() as connection:
        connection.sendall(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(41):
            connection.sendall(b"2710\r\n" + b" " * 10_000 + b"\r\n")
        status, _, body = answer_on(connection)  # though it has not ended
    assert status == 413
    assert json.loads(body)["error"]["message"]
    assert service.requests == []


def test_in_chunks(caller, service):
    """A body in chunks is as good as another"""
    content = json.dumps({"model": caller.model, "input": "a"}).encode()
    for _ in range(2):
        answered = caller.send(iter([content[:5], content[5:]]))
        assert answered.status_code == 200
    assert len(service.embeddings) == 1
