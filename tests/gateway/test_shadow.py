"""Shadow mode: nothing is answered from the cache"""

import json
import re

import pytest

from gateway.service import TOKENS
from waiting import until

pytestmark = pytest.mark.ours

_INPUTS = "renai_gateway_shadow_inputs_total"


@pytest.fixture
def shadow(gateway_with):
    return gateway_with("--shadow")


def _told(caller):
    """Return what `/metrics` says of shadow mode."""
    text = caller._http.get(caller.url.removesuffix("/v1") + "/metrics").text
    found = re.findall(r"^(renai_gateway_shadow\w+(?:\{[^}]*\})?) ([\d.e+]+)$", text, re.M)
    return {name: float(value) for name, value in found if "created" not in name}


def _inputs(told):
    return sum(value for name, value in told.items() if name.startswith(_INPUTS))


@pytest.fixture
def embed(shadow, call_at):
    """Ask for embeddings, and wait until they are counted, which is done after the answer."""
    caller = call_at(shadow)

    def embed(given, **fields):
        before = _inputs(_told(caller))
        answered = caller.right(given, **fields)
        until(lambda: _inputs(_told(caller)) == before + len(given))
        return answered

    embed.caller = caller
    return embed


def test_all_goes_on(shadow, call_at, service):
    """Every request reaches the service, byte for byte, and its answer comes back"""
    caller = call_at(shadow)
    before = _inputs(_told(caller))
    content = json.dumps({"model": caller.model, "input": ["a", "b"], "user": "x"}, indent=1)
    answers = [caller.send(content.encode()) for _ in range(2)]
    assert [it.content for it in service.requests] == [content.encode()] * 2
    wanted = service.honest(service.requests[0])
    assert [it.content for it in answers] == [wanted.content] * 2
    assert "x-renai-hits" not in answers[1].headers or answers[1].headers["x-renai-hits"] == "0"
    until(lambda: _inputs(_told(caller)) == before + 4)


def test_what_it_would_have_saved(embed):
    """`/metrics` says what caching would have saved"""
    before = _told(embed.caller)
    embed(["a", "b"])
    embed(["a", "c", "b"])
    embed(["a", "b"], encoding_format="base64")
    after = _told(embed.caller)
    grown = {name: value - before.get(name, 0.0) for name, value in after.items()}
    assert grown['renai_gateway_shadow_inputs_total{outcome="hits"}'] == 4
    assert grown['renai_gateway_shadow_inputs_total{outcome="misses"}'] == 3
    assert grown["renai_gateway_shadow_saved_tokens_total"] == 4 * TOKENS


def test_no_texts_are_kept(shadow, embed):
    """No text is kept"""
    embed(["a text that nobody may keep"])
    for place in shadow.folder.rglob("*"):
        if place.is_file():
            assert b"nobody may keep" not in place.read_bytes()


def test_errors_are_the_services(shadow, call_at, service):
    """Errors are the service's own"""
    caller = call_at(shadow)
    service.refused.add(caller.key)
    caller_body = caller.embed("a")
    assert caller_body.status == 401
    assert caller_body.body["error"]["code"] == "invalid_api_key"
