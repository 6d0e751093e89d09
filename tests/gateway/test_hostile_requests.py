"""Requests that are made to deceive a gateway"""

import json

import pytest

from gateway.service import expected


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
