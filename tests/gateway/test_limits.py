"""Limits: of connections, of time, of what is unpacked, of names that are counted"""

import gzip
import json
import sqlite3
import sys
from contextlib import closing

import httpx
import numpy as np
import orjson
import pytest

from gateway.calling import answer_on
from gateway.running import Gateway
from gateway.service import Answer, expected
from renai.embeddings.recipe import EmbeddingRecipe, usage_key_of
from renai.errors import StoreError, VectorError
from renai.gateway import upstream as upstream_module
from renai.gateway.counted_models import CountedModels
from renai.gateway.embedding_request import _LARGE, _read_by_rows, read_answer
from renai.gateway.replies import GatewayError
from renai.gateway.upstream import Upstream
from renai.gateway.vector_caches import VectorCaches
from renai.stores.memory import MemoryStore
from renai.stores.sqlite import SqliteStore
from waiting import until

_PATCHED = """
import sys
import renai.gateway.app, renai.gateway.messages, renai.gateway.server
renai.gateway.app._SECONDS_FOR_A_LOCK = 0.05
renai.gateway.messages._SECONDS_FOR_A_PART = 0.3
renai.gateway.server._MOST_CONNECTIONS = 4
from renai.__main__ import main
sys.exit(main())
"""


class Tight(Gateway):
    """A gateway whose limits are reached soon."""

    def command(self):
        return [sys.executable, "-c", _PATCHED, *super().command()[3:]]


@pytest.fixture(scope="module")
def _tight(_service, tmp_path_factory):
    pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")
    gateway = Tight(tmp_path_factory.mktemp("tight"), _service.url)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def tight(_tight, service):
    return _tight


@pytest.mark.ours
def test_too_many_connections(tight, call_at):
    """Beyond a number of connections requests are refused with 503, and then answered again"""
    caller = call_at(tight)
    idle = [caller.connect() for _ in range(5)]
    until(lambda: caller.embed("a").status == 503)
    for each in idle:
        each.close()
    until(lambda: caller.embed("a").status == 200)


@pytest.mark.ours
def test_a_body_that_does_not_come(tight, call_at, service):
    """A client that stops in the middle of its request is told so, and the service is not asked"""
    caller = call_at(tight)
    with closing(caller.connect()) as connection:
        connection.sendall(caller.message("a text")[:-5])
        status, _, body = answer_on(connection)
    assert status == 408
    assert json.loads(body)["error"]["type"] == "request_timeout"
    assert service.requests == []


