"""Whose answers, and for how long"""

import sqlite3

import pytest


def test_two_keys(caller, service):
    """What one key has stored, another key does not get"""
    other = caller.with_key(caller.key + "-other")
    caller.right("a")
    other.right("a")
    assert [it.key for it in service.embeddings] == [caller.key, other.key]
    caller.right("a")
    other.right("a")
    assert len(service.embeddings) == 2


def test_the_callers_key_goes_on(caller, service):
    """The caller's own Authorization reaches the service"""
    caller.right("a")
    assert ("authorization", f"Bearer {caller.key}") in service.embeddings[0].headers


def test_a_refused_key_gets_nothing(caller, service):
    """A key that the service never accepted gets its refusal, and no stored vector"""
    caller.right("a")
    stranger = caller.with_key(caller.key + "-stolen")
    service.refused.add(stranger.key)
    answered = stranger.embed("a")
    assert answered.status == 401
    assert answered.body["error"]["code"] == "invalid_api_key"


def test_a_key_that_is_refused_at_a_miss_gets_no_hits(caller, service):
    """A key that the service refuses from now on gets no hits after its first miss"""
    caller.right("a")
    service.refused.add(caller.key)
    assert caller.embed("b").status == 401
    assert caller.embed("a").status == 401
    service.refused.clear()
    caller.right("a")


def test_no_key(caller, service):
    """Requests without a key are cached, apart from those with one"""
    anonymous = caller.with_key(None)
    anonymous.right("a")
    anonymous.right("a")
    caller.right("a")
    assert [it.key for it in service.embeddings] == [None, caller.key]


@pytest.mark.parametrize("header", ["api-key", "x-api-key", "Authorization", "x-goog-api-key"])
def test_keys_in_other_headers(caller, service, header):
    """A key in another header (`api-key`, `x-api-key`, …) tells callers apart and goes on"""
    anonymous = caller.with_key(None)
    anonymous.right("a", headers={header: "one"})
    anonymous.right("a", headers={header: "two"})
    anonymous.right("a", headers={header: "one"})
    assert [dict(it.headers)[header.lower()] for it in service.embeddings] == ["one", "two"]


def test_the_same_word_in_another_header(caller, service):
    """The same word as one kind of key and as another is two callers"""
    anonymous = caller.with_key(None)
    for header in ("api-key", "x-api-key", "Authorization"):
        anonymous.right("a", headers={header: "word"})
    assert len(service.embeddings) == 3


@pytest.mark.ours
def test_acceptance_ends(gateway_with, call_at, service):
    """A key gets hits so long after it was accepted; then the service is asked about it"""
    caller = call_at(gateway_with("--accepted-for", "0"))
    texts = ["a", "bb", "a long text"]
    caller.right(texts)
    del service.requests[:]
    caller.right(texts)
    assert len(service.asked) == 1  # one of them, to see whether the key still holds
    service.refused.add(caller.key)
    answered = caller.embed(texts)
    assert answered.status == 401
    assert answered.body["error"]["code"] == "invalid_api_key"


@pytest.mark.ours
def test_sharing(gateway_with, call_at, service):
    """With `--shared` another key gets what one has stored, once the service has accepted it"""
    one = call_at(gateway_with("--shared", "--chat"))
    two = one.with_key(one.key + "-two")
    texts = ["a", "b", "c"]
    one.right(texts)
    two.right(texts)
    assert len(service.asked) < 2 * len(texts)
    del service.requests[:]
    two.right(texts)
    assert service.requests == []


@pytest.mark.ours
def test_sharing_with_a_refused_key(gateway_with, call_at, service):
    """With `--shared` a key that the service refuses gets nothing of what others have stored"""
    one = call_at(gateway_with("--shared", "--chat"))
    one.right("a")
    stolen = one.with_key(one.key + "-stolen")
    service.refused.add(stolen.key)
    for _ in range(2):
        assert stolen.embed("a").status == 401


@pytest.mark.ours
def test_keys_are_kept_nowhere(gateway, caller):
    """No key is in the store or in what the gateway prints"""
    caller.right("a")
    caller.with_key(None).right("b", headers={"api-key": caller.key})
    path = gateway.cache.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint")
    for place in gateway.folder.rglob("*"):
        assert not place.is_file() or caller.key.encode() not in place.read_bytes(), place
