"""Service and store killed, slow and lying, at random"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.running import Gateway, is_ours
from gateway.service import error
from gateway.test_wrong_answers import WRONG

_WORDS = [f"word {number}" for number in range(12)]


@pytest.fixture
def chaos(service, redis_server, tmp_path):
    """A gateway over a store that may be killed."""
    if is_ours():
        pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    redis_server.empty()
    gateway = Gateway(tmp_path, service.url, cache=redis_server.url)
    gateway.start()
    yield gateway
    gateway.stop()


def _run(seed, caller, service, redis_server):
    """One run: a few requests at once, while something breaks. No vector may be wrong."""
    chance = random.Random(seed)  # noqa: S311
    broken = chance.choice(["killed", "slow", "lies", "refuses", "store"])
    lie = WRONG[chance.choice(list(WRONG))]
    now_and_then = chance.random()
    lots = random.Random(seed)  # noqa: S311

    def says(request):
        if lots.random() < now_and_then:
            if broken == "lies":
                return lie(service.honest(request))
            if broken == "refuses":
                return error(lots.choice([429, 500, 503]), "not now")
            if broken == "killed":
                service.close_connections()
        return None

    service.says = says
    if broken == "slow":
        service.on.clear()
        threading.Timer(chance.random() / 20, service.on.set).start()
    if broken == "store":
        redis_server.kill()
    if broken == "killed" and now_and_then < 0.3:
        service.kill()
    batches = [chance.choices(_WORDS, k=chance.randint(1, 8)) for _ in range(4)]
    forms = [chance.choice(["float", "base64"]) for _ in batches]

    def ask(batch, form):
        answered = caller.embed(batch, encoding_format=form)
        if answered.status == 200:
            assert answered.vectors == caller.expected(batch), (seed, broken)
        else:
            assert answered.body["error"]["message"], (seed, broken)
        return answered.status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(ask, batches, forms))
    if broken in ("store", "slow"):
        assert set(statuses) == {200}, (seed, broken)
    if broken == "store":
        redis_server.start()
    service.on.set()
    service.reset()
    caller.right(chance.sample(_WORDS, 6))


def _runs(seeds, chaos, call_at, service, redis_server):
    for seed in seeds:
        caller = call_at(chaos)
        for part in range(4):  # with the same words, so that some are known
            _run(f"{seed}.{part}", caller, service, redis_server)


def test_a_few_runs(chaos, call_at, service, redis_server):
    """Random runs with a service and a store that fail: no vector is ever wrong"""
    _runs(range(5), chaos, call_at, service, redis_server)


@pytest.mark.long
def test_many_runs(chaos, call_at, service, redis_server):
    """200 random runs with a service and a store that fail: no vector is ever wrong"""
    _runs(range(50), chaos, call_at, service, redis_server)
