"""The least that a gateway of the same stack can do for a hit: parse, look up, render.

It keeps no callers apart, checks nothing, and knows no miss: what is not in its file is an error.
Run as a program, it serves `FILE` at `PORT` with one worker.
"""

from __future__ import annotations

import sqlite3
import sys
from binascii import b2a_base64
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_SCHEMA = """
PRAGMA page_size = 65536; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
PRAGMA mmap_size = 1073741824;
CREATE TABLE IF NOT EXISTS vectors (digest INTEGER PRIMARY KEY, vector BLOB NOT NULL);
"""
_AT_ONCE = 500


class Vectors:
    """Vectors in a file of SQLite, by a number of the digest of model and text."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def put(self, model: str, vectors: Iterable[tuple[str, bytes]]) -> None:
        """Store vectors, each as float32 in little endian."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
            [(_digest(model, text), vector) for text, vector in vectors],
        )
        self._database.execute("COMMIT")

    def get(self, model: str, texts: list[str]) -> list[bytes]:
        """Return the vectors of texts, in their order."""
        digests = [_digest(model, text) for text in texts]
        found: dict[int, bytes] = {}
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._database.execute(
                f"SELECT digest, vector FROM vectors WHERE digest IN ({marks})", some
            )
            found.update(rows.fetchall())
        return [found[digest] for digest in digests]


def _digest(model: str, text: str) -> int:
    digest = sha256(f"{model}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def application(path: str) -> Starlette:
    """Return the application over a file."""
    vectors = Vectors(path)

    async def embeddings(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        given = asked["input"]
        texts = [given] if isinstance(given, str) else given
        found = vectors.get(asked["model"], texts)
        if asked.get("encoding_format") == "base64":
            rows = [b'"%b"' % b2a_base64(vector, newline=False) for vector in found]
        else:
            numbers = np.frombuffer(b"".join(found), "<f4").reshape(len(found), -1)
            rows = [orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) for row in numbers]
        data = b",".join(
            [
                b'{"object":"embedding","index":%d,"embedding":%b}' % (index, row)
                for index, row in enumerate(rows)
            ]
        )
        body = (
            b'{"object":"list","data":[%b],"model":%b,"usage":{"prompt_tokens":0,"total_tokens":0}}'
        ) % (data, orjson.dumps(asked["model"]))
        return Response(body, media_type="application/json")

    async def health(_: Request) -> Response:
        return Response()

    return Starlette(
        routes=[Route("/v1/embeddings", embeddings, methods=["POST"]), Route("/health", health)]
    )


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        port=int(sys.argv[2]),
        http="httptools",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
