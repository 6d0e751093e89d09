"""A client of a gateway that sees all of an answer, and judges its vectors."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embeddings_endpoint import inputs_of
from gateway.service import DIM, expected, numbers_in
from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

_SHAPES_NOTHING = ("dimensions", "encoding_format", "user")


@dataclass(frozen=True)
class Answered:
    """An answer to a request for embeddings."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def body(self) -> Any:
        return self.response.json()

    @property
    def vectors(self) -> list[list[float]]:
        """All vectors, which must be there in the order of their indexes."""
        assert self.status == 200, (self.status, self.response.text[:500])
        assert [it["index"] for it in self.body["data"]] == list(range(len(self.body["data"])))
        return [numbers_in(it["embedding"]) for it in self.body["data"]]

    @property
    def counts(self) -> tuple[int, int]:
        """What the headers say of hits and misses."""
        headers = self.response.headers
        return int(headers["x-renai-hits"]), int(headers["x-renai-misses"])


class Caller:
    """Somebody with a key, who asks for one model.

    Args:
        url: the base URL of a gateway.
        key: what stands in the requests' Authorization; None for nothing.
        model: what is asked for where a request does not say.
        http: the connections.
    """

    def __init__(self, url: str, key: str | None, model: str, http: httpx.Client) -> None:
        self.url = url
        self.key = key
        self.model = model
        self._http = http

    def with_key(self, key: str | None) -> Caller:
        return Caller(self.url, key, self.model, self._http)

    def send(
        self,
        content: bytes | Iterable[bytes],
        headers: dict[str, str] | None = None,
        path: str = "/embeddings",
    ) -> httpx.Response:
        """Send a body as it is."""
        given = {"Content-Type": "application/json", **(headers or {})}
        return self.request("POST", path, content=content, headers=given)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if self.key is not None:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        return self._http.request(
            method, f"{self.url}{path}", headers=headers, timeout=LIMIT, **options
        )

    def embed(self, given: Any, headers: dict[str, str] | None = None, **fields: Any) -> Answered:
        """Ask for embeddings."""
        body = {"input": given, "model": self.model, **fields}
        return Answered(self.send(json.dumps(body).encode(), headers))

    def right(self, given: Any, headers: dict[str, str] | None = None, **fields: Any) -> Answered:
        """Ask for embeddings, and see to it that they are the right ones."""
        answered = self.embed(given, headers, **fields)
        assert answered.vectors == self.expected(given, **fields)
        return answered

    def expected(self, given: Any, **fields: Any) -> list[list[float]]:
        model = fields.pop("model", self.model)
        dim = fields.get("dimensions") or DIM
        others = {name: it for name, it in fields.items() if name not in _SHAPES_NOTHING}
        return [expected(one, model, dim, **others) for one in inputs_of({"input": given})]

    def connect(self) -> socket.socket:
        """Open a connection of one's own."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return socket.create_connection((parts.hostname, parts.port), LIMIT)

    def message(self, given: Any, **fields: Any) -> bytes:
        """Return a whole request for embeddings, as it goes over a connection."""
        body = json.dumps({"input": given, "model": self.model, **fields}).encode()
        return (
            b"POST /v1/embeddings HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
        ) % ((self.key or "").encode(), len(body), body)


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer from a connection: status, headers with names in lower case, body."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
    return status, headers, body
