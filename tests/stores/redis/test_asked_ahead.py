"""Redis is asked before it is waited for, and nobody gets the answer to another question."""

import pytest

from renai.errors import StoreError
from renai.stores.abilities import finished

SIZE = 1000
MOST = 1 << 16
NAMES = [f"e/{number:03}" for number in range(500)]


def asked(store, names):
    """A reading of the store that has asked, but was not answered yet."""
    reading = store.reading_up_to(names, MOST)
    next(reading)
    return reading


@pytest.fixture
def known(store):
    """The store with values of one size, which it knows."""
    store.put_many({name: name.encode().ljust(SIZE) for name in NAMES})
    assert not store.asks_ahead()
    store.get_up_to(NAMES, MOST)
    assert store.asks_ahead()
    return store


def test_several_questions_are_on_their_way_before_an_answer_is_taken(known, client):
    client.config_resetstat()
    parts = [NAMES[start : start + 100] for start in range(0, 500, 100)]
    readings = [asked(known, part) for part in parts]
    for part, reading in [*zip(parts, readings, strict=True)][::-1]:
        assert finished(reading) == {name: name.encode().ljust(SIZE) for name in part}
    commands = client.info("commandstats")
    assert commands["cmdstat_mget"]["calls"] == 5
    assert "cmdstat_eval" not in commands


def test_an_answer_that_nobody_takes_is_not_taken_for_another_one(known):
    (connection,) = known._redis.connection_pool._available_connections
    asked(known, NAMES[:100]).close()
    assert connection._sock is None, "what still comes is never received"
    assert finished(asked(known, NAMES[100:200])).keys() == set(NAMES[100:200])
    assert known.get_up_to(NAMES[200:300], MOST).keys() == set(NAMES[200:300])


def test_what_was_asked_is_asked_again_if_the_connection_ends(known, client):
    reading = asked(known, NAMES)
    client.client_kill_filter(_type="normal", skipme=True)
    assert finished(reading).keys() == set(NAMES)


def test_what_is_too_large_is_left_out_of_what_was_asked_ahead(known, client, caplog):
    client.setrange("renai:e/007", 10 << 20, b"x")
    assert finished(asked(known, NAMES)).keys() == {*NAMES} - {"e/007"}
    (warning,) = caplog.messages
    assert "e/007" in warning


def test_a_server_that_refuses_what_was_asked_ahead_is_an_error(known, client):
    client.execute_command("ACL", "SETUSER", "default", "-mget")
    try:
        reading = asked(known, NAMES)
        with pytest.raises(StoreError, match="cannot read redis://"):
            finished(reading)
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+mget")


@pytest.mark.parametrize("names", [["e/a", "e/ab"], ["e/a"], ["e/\u00fc", "e/b"], []])
def test_names_of_any_form_can_be_asked_for_ahead(store, client, names):
    store.put_many({"e/a": b"1", "e/ab": b"2", "e/b": b"3"})
    client.set("renai:e/\u00fc", bytes(8) + b"4")
    found = store.get_up_to(names, MOST)
    assert len(found) == len(names)
    store.get_up_to(["e/a"], MOST)
    assert finished(store.reading_up_to(names, MOST)) == found
