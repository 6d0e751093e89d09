"""What a gateway says itself: errors in the form of OpenAI's protocol, and lists of embeddings."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Receive, Scope, Send

    from renai.codecs.vector import Floats

OWN_HEADERS = b"x-renai-"
"""How the names of headers begin that the gateway itself adds."""

_TOLD = ("hits", "misses", "deduplicated", "unstored")


class GatewayError(Exception):
    """An error that the gateway itself answers with.

    Args:
        status: the status of HTTP.
        kind: its `type`, for programs.
        message: a sentence, for people.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind

    def reply(self) -> Response:
        """Return the answer that says so."""
        error = {"message": str(self), "type": self.kind, "param": None, "code": self.kind}
        return Response(orjson.dumps({"error": error}), self.status, media_type="application/json")


class EmbeddingReply(Response):
    """An answer with embeddings, whose headers say what became of the inputs; it can be sent often.

    Args:
        body: its body.
        counts: what became of the inputs, as `counts_of` tells it.
        headers: the upstream's that concern the caller.

    Attributes:
        counts: the same.
    """

    media_type = "application/json"

    def __init__(
        self, body: bytes, counts: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(body)
        self.counts = counts
        self.raw_headers += headers
        self.raw_headers += [
            (OWN_HEADERS + name.encode(), b"%d" % counts[name]) for name in _TOLD if name in counts
        ]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        # Who traces servers adds headers to what is sent, which concern one request.
        start = {"status": self.status_code, "headers": self.raw_headers.copy()}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": self.body})


def embedding_list(
    vectors: Floats, model: str, usage: Mapping[str, Any], *, as_base64: bool
) -> bytes:
    """Return the body of an answer with embeddings.

    Args:
        vectors: float32 (n, dim), the embeddings in the order of the inputs.
        model: the model that made them.
        usage: what they were billed.
        as_base64: whether each is given as base64 of its bytes, little endian; else as numbers.
    """
    if as_base64:
        # Put together by hand: base64 needs no escaping, and this is most of what is sent.
        rows = vectors.astype("<f4", copy=False)
        data = b",".join(
            [
                b'{"object":"embedding","index":%d,"embedding":"%b"}'
                % (index, b2a_base64(row, newline=False))
                for index, row in enumerate(rows)
            ]
        )
    else:
        data = b",".join(
            [
                b'{"object":"embedding","index":%d,"embedding":%b}'
                % (index, orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY))
                for index, row in enumerate(vectors)
            ]
        )
    return b'{"object":"list","data":[%b],"model":%b,"usage":%b}' % (
        data,
        orjson.dumps(model),
        orjson.dumps(usage),
    )
