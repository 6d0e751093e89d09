"""Requests that are made to deceive a gateway"""

import json
import re

import httpx
import pytest

from gateway.running import Gateway
from gateway.service import Answer, error, expected
from waiting import until


@pytest.mark.ours
def test_headers_that_are_taken_off_are_not_in_the_key(gateway_with, call_at, service):
    """A header that `Connection` takes off before the service does not shape the key"""
    caller = call_at(gateway_with("--shared"))
    caller.right("a text", {"X-Route": "one", "Connection": "x-route"})
    assert "x-route" not in dict(service.requests[-1].headers)
    caller.right("a text")
    assert len(service.embeddings) == 1  # it was the same request
    caller.right("a text", {"X-Route": "one"})
    assert dict(service.requests[-1].headers)["x-route"] == "one"


def test_a_key_that_is_taken_off_tells_nobody(caller, service):
    """Whoever has `Connection` take off the key is somebody without one"""
    caller.right("a text")
    service.refused.add(None)
    assert caller.embed("a text", {"Connection": "authorization"}).status == 401


@pytest.mark.parametrize("depth", [253, 300, 1000, 1100])
def test_deep_nesting(caller, service, depth):
    """A field that is nested hundreds deep gets the service's own answer"""
    service.says = lambda _: error(400, "nested too deep")
    body = b'{"model":"m","input":"a","x":' + b"[" * depth + b"]" * depth + b"}"
    assert caller.send(body).status_code == 400
    assert service.requests[-1].content == body


def test_integers_of_more_than_64_bits(caller, service):
    """Integers that differ where no float can show it are two requests"""
    for number in (2**64, 2**64 + 1):
        assert caller.embed("a text", x=number).vectors == [
            expected("a text", caller.model, x=number)
        ]


@pytest.mark.ours
def test_a_miss_is_billed_once_where_no_key_is_believed(gateway_with, call_at, service):
    """With `--accepted-for 0` a miss is one call, and each hit asks whether the key still holds"""
    caller = call_at(gateway_with("--accepted-for", "0"))
    caller.right("a text")
    assert len(service.embeddings) == 1
    caller.right("a text")
    assert len(service.embeddings) == 2


def test_a_key_that_was_refused_for_one_model(caller, service):
    """A key that the service refuses gets no hits of other models either"""
    caller.right("a text", model="another")
    caller.right("a text")
    service.refused.add(caller.key)
    assert caller.embed("a new text").status == 401
    assert caller.embed("a text", model="another").status == 401


@pytest.mark.parametrize(
    ("fields", "embedding"),
    [
        ({"output_dtype": "int8"}, [1, -2, 127]),
        ({"embedding_type": ["binary", "float"]}, {"binary": [1], "float": [0.5]}),
        ({"return_multivector": True}, [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_other_forms(caller, service, fields, embedding):
    """Integers, several vectors of a text and the like come back as they are"""
    row = {"object": "embedding", "index": 0, "embedding": embedding}
    body = {"object": "list", "model": "m", "data": [row], "usage": {"total_tokens": 1}}
    service.says = lambda _: Answer().with_body(body)
    for _ in range(2):
        assert caller.embed("a text", **fields).response.content == json.dumps(body).encode()


@pytest.mark.parametrize("status", [101, 600, 999])
@pytest.mark.parametrize("path", ["/embeddings", "/echo"])
def test_no_status(caller, service, path, status):
    """A status that ends no request is an error in OpenAI's form"""
    service.says = lambda _: Answer(status, b"{}")
    answered = caller.send(json.dumps({"model": "m", "input": "a"}).encode(), path=path)
    assert answered.status_code == 502
    assert answered.json()["error"]["type"] == "upstream_error"


@pytest.mark.ours
def test_gateways_one_behind_the_other(gateway, call_at, tmp_path):
    """Behind a gateway may be another one; each says its own hits"""
    front = Gateway(tmp_path, gateway.url)
    front.start()
    try:
        caller = call_at(front)
        assert caller.right("a text").counts == (0, 1)
        assert caller.right("a text").counts == (1, 0)
    finally:
        front.stop()


def test_very_many_inputs(caller, service):
    """A request with more inputs than any service takes gets the service's own answer"""
    service.says = lambda _: error(400, "too many")
    body = b'{"model":"m","input":[' + b",".join([b"[1]"] * 70_000) + b"]}"
    assert caller.send(body).status_code == 400
    assert service.requests[-1].content == body


@pytest.mark.ours
def test_an_answer_that_is_cut(gateway_with, call_at, service):
    """A stream that the service cuts is cut for the client, and said in a line of the log"""
    gateway = gateway_with("--timeout", "100")
    caller = call_at(gateway)
    service.says = lambda _: Answer(content=b"{}", states=10)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.send(b"{}", path="/echo")
    assert "an answer of the upstream was cut (ClientPayloadError)" in gateway.log
    assert "Traceback" not in gateway.log


@pytest.mark.ours
def test_an_answer_that_is_cut_is_not_counted(gateway_with, call_at, service):
    """In shadow mode an answer that is cut is none that a cache would have kept"""
    gateway = gateway_with("--shadow")
    caller = call_at(gateway)
    service.says = lambda _: Answer(content=b"{}", states=10)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.embed("a text")
    service.says = None
    counted = [_misses(gateway)]
    for text in ("a text", "another"):
        caller.right(text)
        counted.append(until(lambda: _misses(gateway) > counted[-1] and _misses(gateway)))
    assert counted[2] - counted[0] == 2  # what was cut was not known, and was counted nowhere


def _misses(gateway):
    text = httpx.get(f"{gateway.address}/metrics", trust_env=False).text
    found = re.search(r'shadow_inputs_total\{outcome="misses"\} ([\d.]+)', text)
    return float(found[1]) if found else 0.0
