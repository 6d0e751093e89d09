"""Who may use the page: a browser with the token, from the page itself, under its own name.

Everything that reaches the page passes the `Guard` first. It refuses what names another host, which
is how a foreign site would get in by changing its own address (DNS rebinding), and what another
site has sent. A browser shows the token once and has a cookie from then on.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_READING = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})

# A redirection would count as the other site's where a link there led here, and the cookie would
# not be sent. The page that follows this one is asked for by this one.
_WELCOME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>renai</title>
<link rel="icon" href="/static/icon.svg">
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">Go on to renai</a></p></html>"""

_LOCKED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>renai</title>
<link rel="icon" href="/static/icon.svg">
<h1>This page is locked</h1><p>Open the address that <code>renai web</code> printed when it was
started, with its token. Each start has another one.</p></html>"""


class Guard:
    """Lets only through what may use the page, and sets what browsers must heed.

    Args:
        app: what answers.
        token: the secret in the address that is printed.
        origins: the origins that the page has in a browser.

    Attributes:
        ticket: a second secret, which is worth one visit: for opening a browser, whose command line
            other users of the machine may see.
    """

    def __init__(self, app: ASGIApp, token: str, origins: frozenset[str]) -> None:
        self._app = app
        self._token = token
        self._origins = origins
        self._hosts = frozenset(urlsplit(origin).netloc for origin in origins)
        self._is_secure = all(origin.startswith("https:") for origin in origins)
        self._session = secrets.token_urlsafe(32)
        # Cookies are not told apart by port: two pages on one machine must not share a name.
        self._cookie = f"renai-{secrets.token_hex(4)}"
        self.ticket = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, method = Headers(scope=scope), scope["method"]
        if headers.get("host", "").lower() not in self._hosts:
            return PlainTextResponse("This page has another address.\n", 421)
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        if method in _READING and scope["path"] == "/" and "token" in asked:
            return self._welcome(asked["token"][-1])
        if not self._is_own(method, headers):
            return PlainTextResponse("Another site has asked for this.\n", 403)
        if not self._knows(headers.get("cookie", "")):
            return HTMLResponse(_LOCKED, 403)
        return None

    def _is_own(self, method: str, headers: Headers) -> bool:
        """Return whether the page itself, or a person, asks, and not another site.

        What changes anything must name its origin; browsers do that on their own.
        """
        origin = headers.get("origin")
        if origin is None and method not in _READING:
            return False
        if origin is not None and origin.lower() not in self._origins:
            return False
        return headers.get("sec-fetch-site", "none") in _OWN_SITE

    def _welcome(self, token: str) -> Response:
        is_ticket = _equal(token, self.ticket)
        if not (is_ticket or _equal(token, self._token)):
            return HTMLResponse(_LOCKED, 403)
        if is_ticket:
            self.ticket = secrets.token_urlsafe(32)
        response = HTMLResponse(_WELCOME)
        response.set_cookie(
            self._cookie,
            self._session,
            httponly=True,
            samesite="strict",
            secure=self._is_secure,
            path="/",
        )
        return response

    def _knows(self, cookies: str) -> bool:
        try:
            morsel = SimpleCookie(cookies).get(self._cookie)
        except CookieError:
            return False
        return morsel is not None and _equal(morsel.value, self._session)


def _equal(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
