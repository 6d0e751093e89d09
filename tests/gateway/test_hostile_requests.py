"""Requests that are made to deceive a gateway"""

import pytest

from gateway.service import error, expected


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
