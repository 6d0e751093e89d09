"""Who sends a request, and which of its headers may shape the answer.

What identifies a caller (keys, tokens, cookies) is digested and never kept. Of all other headers
those count by which an upstream may route: every one that is not known to make no difference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from renai.embedders.routes import is_credential, routing_headers
from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = tuple[tuple[bytes, bytes], ...]
"""The headers of a request or of an answer: names in lower case, and values."""

SHARED = "gateway"
"""The namespace of all callers, where they share their answers."""

_WHO_PAYS = ("openai-organization", "openai-project")

_NO_DIFFERENCE = re.compile(
    r"accept(-.*)?|cache-control|connection|content-.*|date|dnt|expect|forwarded|from|host"
    r"|if-.*|keep-alive|origin|pragma|priority|proxy-connection|range|referer|te|trailer"
    r"|transfer-encoding|upgrade(-.*)?|user-agent|via"
    r"|sec-.*|x-forwarded-(by|for|host|path|port|prefix|proto|scheme|server|ssl|uri)|x-real-ip"
    r"|cdn-loop|cf-(connecting-.*|ew-via|ip.*|pseudo-ipv4|ray|visitor|warp-tag-id|worker)"
    r"|x-stainless-.*|openai-organization|openai-project|x-openai-client-.*"
    r"|http-referer|x-title"  # what OpenRouter lists an application as
    r"|idempotency-key|(x-)?(client-)?(request|correlation|trace|session)-?id|x-client-request-id"
    r"|traceparent|tracestate|baggage|b3|x-b3-.*|uber-trace-id|sentry-.*|x-datadog-.*|newrelic"
    r"|x-amzn-trace-id|x-cloud-trace-context"
)
"""Headers of HTTP, of browsers and proxies, of tracing, and of clients about themselves."""

_OF_A_BALANCER = re.compile(r"__cf_bm|__cflb|_cfuvid|AWS[AE]LB\w*|ARRAffinity\w*|GCLB")
"""Cookies that say which server answers, and may be new with each answer."""


class Sender(NamedTuple):
    """Who sent a request, and how.

    Attributes:
        namespace: the namespace of the caller's answers.
        identity: who is accepted or refused by the upstream: the caller, who pays, and the routing,
            since a header with a name that does not tell may be a key, too.
        routing: the digests of the headers and parameters by which an upstream may route.
    """

    namespace: str
    identity: str
    routing: tuple[tuple[str, str], ...]


class Senders:
    """Tells the senders of requests.

    Args:
        shared: whether all callers have one namespace.
        ignored: names of headers, in lower case, that make no difference.
    """

    def __init__(self, *, shared: bool, ignored: Iterable[str] = ()) -> None:
        self._shared = shared
        self._ignored = frozenset(ignored)

    def of(self, headers: Iterable[tuple[bytes, bytes]], query: bytes = b"") -> Sender:
        """Return the sender of a request.

        Args:
            headers: the headers of the request, with their names in lower case.
            query: the query of its URL, as it was sent.
        """
        who: list[tuple[str, str]] = []
        pays: list[tuple[str, str]] = []
        others: dict[str, str] = {}
        for given, content in headers:
            name, value = given.decode("latin-1"), content.decode("latin-1")
            if name in _WHO_PAYS:
                pays.append((name, value))
            elif name in self._ignored or _NO_DIFFERENCE.fullmatch(name):
                continue
            elif name == "cookie":
                who += [(name, pair) for each in value.split(";") if _tells(pair := each.strip())]
            elif is_credential(name):
                who.append((name, value))
            else:
                others[name] = f"{others[name]}, {value}" if name in others else value
        for pair in filter(None, query.decode("latin-1").split("&")):
            # As it was sent: decoded, `a%26b` would be two values, and all broken escapes one.
            name, _, value = pair.partition("=")
            if is_credential(name) or is_credential(unquote(name)):
                who.append((f"?{name}", value))
            else:
                others[f"?{name}"] = f"{others.get(f'?{name}', '')}&{value}"
        caller = digest_bytes(encode(sorted(who)))
        routing = tuple(sorted(routing_headers(others).items()))
        return Sender(
            SHARED if self._shared else f"{SHARED}/{caller}",
            digest_bytes(encode([caller, sorted(pays), routing])),
            routing,
        )


def _tells(cookie: str) -> bool:
    return bool(cookie) and not _OF_A_BALANCER.fullmatch(cookie.partition("=")[0])
