"""A service, gateways before it, and somebody who calls them.

A gateway serves many tests, so each has a key and a model of its own.
"""

import itertools
import json
import os
from pathlib import Path

import httpx
import pytest

from gateway.calling import Caller
from gateway.running import Gateway, is_ours
from gateway.service import Service

_NUMBERS = itertools.count(1)
_MOST = 400_000
"""Bytes of a request to the gateway of most tests."""


@pytest.fixture(scope="session")
def _service():
    it = Service()
    it.start()
    yield it
    it.kill()


@pytest.fixture
def service(_service):
    _service.reset()
    yield _service
    _service.reset()


@pytest.fixture(scope="session")
def _start(_service, tmp_path_factory):
    """Start gateways that are used by many tests, each with its options."""
    if is_ours():
        pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    started = {}

    def start(*options, **more):
        key = (options, *more.values())
        if key not in started:
            it = Gateway(tmp_path_factory.mktemp("gateway"), _service.url, *options, **more)
            it.start()
            started[key] = it
        return started[key]

    yield start
    for each in started.values():
        each.stop()


@pytest.fixture
def gateway(_start, service):
    return _start("--max-body", str(_MOST))


@pytest.fixture
def gateway_with(_start, service):
    return _start


@pytest.fixture
def redis_gateway(_start, service, redis_server):
    """A gateway over a store that may be killed."""
    gateway = _start(cache=redis_server.url)
    redis_server.empty()
    yield gateway
    if not redis_server.answers():
        redis_server.start()


@pytest.fixture(scope="session")
def _http():
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(limits=limits, trust_env=False) as http:
        yield http


@pytest.fixture
def call_at(_http):
    """Gives somebody with a new key, who calls a gateway."""

    def call_at(gateway):
        _http.cookies.clear()  # else they would be sent, and tell callers apart
        number = next(_NUMBERS)
        return Caller(gateway.url, f"sk-secret-{number}", f"model-{number}", _http)

    return call_at


@pytest.fixture
def caller(gateway, call_at):
    return call_at(gateway)


def pytest_collection_modifyitems(items):
    """What only our options, headers, words or modules make is skipped for another gateway."""
    if is_ours():
        return
    for item in items:
        if "ours" in item.keywords or not _is_situation(item):
            item.add_marker(pytest.mark.skip(reason="it has no such option"))


def _is_situation(item):
    """Whether a test judges a gateway from outside, and not a module of ours."""
    here = Path(item.path).parent == Path(__file__).parent
    return here and "service" in item.fixturenames and bool(item.function.__doc__)


_OUTCOMES = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note the outcome of each situation, for `table.py`."""
    report = yield
    if _is_situation(item) and (report.when == "call" or report.outcome != "passed"):
        lines = item.function.__doc__.strip().splitlines()
        group = (item.module.__doc__ or "").strip().splitlines()[0].rstrip(".")
        outcomes = _OUTCOMES.setdefault(f"{group}\t{lines[0].rstrip('.')}", [])
        outcomes.append(report.outcome)
    return report


def pytest_sessionfinish():
    if path := os.environ.get("GATEWAY_OUTCOMES"):
        Path(path).write_text(json.dumps(_OUTCOMES, indent=1))
