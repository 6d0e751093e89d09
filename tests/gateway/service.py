"""A service of OpenAI's protocol on loopback that answers well, or does as it is told.

It records what it is asked. A vector follows from the input, the model, the dimensions and every
field of the body that is not known, so that a wrong one is seen whoever returns it.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from embeddings_endpoint import in_base64, inputs_of, is_valid, vector_of
from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIM = 8
TOKENS = 3
"""What each input is billed."""

_SHAPES_NOTHING = ("input", "model", "dimensions", "encoding_format", "user")


def expected(given: Any, model: str, dimensions: int = DIM, **fields: Any) -> list[float]:
    """Return the vector of one input, which float32 holds exactly."""
    return vector_of([given, model, dimensions, sorted(fields.items())], dimensions)


@dataclass(frozen=True)
class Request:
    """What came in.

    Attributes:
        method: of HTTP.
        target: the path with its query, as it was sent.
        headers: names in lower case, and values, as they came.
        content: the body.
    """

    method: str
    target: str
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def inputs(self) -> list[Any]:
        """What is to be embedded."""
        return inputs_of(self.body)

    @property
    def key(self) -> str | None:
        """Who asks."""
        given = dict(self.headers)
        bearer = given.get("authorization")
        return bearer.removeprefix("Bearer ") if bearer else given.get("api-key")


@dataclass(frozen=True)
class Answer:
    """What is sent back.

    Attributes:
        status: of HTTP.
        content: the body.
        headers: besides its length.
        states: the length that is stated, where it is not the true one.
        pieces: a body that is sent piece by piece, chunked, instead.
        cut: whether the connection is cut without a word.
    """

    status: int = 200
    content: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    states: int | None = None
    pieces: tuple[bytes, ...] | None = None
    cut: bool = False

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    def with_body(self, body: Any) -> Answer:
        return replace(self, content=json.dumps(body).encode())


def error(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    """An error as OpenAI's service words it; `_` in a header's name stands for `-`."""
    said = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    own = (("Content-Type", "application/json"), *named)
    return Answer(status, json.dumps({"error": said}).encode(), own)


@dataclass
class Service:
    """The service, and what was asked of it.

    Attributes:
        requests: all that came in.
        says: what is answered instead of the honest answer; None for that one.
        refused: keys that are not accepted.
        on: lets answers go; without it requests wait.
        next_piece: lets a stream go on after its first piece.
        left: how many have left a stream.
    """

    requests: list[Request] = field(default_factory=list)
    says: Callable[[Request], Answer | None] | None = None
    refused: set[str] = field(default_factory=set)
    on: threading.Event = field(default_factory=threading.Event)
    next_piece: threading.Event = field(default_factory=threading.Event)
    left: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was asked and told."""
        self.on.set()
        self.next_piece.set()
        self.says = None
        self.refused.clear()
        self.left = 0
        self.requests = []
        if self.port and self._server is None:
            self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[Any]:
        """All inputs that were to be embedded, in their order."""
        return [one for request in self.embeddings for one in request.inputs]

    @property
    def embeddings(self) -> list[Request]:
        """All requests for embeddings."""
        return [it for it in self.requests if it.path.endswith("/embeddings")]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have requests wait for their answers until the block ends."""
        self.on.clear()
        try:
            yield
        finally:
            self.on.set()

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def start(self) -> None:
        self._server = _Server(
            ("127.0.0.1", self.port), type("Handler", (_Handler,), {"service": self})
        )
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def kill(self) -> None:
        """Close the port and all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        self.close_connections()

    def close_connections(self) -> None:
        """Cut all connections that are open."""
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def answer(self, request: Request) -> Answer:
        """Return what is sent back to a request."""
        self.requests.append(request)
        assert self.on.wait(LIMIT)
        told = self.says(request) if self.says else None
        return self.honest(request) if told is None else told

    def honest(self, request: Request) -> Answer:
        """Return the right answer to a request."""
        if request.key in self.refused:
            return error(401, f"Incorrect API key provided: {request.key}", "invalid_api_key")
        if request.path == "/v1/models":
            return Answer().with_body({"object": "list", "data": [{"id": "m", "object": "model"}]})
        if request.path == "/v1/echo":
            return Answer(content=request.content, headers=(("X-Method", request.method),))
        unknown = error(404, f"Invalid URL ({request.method} {request.path})")
        if request.method != "POST":
            return unknown
        try:
            body = json.loads(request.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return error(400, "We could not parse the JSON body of your request.")
        if request.path.endswith("/embeddings"):
            return self._embed(request, body)
        if request.path.endswith("/chat/completions"):
            return _chat(len(self.requests), body)
        return unknown

    def _embed(self, request: Request, body: dict[str, Any]) -> Answer:
        if not isinstance(body.get("model"), str):
            return error(400, "you must provide a model parameter")
        if not isinstance(body.get("input"), str | list) or not body["input"]:
            return error(400, "'$.input' is invalid. Please check the API reference.")
        inputs = inputs_of(body)
        if not all(map(is_valid, inputs)):
            return error(400, "'$.input' is invalid. Please check the API reference.")
        others = {name: it for name, it in body.items() if name not in _SHAPES_NOTHING}
        dim = body.get("dimensions") or DIM
        vectors = [expected(one, body["model"], dim, **others) for one in inputs]
        as_text = body.get("encoding_format") == "base64"
        rows = [
            {"object": "embedding", "index": at, "embedding": in_base64(it) if as_text else it}
            for at, it in enumerate(vectors)
        ]
        billed = TOKENS * len(inputs)
        usage = {"prompt_tokens": billed, "total_tokens": billed}
        answer = Answer().with_body(
            {"object": "list", "data": rows, "model": body["model"], "usage": usage}
        )
        told = (("x-request-id", "req-1"), ("x-ratelimit-remaining-requests", "59"))
        return replace(answer, headers=(*answer.headers, *told))


def _chat(number: int, body: dict[str, Any]) -> Answer:
    """Answer with another text each time, so that a stored one is seen."""
    text = f"answer {number} to {body['messages'][-1]['content']}"
    chosen = {"index": 0, "finish_reason": "stop"}
    if not body.get("stream"):
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
        return Answer().with_body(
            {
                "id": f"chat-{number}",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "usage": usage,
                "choices": [{**chosen, "message": message}],
            }
        )
    pieces = [
        {
            "id": f"chat-{number}",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}],
        }
        for word in text.split(" ")
    ]
    pieces.append({**pieces[0], "choices": [{**chosen, "delta": {}}]})
    lines = [b"data: " + json.dumps(it).encode() + b"\n\n" for it in pieces]
    events = (("Content-Type", "text/event-stream"),)
    return Answer(headers=events, pieces=(*lines, b"data: [DONE]\n\n"))


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who left."""


class _Handler(BaseHTTPRequestHandler):
    """Reads requests, and sends what the service answers."""

    service: Service
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.service._open.add(self.connection)

    def finish(self) -> None:
        self.service._open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _handle(self) -> None:
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        answer = self.service.answer(Request(self.command, self.path, headers, self._content()))
        try:
            self._send(answer)
        except OSError:
            self.service.left += 1
            self.close_connection = True

    def _content(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        if answer.cut:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.pieces is not None:
            self._send_pieces(answer.pieces)
            return
        length = len(answer.content) if answer.states is None else answer.states
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)
        if answer.states is not None:
            self.close_connection = True

    def _send_pieces(self, pieces: tuple[bytes, ...]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            assert self.service.next_piece.wait(LIMIT)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        pass


def numbers_in(embedding: Any) -> list[float]:
    """Return the numbers of an embedding, in whichever form it was given."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), "<f4").tolist()  # type: ignore[no-any-return]
    assert isinstance(embedding, list)
    return embedding
