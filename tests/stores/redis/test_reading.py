"""How Redis is read: without asking for sizes, and yet nobody's memory is filled."""

import random
import socket
import sys
import threading
from contextlib import suppress

import pytest

import renai.stores.redis.connection as redis_connection
from renai.errors import StoreError
from renai.stores.redis import RedisStore
from renai.stores.redis.replies import Alike, TooLongReplyError, _CountingSocket, replies_up_to
from waiting import LIMIT

SIZE = 1000
MOST = 1 << 16
NAMES = [f"e/{number}" for number in range(500)]


def calls(client, *commands):
    """How often commands were called since this was asked last."""
    said = client.info("commandstats")
    client.config_resetstat()
    return tuple(said.get(f"cmdstat_{command}", {"calls": 0})["calls"] for command in commands)


def test_sizes_are_asked_for_until_it_is_known_how_large_values_are(store, client):
    entries = {name: bytes(SIZE) for name in NAMES}
    assert store.get_up_to(NAMES, MOST) == {}
    assert calls(client, "mget", "eval") == (1, 1)
    store.put_many(entries)
    assert store.get_up_to(NAMES, MOST) == entries
    assert calls(client, "mget", "eval") == (1, 1)
    for _ in range(3):
        assert store.get_up_to(NAMES, MOST) == entries
    assert calls(client, "mget", "eval") == (3, 0)


def test_a_value_that_nobody_can_have_expected_is_not_received(store, client, caplog):
    entries = {name: bytes(SIZE) for name in NAMES}
    store.put_many(entries)
    store.get_up_to(NAMES, MOST)
    client.setrange("renai:e/7", 10 << 20, b"x")
    there = entries.copy()
    del there["e/7"]
    calls(client)
    assert store.get_up_to(NAMES, MOST) == there
    assert calls(client, "mget", "eval") == (2, 1)
    (warning,) = caplog.messages
    assert "e/7" in warning
    store.put_many({"e/7": entries["e/7"]})
    calls(client)
    assert store.get_up_to(NAMES, MOST) == entries
    assert calls(client, "mget", "eval") == (1, 0)


def test_values_of_one_size_are_received_at_once(store, monkeypatch):
    at_once, receive = [], _CountingSocket.receive_alike

    def receive_alike(self, alike):
        at_once.append(receive(self, alike))
        return at_once[-1]

    monkeypatch.setattr(_CountingSocket, "receive_alike", receive_alike)
    store.put_many({name: bytes(SIZE) for name in NAMES})
    for _ in range(3):
        store.get_up_to(NAMES, MOST)
    assert at_once == [[bytes(SIZE)] * len(NAMES)] * 2


def test_one_that_is_too_large_among_few_is_left_out_though_it_was_received(store, client, caplog):
    store.put_many({"e/a": bytes(SIZE), "e/b": bytes(SIZE)})
    store.get_up_to(["e/a", "e/b"], MOST)
    store.put_many({"e/b": bytes(MOST + 1)})
    calls(client)
    assert store.get_up_to(["e/a", "e/b"], MOST) == {"e/a": bytes(SIZE)}
    assert calls(client, "mget", "eval") == (1, 0)
    (warning,) = caplog.messages
    assert "e/b" in warning


def test_where_nobody_counts_sizes_are_always_asked_for(redis_server, client, monkeypatch):
    monkeypatch.setattr(redis_connection, "counting", lambda kind: kind)
    with RedisStore(redis_server.url) as store:
        store.put_many({"e/a": bytes(SIZE)})
        calls(client)
        for _ in range(3):
            assert store.get_up_to(["e/a"], MOST) == {"e/a": bytes(SIZE)}
    assert calls(client, "mget", "eval") == (3, 3)


def test_what_grows_after_its_size_was_asked_for_is_not_received(redis_server, client, monkeypatch):
    with RedisStore(redis_server.url) as store:
        store.put_many({"e/a": bytes(SIZE)})
        client.setrange("renai:e/a", 10 << 20, b"x")
        monkeypatch.setattr(store._reader, "_larger_than", lambda *_: [])  # asked just before
        with pytest.raises(StoreError, match=r"cannot read redis://.*the rest is not read"):
            store.get_up_to(["e/a"], MOST)
        assert len(store.get_many(["e/a"])["e/a"]) > MOST, "who wants it gets it"


# How much memory a value takes that is much larger than any entry

