"""Calls that use an embedder for the first time at once: each heeds what loading brought.

Which of them does the loading must not matter: a call that waited for another one's loading has
the vectors of what was loaded, and stores them under the recipe of that.
"""

import asyncio
import threading

import pytest
from haystack import Document, component

from embedders import CountingDocumentEmbedder, LoadingDocumentEmbedder
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from haystack_integrations.components.embedders.renai.embedder_cache import EmbedderCache
from waiting import LIMIT


@component
class Learning(CountingDocumentEmbedder):
    """Learns from its server, as it warms up, which prefix its model wants."""

    server_is_there = True

    def warm_up(self):
        self.warmed += 1
        if self.server_is_there:
            self.prefix = "learnt: "


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"old")
    return folder


def misses(embedder, url, *texts):
    cached = CachedDocumentEmbedder(embedder, url)
    try:
        documents = [Document(content=text) for text in texts]
        return cached.run(documents)["meta"]["cache"]["misses"]
    finally:
        cached.close()


class Waiting:
    """Makes the call of another thread open its cache, and go on when it is told to."""

    def __init__(self, monkeypatch):
        self.opened, self.go_on = threading.Event(), threading.Event()
        real, main = EmbedderCache._open, threading.get_ident()

        def opening(cache):
            opened = real(cache)
            if threading.get_ident() != main and not self.opened.is_set():
                self.opened.set()
                assert self.go_on.wait(LIMIT)
            return opened

        monkeypatch.setattr(EmbedderCache, "_open", opening)

    def run(self, cached, text):
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(cached.run([Document(content=text)]))
        )
        thread.start()
        assert self.opened.wait(LIMIT)
        return thread, answers


def test_a_thread_that_did_not_load_heeds_other_weights(folder, url, monkeypatch):
    cached = CachedDocumentEmbedder(LoadingDocumentEmbedder(str(folder)), url)
    waiting = Waiting(monkeypatch)
    thread, answers = waiting.run(cached, "bread")
    (folder / "model.safetensors").write_bytes(b"new")
    cached.run([Document(content="tides")])
    waiting.go_on.set()
    thread.join(LIMIT)
    assert answers[0]["meta"]["cache"]["misses"] == 1
    cached.close()
    assert misses(LoadingDocumentEmbedder(str(folder)), url, "tides", "bread") == 0, (
        "both are of the new weights"
    )
    (folder / "model.safetensors").write_bytes(b"old")
    assert misses(LoadingDocumentEmbedder(str(folder)), url, "tides", "bread") == 2, (
        "and nothing of the old ones"
    )


def test_a_thread_that_did_not_load_heeds_what_the_embedder_learnt(url, monkeypatch):
    cached = CachedDocumentEmbedder(Learning(), url)
    waiting = Waiting(monkeypatch)
    thread, answers = waiting.run(cached, "bread")
    cached.run([Document(content="tides")])
    waiting.go_on.set()
    thread.join(LIMIT)
    assert answers
    cached.close()
    assert misses(Learning(prefix="learnt: "), url, "tides", "bread") == 0
    monkeypatch.setattr(Learning, "server_is_there", False)
    assert misses(Learning(), url, "bread") == 1, "nothing lies under what it was before"


async def test_a_task_that_did_not_load_heeds_other_weights(folder, url):
    embedder = LoadingDocumentEmbedder(str(folder))
    cached = CachedDocumentEmbedder(embedder, url)
    await cached.warm_up_async()
    (folder / "model.safetensors").write_bytes(b"new")
    texts = ["tides", "bread", "lamps"]
    await asyncio.gather(*(cached.run_async([Document(content=text)]) for text in texts))
    assert embedder.warmed == 1, "one task loads, and the others wait for it"
    await cached.close_async()
    assert misses(LoadingDocumentEmbedder(str(folder)), url, *texts) == 0
    (folder / "model.safetensors").write_bytes(b"old")
    assert misses(LoadingDocumentEmbedder(str(folder)), url, *texts) == 3


async def test_a_task_whose_leader_fails_loads_by_itself(folder, url):
    failing = [True]

    def load():
        if failing.pop() if failing else False:
            raise OSError("the disk is gone")

    embedder = LoadingDocumentEmbedder(str(folder), on_load=load)
    cached = CachedDocumentEmbedder(embedder, url)
    await cached.warm_up_async()
    texts = ["tides", "bread"]
    answers = await asyncio.gather(
        *(cached.run_async([Document(content=text)]) for text in texts), return_exceptions=True
    )
    assert sorted(isinstance(answer, OSError) for answer in answers) == [False, True]


def test_hits_of_weights_that_are_not_loaded_any_more_are_not_given(folder, url):
    misses(LoadingDocumentEmbedder(str(folder)), url, "tides")
    cached = CachedDocumentEmbedder(LoadingDocumentEmbedder(str(folder)), url)
    assert cached.run([Document(content="tides")])["meta"]["cache"]["hits"] == 1
    (folder / "model.safetensors").write_bytes(b"new")
    cached.run([Document(content="bread")])
    assert cached.run([Document(content="tides")])["meta"]["cache"]["hits"] == 0
