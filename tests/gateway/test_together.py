"""Many requests at once"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from gateway.calling import answer_on
from gateway.service import error, expected, numbers_in
from waiting import until


def _vectors(answer):
    status, _, body = answer
    assert status == 200, body[:300]
    return [numbers_in(row["embedding"]) for row in json.loads(body)["data"]]


def _sent(caller, *messages):
    """Send requests on connections of their own; come back when the gateway has taken them."""
    connections = []
    for message in messages:
        connection = caller.connect()
        connection.sendall(message)
        connections.append(connection)
    for _ in range(3):  # answered after what came in before
        assert caller.request("POST", "/embeddings", content=b"").status_code == 400
    return connections


@pytest.fixture
def held(service):
    """Requests for embeddings wait, as long as they have a body."""
    service.on.clear()
    service_answer = service.answer

    def answer(request):
        if request.content:
            return service_answer(request)
        return service.honest(request)

    service.answer = answer
    yield service
    del service.answer
    service.on.set()


def test_equal_requests(caller, held):
    """Twenty equal requests at once are one call"""
    with ExitStack() as stack:
        first = [stack.enter_context(it) for it in _sent(caller, caller.message("a"))]
        until(lambda: held.embeddings)
        others = [stack.enter_context(it) for it in _sent(caller, *[caller.message("a")] * 19)]
        held.on.set()
        for connection in first + others:
            assert _vectors(answer_on(connection)) == [expected("a", caller.model)]
    assert len(held.embeddings) == 1


def test_overlapping_requests(caller, held):
    """Requests at once that overlap: each text is asked once"""
    batches = [["a", "b", "c"], ["c", "d"], ["e", "a"], ["d", "b", "e"]]
    with ExitStack() as stack:
        connections = []
        for batch in batches:
            (connection,) = _sent(caller, caller.message(batch))
            connections.append(stack.enter_context(connection))
        held.on.set()
        for batch, connection in zip(batches, connections, strict=True):
            assert _vectors(answer_on(connection)) == caller.expected(batch)
    assert sorted(held.asked) == ["a", "b", "c", "d", "e"]


def test_a_client_that_leaves(caller, held):
    """A client that leaves loses nothing for those who wait for the same"""
    (first,) = _sent(caller, caller.message(["a", "b"]))
    until(lambda: held.embeddings)
    (other,) = _sent(caller, caller.message(["b", "a"]))
    first.close()
    for _ in range(3):
        caller.request("POST", "/embeddings", content=b"")
    held.on.set()
    with other:
        assert _vectors(answer_on(other)) == caller.expected(["b", "a"])
    caller.right(["a", "b"])


def test_a_client_that_leaves_alone(caller, held):
    """What is asked for a client that leaves is stored nonetheless"""
    (connection,) = _sent(caller, caller.message(["a", "b"]))
    until(lambda: held.embeddings)
    connection.close()
    for _ in range(3):
        caller.request("POST", "/embeddings", content=b"")
    held.on.set()
    caller.right(["a", "b"])
    assert len(held.embeddings) == 1


def test_keys_at_once(caller, held):
    """Equal requests at once of two keys are two calls, each with its own key"""
    other = caller.with_key(caller.key + "-other")
    with ExitStack() as stack:
        sent = _sent(caller, caller.message("a"), other.message("a"))
        connections = [stack.enter_context(it) for it in sent]
        until(lambda: len(held.embeddings) == 2)
        held.on.set()
        for connection in connections:
            assert _vectors(answer_on(connection)) == [expected("a", caller.model)]
    assert {it.key for it in held.embeddings} == {caller.key, other.key}


def test_an_error_for_equal_requests(caller, held):
    """An error is the answer for all equal requests at once, and not asked for one after another"""
    held.says = lambda request: error(429, "Slow down.", Retry_After="3")
    with ExitStack() as stack:
        (first,) = _sent(caller, caller.message("a"))
        until(lambda: held.embeddings)
        others = _sent(caller, *[caller.message("a")] * 9)
        connections = [stack.enter_context(it) for it in [first, *others]]
        held.on.set()
        for connection in connections:
            status, headers, body = answer_on(connection)
            assert status == 429
            assert headers["retry-after"] == "3"
            assert json.loads(body)["error"]["message"] == "Slow down."
    assert len(held.embeddings) == 1


def test_anothers_error(caller, held):
    """A text that is refused in one request does not spoil another one that shares texts with it"""

    def refuses(request):
        if "bad" in request.inputs:
            return error(400, "'bad' is no text.")
        return None

    held.says = refuses
    with ExitStack() as stack:
        (first,) = _sent(caller, caller.message(["a", "bad"]))
        until(lambda: held.embeddings)
        (other,) = _sent(caller, caller.message(["a", "good"]))
        stack.enter_context(first)
        stack.enter_context(other)
        held.on.set()
        assert answer_on(first)[0] == 400
        assert _vectors(answer_on(other)) == caller.expected(["a", "good"])


def test_many_callers(caller, call_at, gateway, service):
    """A hundred requests of five callers at once: right vectors, and a text once a caller"""
    callers = [call_at(gateway) for _ in range(5)]

    def ask(number):
        one = callers[number % 5]
        one.right([f"text {number % 7}", f"text {number % 11}", "all"])

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(100)))
    assert len(service.asked) == 5 * 12


def test_requests_on_one_connection(caller, service):
    """Requests sent one after another on one connection, without waiting, are answered in order"""
    texts = [["a"], ["b", "a"], ["c"], ["a", "c"]]
    with caller.connect() as connection:
        connection.sendall(b"".join(caller.message(given) for given in texts))
        with connection.makefile("rb") as stream:
            for given in texts:
                assert stream.readline().split()[1] == b"200"
                length = 0
                while line := stream.readline().strip():
                    name, _, value = line.lower().partition(b":")
                    length = int(value) if name == b"content-length" else length
                body = json.loads(stream.read(length))
                found = [numbers_in(row["embedding"]) for row in body["data"]]
                assert found == caller.expected(given)
