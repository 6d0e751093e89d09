"""All that is not cached"""

import gzip
import json

import pytest

from gateway.calling import answer_on
from gateway.service import Answer
from waiting import until


def _chat(caller, **fields):
    messages = [{"role": "user", "content": "hello"}]
    body = {"model": caller.model, "messages": messages, "temperature": 0, **fields}
    return caller.send(json.dumps(body).encode(), path="/chat/completions")


def test_models(caller, service):
    """The list of models is the service's"""
    answered = caller.request("GET", "/models")
    assert answered.status_code == 200
    assert answered.json()["data"][0]["id"] == "m"
    assert service.requests[-1].target == "/v1/models"


def test_chat(caller, service):
    """Chat completions are not cached unless that is chosen"""
    first, second = _chat(caller), _chat(caller)
    assert first.status_code == second.status_code == 200
    assert first.json() != second.json()
    assert len(service.requests) == 2
    assert service.requests[0].body == service.requests[1].body


def test_streams(caller, service):
    """A stream comes piece by piece, while the service still speaks"""
    body = {"model": caller.model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    service.next_piece.clear()
    url = f"{caller.url}/chat/completions"
    headers = {"Authorization": f"Bearer {caller.key}"}
    with caller._http.stream("POST", url, json=body, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert json.loads(next(lines)[6:])["choices"][0]["delta"]["content"]
        service.next_piece.set()
        assert [line for line in lines if line][-1] == "data: [DONE]"


def test_a_stream_that_is_left(caller, service):
    """When a client leaves a stream, the service is left, too"""
    service.says = lambda request: Answer(
        headers=(("Content-Type", "text/event-stream"),), pieces=(b"data: x\n\n",) * 100_000
    )
    service.next_piece.clear()
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "a"}], "stream": True}
    )
    with caller.connect() as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body.encode())
        )
        assert connection.recv(100)
    service.next_piece.set()
    until(lambda: service.left)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST"])
def test_other_paths(caller, service, method):
    """Other paths and methods go on, with their query and body"""
    body = b"\x00\x01 any bytes \xff"
    options = {"content": body} if method not in ("GET", "HEAD", "OPTIONS") else {}
    answered = caller.request(method, "/echo?after=%2Fa%20b&limit=2&limit=3", **options)
    assert answered.status_code == 200
    assert answered.headers["x-method"] == method
    assert answered.content == options.get("content", b"")
    assert service.requests[-1].target == "/v1/echo?after=%2Fa%20b&limit=2&limit=3"


def test_unknown_paths(caller, service):
    """A path that the service does not know gets the service's 404"""
    answered = caller.request("GET", "/nothing/here")
    assert answered.status_code == 404
    assert answered.json()["error"]["message"] == "Invalid URL (GET /v1/nothing/here)"


def test_escapes_in_a_path(caller, service):
    """Escapes in a path reach the service as they are"""
    caller.request("GET", "/models/org%2Fmodel%20x")
    assert service.requests[-1].target == "/v1/models/org%2Fmodel%20x"


def test_headers_of_one_connection(gateway, caller, service):
    """Headers that concern one connection do not go on"""
    with caller.connect() as connection:
        connection.sendall(
            b"GET /v1/models HTTP/1.1\r\nHost: gateway.example\r\n"
            b"Connection: X-Mine, keep-alive\r\n"
            b"X-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
            b"Proxy-Authorization: Basic eA==\r\n"
            b"Proxy-Connection: keep-alive\r\nX-Goes-On: yes\r\n\r\n"
        )
        assert answer_on(connection)[0] == 200
    sent = dict(service.requests[-1].headers)
    assert sent["x-goes-on"] == "yes"
    assert sent["host"] == f"127.0.0.1:{service.port}"
    strange = {"x-mine", "keep-alive", "te", "proxy-authorization", "proxy-connection"}
    assert not strange & sent.keys()


def test_headers_of_the_services_connection(caller, service):
    """Headers of an answer come back, but for those that concern one connection"""
    headers = (
        *(("Connection", "X-Theirs, keep-alive"), ("X-Theirs", "1"), ("Keep-Alive", "timeout=5")),
        *(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("x-request-id", "req-7")),
        ("Content-Type", "application/json"),
    )
    service.says = lambda request: Answer(200, b"{}", headers)
    answered = caller.request("GET", "/models")
    assert answered.headers["x-request-id"] == "req-7"
    assert answered.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert not {"x-theirs", "keep-alive"} & set(answered.headers)


def test_headers_of_embeddings(caller):
    """The number of the request and the limits that are left come back with new embeddings"""
    headers = caller.right("a").response.headers
    assert headers["x-request-id"] == "req-1"
    assert headers["x-ratelimit-remaining-requests"] == "59"


def _compressed(answer):
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return Answer(200, gzip.compress(answer.content), headers)


def test_compressed_answers(caller, service):
    """A compressed answer is understood"""
    service.says = lambda request: _compressed(service.honest(request))
    caller.right(["a", "b"])
    caller.right(["b", "a"])


def test_other_compressed_answers(caller, service):
    """A compressed answer to another request comes back as good as it was"""
    service.says = lambda request: _compressed(service.honest(request))
    answered = caller.request("GET", "/models")
    assert answered.json()["data"][0]["id"] == "m"


def test_compressed_requests(caller, service):
    """A compressed request for embeddings reaches the service as it is, or is understood"""
    content = gzip.compress(json.dumps({"model": caller.model, "input": "a"}).encode())
    caller.send(content, headers={"Content-Encoding": "gzip"})
    (request,) = service.requests
    assert request.content == content or request.body["input"] in ("a", ["a"])


def test_large_uploads(caller, service):
    """A file that is larger than a request for embeddings may be goes on"""
    content = bytes(range(256)) * 4000
    answered = caller.request("POST", "/echo", content=content)
    assert answered.content == content


def test_paths_that_lead_elsewhere(caller, service):
    """A path with dots does not lead out of the service's own"""
    for path in (b"/v1/../admin", b"/v1/%2e%2e/admin", b"/v1/models/..%2f..%2fadmin"):
        with caller.connect() as connection:
            connection.sendall(b"GET %b HTTP/1.1\r\nHost: g\r\n\r\n" % path)
            assert answer_on(connection)[0] in (400, 404)
    assert not [it for it in service.requests if not it.target.startswith("/v1/")]


def test_another_base(caller, service):
    """A client whose base URL has no `/v1` is answered, too"""
    body = {"model": caller.model, "input": "a"}
    url = caller.url.removesuffix("/v1") + "/embeddings"
    headers = {"Authorization": f"Bearer {caller.key}"}
    answered = caller._http.post(url, json=body, headers=headers)
    assert answered.status_code == 200
    assert service.embeddings[-1].target == "/v1/embeddings"
