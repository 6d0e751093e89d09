"""Answers that were given are given again to equal requests, as long as the store has the same."""

from __future__ import annotations

import tracemalloc
from contextlib import contextmanager

import httpx
import pytest

from gateway.running import Gateway
from renai.stores.registry import open_store

pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")

from renai.embeddings.rows import Held
from renai.gateway import remembered as module
from renai.gateway.remembered import RememberedAnswer, RememberedAnswers
from renai.gateway.replies import EmbeddingReply
from renai.gateway.senders import Sender

pytestmark = pytest.mark.ours

SENDER = Sender("namespace", "identity", ())
TARGET = "http://127.0.0.1/v1/embeddings"


def answer_of(body: bytes) -> RememberedAnswer:
    held = Held({"embedding/1": b"12345"}, float("inf"), 1)
    counts = {"hits": 1, "misses": 0, "deduplicated": 0}
    return RememberedAnswer("key", held, ("identity",), EmbeddingReply(body, counts))


def test_memory_for_a_very_small_answer_is_counted():
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        answers = RememberedAnswers()
        for number in range(1000):
            answers.add(SENDER, TARGET, b"%d" % number, answer_of(b"%d" % number))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < answers._size


def test_requests_are_told_apart():
    answers = RememberedAnswers()
    answers.add(SENDER, TARGET, b"one", answer_of(b"1"))
    assert answers.find(SENDER, TARGET, b"one").reply.body == b"1"
    assert answers.find(SENDER, TARGET, b"two") is None
    assert answers.find(SENDER, TARGET + "?api-version=2", b"one") is None
    assert answers.find(SENDER._replace(namespace="other"), TARGET, b"one") is None
    assert answers.find(SENDER._replace(routing=(("x-route", "b"),)), TARGET, b"one") is None
    answers.forget(SENDER, TARGET, b"one")
    assert answers.find(SENDER, TARGET, b"one") is None


def test_a_large_request_is_not_digested(monkeypatch):
    monkeypatch.setattr(module, "blake2b", None)
    answers, large = RememberedAnswers(), b"x" * (1 << 20)
    answers.add(SENDER, TARGET, large, answer_of(b"1"))
    assert answers.find(SENDER, TARGET, large) is None
    answers.forget(SENDER, TARGET, large)


def test_they_take_only_so_much_memory(monkeypatch):
    monkeypatch.setattr(module, "_AROUND", 50)
    monkeypatch.setattr(module, "_MOST_BYTES", 400)
    monkeypatch.setattr(module, "_LARGEST", 300)
    answers = RememberedAnswers()
    answers.add(SENDER, TARGET, b"large", answer_of(b"x" * 300))
    assert answers.find(SENDER, TARGET, b"large") is None
    for name in (b"first", b"second"):
        answers.add(SENDER, TARGET, name, answer_of(b"x" * 95))
        answers.add(SENDER, TARGET, name, answer_of(b"x" * 95))  # in its own place
    assert answers.find(SENDER, TARGET, b"first")
    answers.add(SENDER, TARGET, b"third", answer_of(b"x" * 195))
    assert answers.find(SENDER, TARGET, b"second") is None
    assert answers.find(SENDER, TARGET, b"first")
    assert answers.find(SENDER, TARGET, b"third")


async def test_headers_that_somebody_adds_concern_one_request():
    reply = EmbeddingReply(b"{}", {"hits": 1, "misses": 0, "deduplicated": 0}, [(b"x-a", b"1")])
    sent = []

    async def send(message):
        sent.append(message)
        if "headers" in message:
            message["headers"].append((b"traceparent", b"00"))

    for _ in range(2):
        await reply({}, None, send)
    assert sent[:2] == sent[2:]
    assert [name for name, _ in sent[0]["headers"]].count(b"traceparent") == 1


@contextmanager
def running(folder, service, *options):
    gateway = Gateway(folder, service.url, *options)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


def test_it_is_a_hit_like_any_other(tmp_path, call_at, service):
    """An equal request gets an equal answer, and is counted"""
    with running(tmp_path, service) as gateway:
        caller = call_at(gateway)
        caller.right(["a", "b", "a"])
        answered = [caller.right(["a", "b", "a"]) for _ in range(4)]
        assert len({it.response.content for it in answered}) == 1
        assert [it.counts for it in answered] == [(3, 0)] * 4
        assert len(service.embeddings) == 1
        metrics = httpx.get(f"{gateway.address}/metrics").text
        assert 'renai_gateway_inputs_total{outcome="hits"} 12.0' in metrics
        assert 'renai_gateway_requests_total{route="embeddings",status="200"} 5.0' in metrics


def test_each_form_has_an_answer_of_its_own(tmp_path, call_at, service):
    """Base64 and numbers are not mixed up, nor are texts and tokens"""
    with running(tmp_path, service) as gateway:
        caller = call_at(gateway)
        for _ in range(3):
            caller.right("[1, 2]", encoding_format="base64")
            caller.right("[1, 2]", encoding_format="float")
            caller.right([[1, 2]])
            caller.right([1, 2])
            caller.right("[1, 2]", dimensions=4)


def test_what_was_forgotten_is_asked_for_again(tmp_path, call_at, service):
    """What another process deletes or damages is not given any more"""
    with running(tmp_path, service) as gateway, open_store(gateway.cache) as store:
        caller = call_at(gateway)
        for _ in range(3):
            caller.right("a")
        (name,) = [it.name for it in store.scan("embedding/")]
        store.delete_many([name])
        caller.right("a")
        assert len(service.embeddings) == 2
        for _ in range(3):
            caller.right("a")
        store.put_many({name: store.get_many([name])[name][:-9] + b"/damaged/"})
        caller.right("a")
        assert len(service.embeddings) == 3


def test_a_key_that_is_refused_meanwhile(tmp_path, call_at, service):
    """Nobody gets a remembered answer whom the service has refused since, or not accepted lately"""
    with running(tmp_path, service) as gateway:
        caller = call_at(gateway)
        for _ in range(3):
            caller.right("a")
        service.refused.add(caller.key)
        assert caller.embed("b").status == 401
        assert caller.embed("a").status == 401
    with running(tmp_path, service, "--accepted-for", "0") as gateway:
        caller = call_at(gateway)
        for number in range(1, 4):
            caller.right("a")
            assert len(service.embeddings[-1:]) == 1
            assert sum(it.key == caller.key for it in service.embeddings) == number