@pytest.mark.ours
@pytest.mark.parametrize("length", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
def test_a_body_that_goes_through_and_does_not_come(tight, call_at, service, length):
    """So is one whose request only goes through; it holds no connection to the service"""
    caller = call_at(tight)
    service.close_connections()  # what other requests left open is kept for a while
    until(lambda: not service.connected)
    with closing(caller.connect()) as connection:
        head = b"POST /v1/echo HTTP/1.1\r\nHost: g\r\n%b\r\n\r\n" % length
        connection.sendall(head + (b"2\r\nab\r\n" if b"chunked" in length else b"ab"))
        status, _, body = answer_on(connection)
    assert status == 408
    assert json.loads(body)["error"]["type"] == "request_timeout"
    until(lambda: not service.connected)


@pytest.mark.ours
def test_a_client_that_leaves_before_its_body_has_come(tight, call_at, service):
    """A client that leaves in the middle of its request leaves nothing behind, nor in the log"""
    caller = call_at(tight)
    for path in (b"/v1/embeddings", b"/v1/echo"):
        with closing(caller.connect()) as connection:
            connection.sendall(b"POST %b HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\n{" % path)
    metrics = f"{tight.address}/metrics"
    left = 'renai_gateway_requests_total{route="%s",status="499"} 1.0'
    until(lambda: all(left % it in httpx.get(metrics).text for it in ("embeddings", "other")))
    assert "Traceback" not in tight.log


@pytest.mark.ours
def test_a_file_that_another_program_locks(tight, call_at):
    """While another program locks the store's file, answers are right, and are not stored"""
    caller = call_at(tight)
    caller.right("a")
    with closing(sqlite3.connect(tight.folder / "vectors.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answered = caller.right(["a", "b"])
        assert answered.response.headers["x-renai-unstored"] == "1"
        other.execute("ROLLBACK")
    until(lambda: "x-renai-unstored" not in caller.right(["b", "c"]).response.headers)


def test_a_store_waits_no_longer_for_a_lock_than_it_is_told(tmp_path):
    with SqliteStore(tmp_path / "v.sqlite") as store:
        store.wait_at_most(0.02)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                store.put_many({"a": b"1"})
        store.close()
        with store._file.using("read") as connection:
            store._file._wait_long(connection)
            assert connection.execute("PRAGMA busy_timeout").fetchone() == (20,)


def test_websockets(gateway, caller):
    """A WebSocket is refused with a sentence"""
    with closing(caller.connect()) as connection:
        connection.sendall(
            b"GET /v1/realtime?model=m HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )
        status, _, body = answer_on(connection)
    assert status >= 400
    assert "WebSocket" in json.loads(body)["error"]["message"]


def test_a_request_is_sent_once(caller, service):
    """A GET or DELETE whose connection breaks reaches the service once"""
    for method in ("GET", "DELETE"):
        assert caller.request("GET", "/models").status_code == 200  # the connection stays open
        service.says = lambda _: Answer(cut=True)
        del service.requests[:]
        assert caller.request(method, "/models").status_code == 502
        assert [it.method for it in service.requests] == [method]
        service.says = None


async def test_an_answer_that_unpacks_to_more_than_is_read(service, monkeypatch):
    monkeypatch.setattr(upstream_module, "_MOST_BYTES", 1 << 20)
    packed = gzip.compress(bytes(50 << 20))
    service.says = lambda _: Answer(content=packed, headers=(("Content-Encoding", "gzip"),))
    async with Upstream(service.url, 30.0) as upstream:
        with pytest.raises(GatewayError, match="has no end"):
            await upstream.ask("POST", f"{service.url}/embeddings", [], b"{}")


def test_a_request_that_unpacks_to_very_much(caller, service):
    """A compressed request is passed on as it is, and unpacked by nobody here"""
    service.says = lambda request: Answer(content=str(len(request.content)).encode())
    packed = gzip.compress(bytes(50 << 20))
    answered = caller.send(packed, {"Content-Encoding": "gzip"})
    assert int(answered.content) == len(packed)


def test_postgresql_behind_it(gateway_with, call_at, postgres_server):
    """With PostgreSQL as its store a text is embedded once, also for the next gateway"""
    caller = call_at(gateway_with(cache=postgres_server.url))
    assert caller.right(["a", "b"]).counts == (0, 2)
    assert caller.right(["b", "c", "a"]).counts == (2, 1)


def test_another_model_behind_the_name(gateway, caller, service):
    """Vectors of another dimension than before are passed on unmixed, and are not stored"""
    caller.right(["a", "b"])

    def longer(request):
        rows = [
            {"index": at, "embedding": expected(text, caller.model, 16)}
            for at, text in enumerate(request.inputs)
        ]
        return Answer().with_body({"data": rows, "usage": {"prompt_tokens": len(rows)}})

    service.says = longer
    for _ in range(2):
        answered = caller.embed(["a", "new", "b", "new"])
        assert answered.vectors == [
            expected(text, caller.model, 16) for text in ("a", "new", "b", "new")
        ]
        assert answered.response.headers["x-renai-unstored"] == "3"
        assert answered.counts == (0, 3)
    assert gateway.log.count(f"another dimension than before under the name {caller.model}") == 1
    assert service.asked[2:] == ["new", "a", "b"] * 2, "each once a request"
    service.says = None
    assert caller.right(["b", "a"]).counts == (2, 0)
    assert caller.right("new").counts == (0, 1)


def test_names_of_models_count_once_the_service_knows_them():
    counted = CountedModels()
    caches = VectorCaches(MemoryStore(), counted)
    cache = caches.lend("key", "", lambda: EmbeddingRecipe("a-model"))
    assert cache._frames.usage_key.model == ""
    caches.accept(cache, "a-model")
    assert cache._frames.usage_key.model == "a-model"
    assert usage_key_of(cache._names.recipe).model == "a-model"
    for number in range(2000):
        counted.name_of(f"invented-{number}")
    counted.accept("another")
    assert counted.name_of("another") == "another"


def rows(embeddings):
    data = [
        {"index": at, "embedding": it, "o": '"embedding":[1]'} for at, it in enumerate(embeddings)
    ]
    return orjson.dumps({"data": data, "usage": {"prompt_tokens": 1}, "model": '"embedding":[2]'})


def test_large_answers_are_read_row_by_row():
    vectors = np.random.default_rng(1).normal(size=(60, 1000)).tolist()
    body = rows([*vectors, [1, 2], "AACAPw==", None, [True], 3])
    assert len(body) > _LARGE
    read = read_answer(body, 65)
    assert all(isinstance(it, np.ndarray) for it in read.vectors[:62])
    assert [it.tolist() for it in read.vectors[:61]] == [*vectors, [1, 2]]
    assert read.vectors[62:] == [None, [True], 3]
    assert (read.model, read.usage) == ('"embedding":[2]', {"prompt_tokens": 1})


@pytest.mark.parametrize("wrong", [b"[1,,2]", b"[1 2]", b"[.5]", b"[-]"])
def test_what_is_no_list_of_numbers_is_none_there_either(wrong):
    body = rows([[0.5]]).replace(b"[0.5]", wrong)
    assert _read_by_rows(body) is None
    with pytest.raises(VectorError, match="no JSON object"):
        read_answer(body + b" " * _LARGE, 1)
