"""Headers and bodies on their way through: what is passed on, and how much is read."""

from __future__ import annotations

import re
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import ClientDisconnect

from renai.gateway.patience import Patience
from renai.gateway.replies import GatewayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from starlette.types import Receive

_OF_ONE_CONNECTION = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    }
)
"""Headers that concern one connection and not the message (RFC 9110, section 7.6.1)."""

UPSTREAM_MAKES = frozenset({b"content-length", b"content-encoding", b"accept-encoding", b"range"})
"""Headers that do not hold where the body is made anew, and the answer is read here."""

_FOR_THIS_SERVER = frozenset({b"host", b"expect"})
_DOTS = re.compile(rb"(?i)(^|/|%2f|\\|%5c)(\.|%2e){1,2}(/|%2f|\\|%5c|;|%3b|$)")

_SECONDS_FOR_A_PART = 30.0
_SECONDS_FOR_A_BODY = 600.0
"""How long a client may send nothing of its request, and how long it may take for all of it."""

_DEEPEST = 100
"""Arrays and objects inside one another; more can be read than can be written again."""

_LARGEST_WHOLE = 2.0**53
"""From here on integers share floats: one of more than 64 bits is read as a float."""


def passed_on(
    headers: Iterable[tuple[bytes, bytes]], *, without: frozenset[bytes] = frozenset()
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that go from one connection to the other, with their names in lower case.

    Args:
        headers: the headers that came.
        without: names of others that do not go on.
    """
    pairs = [(name.lower(), value) for name, value in headers]
    listed = {
        name.strip().lower()
        for given, value in pairs
        if given == b"connection"
        for name in value.split(b",")
    }
    for name, value in pairs:
        if name not in _OF_ONE_CONNECTION and name not in listed and name not in without:
            yield name, value


def sent_upstream(
    headers: Iterable[tuple[bytes, bytes]], *, without: frozenset[bytes] = frozenset()
) -> list[tuple[str, str]]:
    """Return the headers of a request as they are sent to the upstream.

    Args:
        headers: the headers that go on.
        without: names of those that do not after all.
    """
    return [
        (name.decode("latin-1"), _as_text(value))
        for name, value in headers
        if name not in _FOR_THIS_SERVER and name not in without
    ]


def _as_text(value: bytes) -> str:
    """Return the value of a header, which is sent as UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def upstream_target(upstream: str, path: bytes, query: bytes) -> str:
    """Return the URL at the upstream for a path of the gateway.

    What follows `/v1` in the path is put behind the upstream's URL; a path without it as a whole.

    Args:
        upstream: the base URL of the upstream, without a slash at its end.
        path: the path, as it was sent.
        query: the query, as it was sent.

    Raises:
        GatewayError: the path leads out of the upstream's.
    """
    if _DOTS.search(path):
        raise GatewayError(400, "invalid_request_error", "the path has dots in it")
    rest = path[3:] if path == b"/v1" or path.startswith(b"/v1/") else path
    target = upstream + rest.decode("latin-1")
    return f"{target}?{query.decode('latin-1')}" if query else target


class Bodies:
    """Reads the bodies of requests, each as far and as long as it may be read.

    Args:
        most: the most bytes of one that is read as a whole.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._patience = Patience()

    async def whole(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bytes:
        """Return a body, which is read no further than the limit.

        Args:
            headers: the headers of the request, with their names in lower case.
            receive: gives its parts.

        Raises:
            GatewayError: there are more bytes than that, or they come too slowly.
            ClientDisconnect: the client has left.
        """
        for name, value in headers:
            if name == b"content-length" and not (value.isdigit() and int(value) <= self._most):
                raise self._too_large()
        part, more = await self._next(receive, _SECONDS_FOR_A_PART)
        if not more and len(part) <= self._most:
            return part
        parts, size = [part], len(part)
        last = monotonic() + _SECONDS_FOR_A_BODY
        while more and size <= self._most:
            part, more = await self._next(receive, min(_SECONDS_FOR_A_PART, last - monotonic()))
            size += len(part)
            parts.append(part)
        if size > self._most:
            raise self._too_large()
        return b"".join(parts)

    async def parts(self, receive: Receive) -> AsyncIterator[bytes]:
        """Yield a body as it comes in, however long all of it takes.

        Raises:
            GatewayError: the client sends nothing for too long.
            ClientDisconnect: the client has left.
        """
        more = True
        while more:
            part, more = await self._next(receive, _SECONDS_FOR_A_PART)
            yield part

    async def _next(self, receive: Receive, seconds: float) -> tuple[bytes, bool]:
        """Return the next part of a body, and whether there are more; raises as `parts` does."""
        try:
            message = await self._patience.within(seconds, receive)
        except TimeoutError as error:
            raise GatewayError(
                408, "request_timeout", "the body of the request came too slowly"
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)

    def _too_large(self) -> GatewayError:
        return GatewayError(
            413,
            "request_too_large",
            f"the body of the request has more than {self._most:,} bytes, the limit of this "
            "gateway; send fewer inputs at once, or start it with a larger --max-body",
        )


def fields_of(body: bytes) -> dict[str, Any] | None:
    """Return the fields of a body that is a JSON object; None for any other.

    Of a field that stands there twice the last one counts, as in most servers.
    """
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return fields if isinstance(fields, dict) else None


def is_exact(value: Any, deepest: int = _DEEPEST) -> bool:
    """Return whether a value of a body can be written again and says the same.

    What is in a key and what reaches the upstream are both written anew. So nothing may be lost on
    the way, and no two bodies may become one.

    Args:
        value: what was read.
        deepest: how many arrays and objects may be inside one another.
    """
    if isinstance(value, float):
        return not value.is_integer() or abs(value) < _LARGEST_WHOLE
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return True
    return deepest > 0 and all(is_exact(each, deepest - 1) for each in value)
