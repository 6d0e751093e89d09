"""The HTTP client under the SDK: it follows no redirect, and reads no more than an answer's worth.

The SDK's own client follows redirects, with the document in them, and unpacks whatever comes. And
the SDK adds what OPENAI_* variables hold to the requests to any endpoint. Nothing comes after this
client but the network, so the headers for other services than OpenAI's are written here.

This module is imported when the first request is sent: the import of the SDK is slow.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from openai import DefaultAsyncHttpxClient, Timeout  # noqa: TID253 - see above
from openai import __version__ as sdk_version  # noqa: TID253

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from httpx2 import Request, Response

MOST_ANSWER_BYTES = 2**24
"""The most bytes of an answer, both as they come and unpacked; honest ones have thousands."""

_PACKING = "gzip"
_OF_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class RefusedAnswerError(Exception):
    """An answer that is not read: it is too large, or packed in a way that was not asked for."""


class HttpClient(DefaultAsyncHttpxClient):
    """Sends requests to one endpoint.

    Args:
        timeout: the seconds that one step of a request may take.
        headers: all headers to send, besides those that every request has; None for those that
            the SDK makes of its parameters and of OPENAI_* variables.
        proxies: whether the proxies that the environment names are used.
    """

    def __init__(
        self, timeout: float, headers: dict[str, str] | None, *, proxies: bool = True
    ) -> None:
        super().__init__(
            timeout=Timeout(timeout, connect=min(10.0, timeout)),
            mounts=None if proxies else dict.fromkeys(("http://", "https://", "all://")),
        )
        self._own_headers = headers

    async def send(self, request: Request, **options: Any) -> Response:
        """Send one request, and return the whole answer, unpacked.

        Raises:
            RefusedAnswerError: the answer is too large, or cannot be unpacked.
        """
        options |= {"stream": True, "follow_redirects": False}
        response = await super().send(self._as_sent(request), **options)
        try:
            body = await _read(response.aiter_raw(), response.headers.get("content-encoding", ""))
        finally:
            await response.aclose()
        headers = [pair for pair in response.headers.multi_items() if pair[0] not in _OF_THE_BODY]
        return type(response)(
            response.status_code,
            headers=headers,
            content=body,
            request=request,
            extensions=response.extensions,
        )

    def _as_sent(self, request: Request) -> Request:
        headers = {**request.headers, "accept-encoding": _PACKING}
        if self._own_headers is not None:
            headers = {
                "accept": "application/json",
                "accept-encoding": _PACKING,
                "content-type": "application/json",
                "user-agent": f"AsyncOpenAI/Python {sdk_version}",
                **self._own_headers,
            }
        return type(request)(
            request.method,
            request.url,
            headers=headers,
            content=request.content,
            extensions=request.extensions,
        )


async def _read(chunks: AsyncIterator[bytes], packing: str) -> bytes:
    """Return what an answer holds, unpacked piece by piece, so that no bomb is ever whole."""
    packing = packing.strip().lower()
    if packing not in {"", "identity", _PACKING}:
        raise RefusedAnswerError("an answer that is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if packing == _PACKING else None
    parts: list[bytes] = []
    received = size = 0
    async for chunk in chunks:
        received += len(chunk)
        try:
            room = MOST_ANSWER_BYTES - size + 1
            part = unpacker.decompress(chunk, room) if unpacker else chunk
        except zlib.error:
            raise RefusedAnswerError("an answer that cannot be unpacked") from None
        size += len(part)
        if max(received, size) > MOST_ANSWER_BYTES:
            raise RefusedAnswerError(f"an answer of more than {MOST_ANSWER_BYTES >> 20} MiB")
        parts.append(part)
    return b"".join(parts)
