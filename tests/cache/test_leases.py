"""Several processes, one store: each text is computed once, whatever happens to who computes it."""

import subprocess
import sys
import threading
from collections import Counter

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.cache import leases
from renai.stores.base import Lease
from waiting import LIMIT, unless_it_hangs, until

EMBED = """
import sys, time
import numpy as np
from renai import EmbeddingCache, Recipe
from renai.cache import leases
url, log, count, seconds = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:5])
leases._LEASE_SECONDS = 86400
texts = [f"text {number}" for number in range(int(count))]

def compute(missing):
    numbers = [int(text.split()[1]) for text in missing]
    with open(log, "a") as record:
        record.write("".join(f"{number}\\n" for number in numbers))
    print("computing", flush=True)
    time.sleep(seconds * len(missing))
    return np.array([[number, 1.0] for number in numbers], np.float32)

with EmbeddingCache(url, Recipe("toy"), batch_size=50) as cache:
    print("open", flush=True)
    sys.stdin.readline()
    vectors = cache.embed(texts, compute).vectors
    assert (vectors[:, 0] == np.arange(len(texts))).all()
print("done", flush=True)
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "computed"
    path.touch()
    return path


@pytest.fixture
def embed(log):
    """Start processes that embed texts; they are gone when the test is."""
    running = []

    def start(url, *, count=200, seconds=0.0):
        process = subprocess.Popen(
            [sys.executable, "-c", EMBED, *map(str, (url, log, count, seconds))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def begin(*processes):
    """Let processes begin, once all have opened the cache."""
    for process in processes:
        assert process.stdout.readline() == "open\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def end(process):
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, err
    assert out.endswith("done\n")
    return err


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/vectors.sqlite"
    server = request.getfixturevalue(f"{request.param}_server")
    server.empty()
    return server.url


def test_eight_processes_compute_each_text_once(url, embed, log):
    processes = [embed(url, seconds=0.0005) for _ in range(8)]
    begin(*processes)
    for process in processes:
        assert end(process) == ""
    computed = Counter(log.read_text().split())
    assert len(computed) == 200
    assert set(computed.values()) == {1}


def test_the_work_of_a_killed_process_is_taken_over(url, embed, log):
    victim = embed(url, count=100, seconds=3600)
    begin(victim)
    assert victim.stdout.readline() == "computing\n"
    heir = embed(url, count=100)
    begin(heir)
    assert heir.stdout.readline() == "computing\n", "what the other had not begun with"
    victim.kill()
    assert end(heir) == "", "its lease would have lasted for a day"
    computed = Counter(log.read_text().split())
    assert len(computed) == 100
    assert max(computed.values()) <= 2


def test_a_holder_that_takes_longer_than_its_lease_keeps_it(url, monkeypatch, clock):
    monkeypatch.setattr(leases, "_RENEWED_PER_LEASE", 300)
    computed, renewed = [], []

    def watch(store):
        def renew(lease, renew=store.renew):
            renew(lease)
            renewed.append(lease)  # one that failed, such as on a busy file, is none

        monkeypatch.setattr(store, "renew", renew)

    def slowly(texts):
        computed.append(texts)
        for _ in range(3):
            clock.advance(20)  # of 30; servers have clocks of their own
            begun = len(renewed)
            until(lambda begun=begun: len(renewed) >= begun + 2)
        return np.ones((len(texts), 2), np.float32)

    # Two caches share no flights, so only the lease keeps them apart.
    caches = [EmbeddingCache(url, Recipe("toy")) for _ in range(2)]
    for cache in caches:
        watch(cache._store)
    threads = [threading.Thread(target=cache.embed, args=(["a"], slowly)) for cache in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)  # a lease that is left over never ends: the clock stands still
    for cache in caches:
        cache.close()
    assert computed == [["a"]]


def test_what_failed_is_free_at_once(url, monkeypatch):
    monkeypatch.setattr(leases, "_LEASE_SECONDS", 86400)

    def failing(texts):
        raise OSError("no network")

    with (
        EmbeddingCache(url, Recipe("toy")) as one,
        EmbeddingCache(url, Recipe("toy")) as another,
    ):
        with pytest.raises(OSError, match="no network"):
            one.embed(["a"], failing)
        unless_it_hangs(lambda: another.embed(["a"], lambda texts: np.ones((1, 2), np.float32)))


def test_one_thread_keeps_all_leases_although_two_begin_at_once(monkeypatch):
    """Of two, one would be told that a lease is held, and the other one that it is not."""

    class Store:
        def renew(self, lease):
            pass

        release = renew

    def hold(name):
        leases.HeldLease(Store(), Lease((name,), seconds=30)).drop()

    keepers, start = [], threading.Thread.start
    other = threading.Thread(target=hold, args=["e/b"])

    def start_late(thread):
        if thread.name == "renai leases":
            keepers.append(thread)
            if len(keepers) == 1:
                other.start()
                other.join(0.3)  # if it is not held off, it has long come to its end
        start(thread)

    monkeypatch.setattr(leases, "_keeper", leases._Keeper())
    monkeypatch.setattr(threading.Thread, "start", start_late)
    hold("e/a")
    unless_it_hangs(other.join)
    assert len(keepers) == 1
