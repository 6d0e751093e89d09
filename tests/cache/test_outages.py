"""Servers that are killed and started again at random while vectors are computed.

Every vector is right, no text is paid for twice unless an outage explains it, and what was computed
during outages is stored in the end.
"""

import random
import threading
import time
from contextlib import ExitStack

import numpy as np
import pytest

import servers
from renai import EmbeddingCache, Recipe
from waiting import LIMIT, unless_it_hangs

RECIPE = Recipe("toy")
BATCH = 10
AFTERMATH = 1.0
"""Seconds after a server is back until every cache has noticed it, at least with its next call."""


def toy(texts):
    return np.array([[float(text.split()[1]), 1.0] for text in texts])


class Chaos:
    """Kills a server and starts it again, after random numbers of batches.

    Attributes:
        outages: begin and end of each.
        is_over: whether the last outage is over.
    """

    def __init__(self, server, seed, kills):
        self.outages = []
        self.is_over = threading.Event()
        self._server = server
        self._random = random.Random(seed)
        self._kills = kills
        self._batches = 0
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        unless_it_hangs(self._thread.join)

    def note_batch(self):
        with self._turn:
            self._batches += 1
            self._turn.notify_all()

    def explains(self, begun, ended):
        """Whether an outage, or its aftermath, is a reason for what a call did."""
        return any(
            begun <= back + AFTERMATH and killed <= ended for killed, back in list(self.outages)
        )

    def _run(self):
        for _ in range(self._kills):
            self._pass(self._random.randint(1, 12))
            self._server.settle()
            killed = time.monotonic()
            self.outages.append((killed, float("inf")))
            self._server.kill()
            self._pass(self._random.randint(0, 12))
            self._server.start()
            self.outages[-1] = (killed, time.monotonic())
        self._pass(12)
        self.is_over.set()

    def _pass(self, batches):
        with self._turn:
            last = self._batches + batches
            assert self._turn.wait_for(lambda: self._batches >= last, LIMIT), "nothing is computed"


class Worker(threading.Thread):
    """Asks for new and for known texts until the chaos is over, and notes what was paid."""

    def __init__(self, number, cache, chaos, paid):
        super().__init__()
        self._cache = cache
        self._chaos = chaos
        self._paid = paid
        self._random = random.Random(number)
        self._known = [f"text {number * 1_000_000}"]
        self.errors = []

    def run(self):
        try:
            while not self._chaos.is_over.is_set():
                self._call()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            self.errors.append(error)

    def _call(self):
        last = int(self._known[-1].split()[1])
        new = [f"text {last + step}" for step in range(1, self._random.randint(2, 2 * BATCH))]
        self._known += new
        texts = new + self._random.choices(self._known, k=BATCH)
        # Texts of the others, who may be computing them at this moment.
        texts += [self._random.choice(list(self._paid) or texts) for _ in range(3)]
        computed, begun = [], time.monotonic()

        def compute(missing):
            computed.extend(missing)
            self._chaos.note_batch()
            return toy(missing)

        embedded = self._cache.embed(texts, compute)
        assert np.array_equal(embedded.vectors, toy(texts))
        for text in computed:
            self._paid.setdefault(text, []).append((begun, time.monotonic()))


@pytest.fixture(params=[servers.have_redis, servers.have_postgres])
def server(request):
    server = request.param()
    yield server
    servers.drop(server)


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 2), *(pytest.param(seed, 20, marks=pytest.mark.long) for seed in range(2, 5))],
)
def test_a_server_that_is_killed_again_and_again(server, seed, kills, caplog):
    paid = {}
    with ExitStack() as open_ones, Chaos(server, seed, kills) as chaos:
        caches = [
            open_ones.enter_context(EmbeddingCache(server.url, RECIPE, batch_size=BATCH))
            for _ in range(2)
        ]
        workers = [Worker(number, caches[number % 2], chaos, paid) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            unless_it_hangs(worker.join)
            assert not worker.errors, worker.errors[0]
    assert len(chaos.outages) == kills
    assert "is lost" not in caplog.text

    again = [calls for calls in paid.values() if len(calls) > 1]
    unexplained = [
        calls for calls in again if not any(chaos.explains(begun, ended) for begun, ended in calls)
    ]
    with EmbeddingCache(server.url, RECIPE) as cache:
        stored = cache.get(list(paid)).hits
    # PostgreSQL writes down what it has promised a moment later, and a kill may come in between.
    slack = kills * 4 * BATCH if isinstance(server, servers.PostgresServer) else 0
    assert len(unexplained) <= slack
    assert (~stored).sum() <= slack
