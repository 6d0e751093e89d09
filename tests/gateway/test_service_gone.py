"""A service that is away or slow"""

import threading

import pytest

from gateway.running import is_ours
from waiting import unless_it_hangs, until


def test_known_texts_without_the_service(caller, service):
    """Hits are answered while the service is away"""
    caller.right(["a", "b"])
    service.kill()
    caller.right(["b", "a", "b"])


def test_misses_without_the_service(caller, service):
    """Misses are an error in OpenAI's form while it is away, and right when it is back"""
    caller.right("a")
    service.kill()
    answered = caller.embed(["a", "b"])
    assert answered.status in ((502,) if is_ours() else range(500, 600))
    assert answered.body["error"].keys() >= {"message", "type", "param", "code"}
    service.start()
    caller.right(["a", "b"])


def test_a_connection_that_was_closed_meanwhile(caller, service):
    """A connection that the service has closed while nothing was asked is no error"""
    caller.right("a")
    for number in range(5):
        service.close_connections()
        until(lambda: not service._open)
        caller.right(f"text {number}")


def test_killed_while_asked(caller, service):
    """The service is killed while it is asked: an error, nothing wrong is stored"""
    service.says = lambda request: service.kill()
    assert caller.embed(["a", "b"]).status in (200, *range(500, 600))
    service.reset()
    caller.right(["b", "a"])


@pytest.mark.ours
def test_a_service_that_does_not_answer(gateway_with, call_at, service):
    """A service that sends nothing for too long is an error in OpenAI's form"""
    caller = call_at(gateway_with("--timeout", "0.3"))
    with service.held():
        answered = caller.embed("a")
        assert answered.status == 504
        assert answered.body["error"].keys() == {"message", "type", "param", "code"}


def test_a_slow_service(caller, service):
    """Hits do not wait for a request that waits for the service"""
    caller.right("known")
    with service.held():
        waiting = threading.Thread(target=caller.embed, args=["new"])
        waiting.start()
        until(lambda: len(service.embeddings) == 2)
        caller.right("known")
    unless_it_hangs(waiting.join)
    caller.right(["new", "known"])
    assert len(service.embeddings) == 2
