"""The endpoint behind a gateway, over HTTP.

Nothing is asked again here: what the upstream answers is the answer, whatever it says.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from yarl import URL

from renai.closing import AsyncClosing
from renai.gateway.messages import passed_on
from renai.gateway.replies import GatewayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from starlette.types import Send

_MOST_BYTES = 512 << 20
"""The most bytes of an answer that is read as a whole."""

_SECONDS_TO_CONNECT = 30
_AT_ONCE = 1000  # connections
_CHUNK = 1 << 16
_OK, _NO_STATUS = 200, 600
_MADE_ANEW = frozenset({b"content-length", b"content-encoding"})
_ADDED_BY_THE_CLIENT = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")

_log = logging.getLogger("renai")


class Answer(NamedTuple):
    """What the upstream has answered, as a whole.

    Attributes:
        status: the status of HTTP.
        headers: its headers, as they came.
        body: its body, decompressed.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether the upstream did what it was asked to do."""
        return 200 <= self.status < 300

    def reply(self) -> Response:
        """Return the same for a client."""
        reply = Response(self.body, self.status)
        reply.raw_headers[:0] = passed_on(self.headers, without=_MADE_ANEW)
        return reply


class RefusedError(Exception):
    """The upstream did not do what it was asked to do.

    Args:
        request: what identifies the request to which it said so.
        answer: what it said.
    """

    def __init__(self, request: object, answer: Answer) -> None:
        super().__init__(f"the upstream answered with status {answer.status}")
        self.request = request
        self.answer = answer


class Upstream(AsyncClosing):
    """The endpoint behind a gateway.

    Args:
        url: its base URL.
        timeout: the seconds for which it may send nothing.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=_AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_ADDED_BY_THE_CLIENT,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=_SECONDS_TO_CONNECT, sock_read=timeout
            ),
            proxy=_proxy_for(url),
        )
        # Else aiohttp sends GET, PUT and DELETE a second time where a connection breaks before the
        # answer, which it has no other switch for.
        self._session._retry_connection = False
        self._timeout = timeout

    async def ask(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Answer:
        """Send a request, and return the whole answer.

        Raises:
            GatewayError: there is no answer, or it is too large.
        """
        try:
            async with self._session.request(
                method,
                URL(target, encoded=True),
                headers=list(headers),
                data=body,
                allow_redirects=False,
                auto_decompress=True,
            ) as answer:
                parts, size = [], 0
                async for part in answer.content.iter_chunked(_CHUNK):
                    size += len(part)
                    if size > _MOST_BYTES:
                        raise GatewayError(
                            502, "upstream_error", "the upstream's answer has no end"
                        )
                    parts.append(part)
                return Answer(_final(answer.status), answer.raw_headers, b"".join(parts))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unanswered(error) from error

    async def forward(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: AsyncIterator[bytes] | bytes | None,
    ) -> ForwardedAnswer:
        """Send a request, and return the answer as it comes in, byte for byte.

        Raises:
            GatewayError: there is no answer; or what the body itself raises.
            ClientDisconnect: the body raises it.
        """
        try:
            answer = await self._session.request(
                method,
                URL(target, encoded=True),
                headers=list(headers),
                data=body,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # What the body's reader raised comes back as a connection that failed.
            if isinstance(error.__cause__, GatewayError | ClientDisconnect):
                raise error.__cause__ from None
            raise self._unanswered(error) from error
        try:
            return ForwardedAnswer(answer, _final(answer.status))
        except GatewayError:
            answer.close()
            raise

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _unanswered(self, error: Exception) -> GatewayError:
        if isinstance(error, asyncio.TimeoutError):
            return GatewayError(
                504, "upstream_timeout", f"the upstream sent nothing for {self._timeout:g} seconds"
            )
        # Its text may have the whole URL in it, and in that a key.
        return GatewayError(
            502, "upstream_error", f"the upstream cannot be asked ({type(error).__name__})"
        )


class ForwardedAnswer(StreamingResponse):
    """An answer of the upstream, passed on while it comes in.

    Attributes:
        keeps: how many bytes of it are kept while they go by.
        kept: the parts that were kept.
    """

    def __init__(self, answer: aiohttp.ClientResponse, status: int) -> None:
        super().__init__(self._parts(), status)
        self.raw_headers = list(passed_on(answer.raw_headers))
        self._answer = answer
        self.keeps = 0
        self.kept: list[bytes] = []

    async def stream_response(self, send: Send) -> None:
        """Send it, and stop where the upstream stops; the client's connection is then cut, too."""
        try:
            await super().stream_response(send)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("an answer of the upstream was cut (%s)", type(error).__name__)
            self.background = None  # what would have followed a whole answer
        finally:
            self._answer.close()

    async def _parts(self) -> AsyncIterator[bytes]:
        async for part in self._answer.content.iter_any():
            if self.keeps > 0:
                self.keeps -= len(part)
                self.kept.append(part)
            yield part


def _final(status: int) -> int:
    """Return the status of an answer that can be passed on.

    Raises:
        GatewayError: it is none of those that end a request.
    """
    if not _OK <= status < _NO_STATUS:
        raise GatewayError(502, "upstream_error", f"the upstream answered with status {status}")
    return status


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL.

    The session is not told to trust the environment: it would also take names and passwords out of
    a `.netrc`, and send them for callers who have none.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
