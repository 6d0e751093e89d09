"""Chat completions, where caching them is chosen"""

import json

import pytest

from gateway.service import error

pytestmark = pytest.mark.ours

_TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.fixture
def ask(gateway_with, call_at):
    caller = call_at(gateway_with("--shared", "--chat"))

    def ask(content="hello", key=None, **fields):
        body = {"model": caller.model, "messages": [{"role": "user", "content": content}], **fields}
        who = caller if key is None else caller.with_key(key)
        return who.send(json.dumps(body).encode(), path="/chat/completions")

    return ask


def _said(answered):
    """Return an answer without what it was billed."""
    return {name: it for name, it in answered.json().items() if name != "usage"}


def _counts(answered):
    headers = answered.headers
    return int(headers["x-renai-hits"]), int(headers["x-renai-misses"])


@pytest.mark.parametrize("fixed", [{"temperature": 0}, {"temperature": 0.0}, {"seed": 7}])
def test_the_exact_request(ask, service, fixed):
    """With temperature 0 or a seed the same request has the same answer, and is billed nothing"""
    first, second = ask(**fixed), ask(**fixed)
    assert _said(first) == _said(second)
    assert first.json()["usage"]["total_tokens"] == 10
    assert second.json()["usage"]["total_tokens"] == 0
    assert (_counts(first), _counts(second)) == ((0, 1), (1, 0))
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"temperature": 1},
        {"temperature": 0, "tools": [_TOOL]},
        {"temperature": 0, "functions": [_TOOL["function"]]},
        {"seed": None},
        {"temperature": None},
    ],
)
def test_never(ask, service, fields):
    """Without either, or where tools are offered, each request is asked"""
    assert ask(**fields).json() != ask(**fields).json()
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "other",
    [{"content": "Hello"}, {"max_tokens": 5}, {"n": 2}, {"temperature": 0, "seed": 1}, {"x": 1}],
)
def test_another_request(ask, service, other):
    """Whatever differs in the body, the answer is another one"""
    ask(temperature=0)
    ask(**{"temperature": 0, **other})
    assert len(service.requests) == 2


def test_streams(ask, service):
    """A stream and a plain answer are not taken for each other, and both are right"""
    plain = _said(ask(temperature=0))
    streams = [ask(temperature=0, stream=True) for _ in range(2)]
    for stream in streams:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.content.endswith(b"data: [DONE]\n\n")
    assert _said(ask(temperature=0)) == plain


def test_errors(ask, service):
    """Errors are not stored"""
    service.says = lambda request: error(429, "Slow down.", Retry_After="2")
    assert ask(temperature=0).status_code == 429
    service.says = None
    assert ask(temperature=0).status_code == 200


def test_a_refused_key(ask, service):
    """A key that the service refuses gets no stored answer, also where answers are shared"""
    assert ask(temperature=0).status_code == 200
    service.refused.add("sk-stolen")
    for _ in range(2):
        assert ask(temperature=0, key="sk-stolen").status_code == 401