_READS = """
import sys
from pathlib import Path

url, parser = sys.argv[1:]
if parser == "python":
    sys.modules["hiredis"] = None
from renai.stores.redis import RedisStore

def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) << 10

names = [f"e/{number}" for number in range(500)]
with RedisStore(url) as store:
    for _ in range(3):
        assert len(store.get_up_to(names, 1 << 16)) == 500
    before = peak()
    print("ready", flush=True)
    sys.stdin.readline()
    assert len(store.get_up_to(names, 1 << 16)) == 499
    assert len(store.get_up_to(names, 1 << 16)) == 499
    print(peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("parser", ["hiredis", "python"])
@pytest.mark.parametrize(
    "kind",
    [
        "redis_server?protocol=2",
        "redis_server?protocol=3",
        "unix_redis",
        "redis_sentinel",
        "tls_redis",
    ],
)
def test_a_huge_value_under_a_wanted_name_fills_no_memory(kind, parser, request, start):
    fixture, _, options = kind.partition("?")
    server = request.getfixturevalue(fixture)
    server.empty()
    master = getattr(server, "master", server)
    with RedisStore(server.url) as store:
        store.put_many({name: bytes(SIZE) for name in NAMES})
    reader = start(_READS, server.url + (f"?{options}" if options else ""), parser)
    try:
        assert reader.stdout.readline() == "ready\n", reader.communicate()
        assert master._asked(f"SETRANGE renai:e/7 {256 << 20} x").startswith(b":")
        took, said = reader.communicate("go on\n")
    finally:
        server.empty()
    assert not reader.returncode, said
    assert int(took) < 10 * SIZE * len(NAMES)


# Replies in one buffer


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(LIMIT)
        yield _CountingSocket(ours), theirs


def bulk(value):
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def reply_of(*values):
    return b"*%d\r\n" % len(values) + b"".join(map(bulk, values))


@pytest.mark.parametrize("piece", [1, 3, 7, 1000])
def test_values_that_are_alike_are_cut_out_of_the_reply(pair, piece):
    ours, theirs = pair
    values = [b"12345", b"$5\r\n1", b"*3\r\n$", b"\r\n\r\n\r"]
    reply = reply_of(*values)
    theirs.sendall(reply[:piece])
    rest = [reply[start : start + piece] for start in range(piece, len(reply), piece)]
    received = ours.recv_into

    def slowly(buffer):
        came = received(buffer)
        if rest:
            theirs.sendall(rest.pop(0))
        return came

    ours.recv_into = slowly
    assert ours.receive_alike(Alike(4, 5, 2)) == [value[2:] for value in values]


@pytest.mark.parametrize(
    "reply",
    [
        b"-ERR no\r\n",
        b"*0\r\n",
        reply_of(None, b"12345", b"12345"),
        reply_of(b"12345", b"12345", None),
        reply_of(b"12345", b"1234", b"12345"),
        reply_of(b"12345", b"123456", b"12345"),
        reply_of(b"12345", b"12345"),
        reply_of(*[b"12345"] * 4),
        b">2\r\n+message\r\n+x\r\n" + reply_of(*[b"12345"] * 3),
        # A value in which the rest of the reply seems to be.
        reply_of(None, b"45\r\n$5\r\n12345\r\n$5\r\n12345", b"x"),
    ],
)
@pytest.mark.parametrize("reads", ["recv", "recv_into"])
def test_a_reply_of_another_form_can_still_be_read(pair, reply, reads):
    ours, theirs = pair
    theirs.sendall(reply)
    assert ours.receive_alike(Alike(3, 5, 2)) is None
    theirs.shutdown(socket.SHUT_WR)
    again = b""
    while part := _some(ours, reads):
        again += part
    assert again == reply


def test_a_reply_ends_with_less_than_the_head_that_is_waited_for(pair):
    ours, theirs = pair
    theirs.sendall(reply_of(bytes(10_000), None))
    assert ours.receive_alike(Alike(2, 10_000, 2)) is None


def _some(ours, reads):
    if reads == "recv":
        return ours.recv(4)
    buffer = bytearray(4)
    return bytes(buffer[: ours.recv_into(buffer)])


def test_whatever_is_there_is_read_as_it_is(store):
    chance = random.Random(0)
    for _ in range(100):
        names = chance.sample(NAMES, chance.randint(1, 20))
        sizes = chance.choice(([5], [5], [5, 6], [0, 5, 90_000]))
        entries = {name: chance.randbytes(chance.choice(sizes)) for name in names}
        store.put_many(entries)
        gone = chance.choice((0, 0, 1, len(names)))
        store.delete_many(names[:gone])
        expected = {name: entries[name] for name in names[gone:]}
        assert store.get_up_to(names, 1 << 20) == expected
        assert store.get_many(names) == expected


def test_more_than_may_come_breaks_the_connection_off(pair):
    ours, theirs = pair
    theirs.sendall(bytes(10))
    with replies_up_to(9) as replies, pytest.raises(TooLongReplyError):
        ours.recv(100)
    assert replies.received == 10
    with pytest.raises(BrokenPipeError):
        ours.sendall(b"PING")


# Connections that end


@pytest.fixture
def cutting(redis_server):
    """The URL of a way to Redis that ends within the next long reply, as often as is wished."""
    listening = socket.create_server(("127.0.0.1", 0))
    cuts = [0]

    def forward(source, target, may_cut):
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if may_cut and cuts[0] and len(data) > 10_000:
                    cuts[0] -= 1
                    target.sendall(data[:5000])
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve():
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", redis_server.port))
                for ends in ((near, far, False), (far, near, True)):
                    threading.Thread(target=forward, args=ends, daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0", cuts
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_a_connection_that_ends_within_a_reply_is_made_anew(cutting, client):
    url, cuts = cutting
    entries = {name: bytes(SIZE) for name in NAMES}
    with RedisStore(url) as store:
        store.put_many(entries)
        for _ in range(2):
            assert store.get_up_to(NAMES, MOST) == entries
        cuts[0] = 1
        assert store.get_up_to(NAMES, MOST) == entries
        cuts[0] = 2  # and when it is asked anew
        with pytest.raises(StoreError, match="cannot read redis://"):
            store.get_up_to(NAMES, MOST)
        assert store.get_up_to(NAMES, MOST) == entries


def test_a_reply_that_takes_too_long_is_not_taken_for_the_next_one(store, client, monkeypatch):
    entries = {name: bytes(SIZE) for name in NAMES}
    store.put_many(entries)
    for _ in range(2):
        assert store.get_up_to(NAMES, MOST) == entries

    def recv_into(self, buffer):
        raise TimeoutError("timed out")

    with monkeypatch.context() as slow:
        slow.setattr(_CountingSocket, "recv_into", recv_into)
        with pytest.raises(StoreError, match="Timeout"):
            store.get_up_to(NAMES, MOST)
    store.put_many({"e/0": bytes(SIZE - 1), "e/1": bytes(SIZE - 1)})
    assert store.get_up_to(NAMES[:2], MOST) == dict.fromkeys(NAMES[:2], bytes(SIZE - 1))
