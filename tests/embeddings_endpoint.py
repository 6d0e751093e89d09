"""An endpoint for embeddings on loopback that speaks OpenAI's protocol, and counts.

A vector follows from what is embedded, so that a wrong one is seen. Text and tokens differ.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

DIM = 4


def vector_of(given: Any, dim: int = DIM) -> list[float]:
    """A vector that float32 holds exactly."""
    digest = hashlib.sha256(json.dumps(given).encode()).digest()
    return [digest[at % len(digest)] / 256 for at in range(dim)]


class Endpoint:
    """What was asked of an endpoint.

    Attributes:
        url: the base URL of its protocol.
        requests: the bodies of all requests.
        headers: the headers of all requests.
        backwards: whether answers list the embeddings in the wrong order, each with its index.
        forgets: whether answers lack the last embedding.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.backwards = False
        self.forgets = False

    @property
    def asked(self) -> list[Any]:
        """All inputs that were embedded, in their order."""
        return [one for request in self.requests for one in inputs_of(request)]

    def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of the answer to a request."""
        self.requests.append(request)
        inputs = inputs_of(request)
        if not inputs or "bad" in inputs or not all(map(is_valid, inputs)):
            return 400, {"error": {"message": "the input is not valid", "type": "invalid"}}
        as_text = request.get("encoding_format") == "base64"
        vectors = [vector_of(one, request.get("dimensions", DIM)) for one in inputs]
        rows = [
            {"object": "embedding", "index": at, "embedding": in_base64(it) if as_text else it}
            for at, it in enumerate(vectors)
        ]
        if self.backwards:
            rows.reverse()
        if self.forgets:
            rows.pop()
        usage = {"prompt_tokens": len(inputs), "total_tokens": len(inputs)}
        return 200, {"object": "list", "model": request["model"], "data": rows, "usage": usage}


def inputs_of(request: dict[str, Any]) -> list[Any]:
    given = request["input"]
    return [given] if isinstance(given, str) or (given and isinstance(given[0], int)) else given


def is_valid(given: Any) -> bool:
    of_numbers = isinstance(given, list) and all(isinstance(it, int) for it in given)
    return bool(given) and (isinstance(given, str) or of_numbers)


def in_base64(vector: list[float]) -> str:
    return base64.b64encode(np.array(vector, "<f4").tobytes()).decode()


@contextmanager
def serve() -> Iterator[Endpoint]:
    """Run an endpoint at a free port."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            endpoint.headers.append(dict(self.headers))
            read = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = endpoint.answer(json.loads(read))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
