"""A process that is forked while something is under way works, and waits for nobody's locks."""

import os
import threading

import pytest
from haystack import Document

from embedders import CountingDocumentEmbedder, LoadingDocumentEmbedder
from forks import exit_code, fork
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from renai.stores.breaker import BreakerStore
from renai.stores.memory import MemoryStore
from renai.usage.counters import Counts, UsageCounters, UsageKey
from waiting import LIMIT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def in_a_child(work):
    """Return whether work succeeds in a forked process."""
    return exit_code(fork(work)) == 0


class Held:
    """A thread that is in the middle of something."""

    def __init__(self, work):
        self.there, self.go_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=work, args=(self.stay,))

    def stay(self):
        if threading.current_thread() is self.thread:
            self.there.set()
            assert self.go_on.wait(LIMIT)

    def __enter__(self):
        self.thread.start()
        assert self.there.wait(LIMIT)

    def __exit__(self, *exception):
        self.go_on.set()
        self.thread.join(LIMIT)


def hit(cached):
    return cached.run([Document(content="tides")])["meta"]["cache"]["hits"] == 1


def miss(cached, text="bread"):
    return cached.run([Document(content=text)])["meta"]["cache"]["misses"] == 1


@pytest.mark.parametrize("work", [hit, miss])
def test_while_a_model_is_loaded(work, url, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    before = CachedDocumentEmbedder(LoadingDocumentEmbedder(str(folder)), url)
    before.run([Document(content="tides")])
    loading = Held(lambda stay: miss(cached, "lamps"))
    embedder = LoadingDocumentEmbedder(str(folder), on_load=loading.stay)
    cached = CachedDocumentEmbedder(embedder, url)
    cached.warm_up()
    with loading:
        assert in_a_child(lambda: work(cached))


def test_while_a_cache_is_opened(url):
    """Finding out which model it is may load it, under all locks there are."""
    embedder = CountingDocumentEmbedder()
    cached = CachedDocumentEmbedder(embedder, url)

    def opening(stay):
        real = cached._wrapped.identify
        cached._wrapped.identify = lambda: (stay(), real())[1]
        miss(cached)

    with Held(opening):
        assert in_a_child(lambda: miss(cached))


def test_while_locks_are_held():
    store, counters = BreakerStore(MemoryStore(max_bytes=100), "a server"), UsageCounters()
    cached = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    locks = [store._reading, store._writing, store.store, store.store._allowance, counters]
    locks += [cached._cache._prices, cached._cache, cached._wrapped, cached._wrapped._model]

    def hold(stay):
        for it in locks:
            it._lock.acquire()
        stay()
        for it in locks:
            it._lock.release()

    def work():
        store.put_many({"a": b"1"})
        counters.add({UsageKey("embedding", "", ""): Counts()})
        with cached._cache._prices._lock:
            return miss(cached) and store.get_many(["a"]) == {"a": b"1"}

    with Held(hold):
        assert in_a_child(work)
