"""Service and store killed, slow and lying, at random"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gateway.service import error
from gateway.test_wrong_answers import WRONG

_WORDS = [f"word {number}" for number in range(12)]


def _run(seed, caller, service, redis_server):
    """One run: a few requests at once, while something breaks. No vector may be wrong."""
    chance = random.Random(seed)
    fault = chance.choice(list(_FAULTS))
    batches = [chance.choices(_WORDS, k=chance.randint(1, 8)) for _ in range(4)]
    forms = [chance.choice(["float", "base64"]) for _ in batches]

    def ask(batch, form):
        answered = caller.embed(batch, encoding_format=form)
        if answered.status == 200:
            assert answered.vectors == caller.expected(batch), (seed, fault)
        else:
            assert answered.body["error"]["message"], (seed, fault)
        return answered.status

    with _FAULTS[fault](chance, service, redis_server), ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(ask, batches, forms))
    if fault in ("a store that is killed", "slow"):
        assert statuses == {200}, (seed, fault)
    service.reset()
    caller.right(chance.sample(_WORDS, 6))


@contextmanager
def _says(chance, service, wrong):
    """Now and then something else than the right answer is said."""
    share = chance.random()
    service.says = lambda request: wrong(request) if chance.random() < share else None
    yield


def _lies(chance, service, redis_server):
    lie = WRONG[chance.choice(list(WRONG))]
    return _says(chance, service, lambda request: lie(service.honest(request)))


def _refuses(chance, service, redis_server):
    status = chance.choice([429, 500, 503])
    return _says(chance, service, lambda request: error(status, "not now"))


def _cuts(chance, service, redis_server):
    return _says(chance, service, lambda request: service.close_connections())


@contextmanager
def _killed(chance, service, redis_server):
    service.kill()
    yield


@contextmanager
def _slow(chance, service, redis_server):
    service.on.clear()
    threading.Timer(chance.random() / 20, service.on.set).start()
    yield


@contextmanager
def _store_killed(chance, service, redis_server):
    redis_server.kill()
    try:
        yield
    finally:
        redis_server.start()


_FAULTS = {
    "lies": _lies,
    "refuses": _refuses,
    "cuts connections": _cuts,
    "killed": _killed,
    "slow": _slow,
    "a store that is killed": _store_killed,
}


def _runs(seeds, redis_gateway, call_at, service, redis_server):
    for seed in seeds:
        caller = call_at(redis_gateway)
        for part in range(4):  # with the same words, so that some are known
            _run(f"{seed}.{part}", caller, service, redis_server)


def test_a_few_runs(redis_gateway, call_at, service, redis_server):
    """Random runs with a service and a store that fail: no vector is ever wrong"""
    _runs(range(5), redis_gateway, call_at, service, redis_server)


@pytest.mark.long
def test_many_runs(redis_gateway, call_at, service, redis_server):
    """200 random runs with a service and a store that fail: no vector is ever wrong"""
    _runs(range(50), redis_gateway, call_at, service, redis_server)
