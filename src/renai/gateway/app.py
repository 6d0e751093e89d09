"""The application: which request goes where."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from renai.cache.reservation import hop
from renai.errors import StoreError
from renai.gateway.acceptance import Acceptance
from renai.gateway.chat import CachedChat, ChatCall, read_chat_request
from renai.gateway.counted_models import CountedModels
from renai.gateway.embedding_request import read_request
from renai.gateway.embeddings import CachedEmbeddings, EmbeddingCall
from renai.gateway.messages import Bodies, passed_on, sent_upstream, upstream_target
from renai.gateway.metrics import GatewayMetrics
from renai.gateway.model_prices import ModelPrices
from renai.gateway.replies import GatewayError
from renai.gateway.senders import Senders
from renai.gateway.shadow import Seen, Shadow
from renai.gateway.upstream import Upstream
from renai.gateway.vector_caches import VectorCaches
from renai.stores.abilities import wait_at_most
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from renai.gateway.options import GatewayOptions
    from renai.gateway.senders import Headers, Sender
    from renai.gateway.upstream import ForwardedAnswer
    from renai.stores.base import Store

R = TypeVar("R")

_NO_ENTRY = "text/nothing-of-this-name"
_MOST_WATCHED = 64 << 20
"""The most bytes of an answer that is looked into for what it was billed."""

_SECONDS_FOR_A_LOCK = 2.0
"""How long a request may wait for another program that has locked the store's file."""

_LEFT = 499
"""How a request is counted whose client has left before all of it came, as by other servers."""

_READ_AT_ONCE = 1 << 16  # bytes of a body
_reading = Threads("renai gateway reading", 1)
"""Reads large bodies, which may take seconds; a store shall not have to wait for that."""

_Kind = Literal["embeddings", "chat", "other"]


class _Head(NamedTuple):
    """What stands before the body of a request: who sent it, where it goes, with which headers.

    Attributes:
        sender: who sent it.
        target: the URL at the upstream.
        headers: the headers with which it goes on, without its length.
    """

    sender: Sender
    target: str
    headers: Headers


def gateway_app(options: GatewayOptions, store: Store) -> Starlette:
    """Return the application of a gateway.

    Args:
        options: what was chosen.
        store: an open store for what is cached; it is not closed.
    """
    gateway = Gateway(options, store)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await gateway.open()
        try:
            yield
        finally:
            await gateway.aclose()

    return Starlette(
        routes=[
            Route("/v1/embeddings", gateway),  # most requests go there
            Route("/health", gateway.ready),
            Route("/health/live", gateway.live),
            Route("/health/ready", gateway.ready),
            Route("/metrics", gateway.show_metrics),
            Route("/{path:path}", gateway),
        ],
        lifespan=lifespan,
    )


class Gateway:
    """Answers what it can, and passes on all else.

    Args:
        options: what was chosen.
        store: an open store for what is cached.
    """

    def __init__(self, options: GatewayOptions, store: Store) -> None:
        self._options = options
        self._store = store
        wait_at_most(store, _SECONDS_FOR_A_LOCK)
        self._metrics = GatewayMetrics()
        self._senders = Senders(shared=options.shared, ignored=options.ignored_headers)
        # Clients send the same headers again and again. The table is bounded, and in memory only.
        self._head = lru_cache(maxsize=1024)(self._read_head)
        self._counted = CountedModels()
        self._prices = ModelPrices(options.upstream)
        self._caches = VectorCaches(store, self._counted)
        self._acceptance = Acceptance(options.accepted_for)
        self._bodies: Bodies
        self._upstream: Upstream
        self._embeddings: CachedEmbeddings
        self._chat: CachedChat
        self._shadow = Shadow(store, self._counted, self._prices, self._metrics)

    async def open(self) -> None:
        """Get ready to ask the upstream."""
        self._bodies = Bodies(self._options.max_body)
        self._upstream = Upstream(self._options.upstream, self._options.timeout)
        self._embeddings = CachedEmbeddings(
            self._upstream, self._caches, self._acceptance, self._prices, self._metrics
        )
        self._chat = CachedChat(
            self._upstream,
            self._store,
            self._acceptance,
            self._counted,
            self._prices,
            self._metrics,
        )

    async def aclose(self) -> None:
        """Store what waits, and close all connections to the upstream."""
        await self._caches.aclose()
        await self._chat.aclose()
        await hop(self._shadow.close)
        await self._upstream.aclose()

    async def live(self, _: Request) -> Response:
        """Say that the process runs."""
        return JSONResponse({"status": "live"})

    async def ready(self, _: Request) -> Response:
        """Say whether the store answers; without it all is asked of the upstream."""
        try:
            await hop(self._store.get_many, [_NO_ENTRY])
        except StoreError as error:
            return JSONResponse({"status": "without store", "reason": str(error)}, 503)
        return JSONResponse({"status": "ready"})

    async def show_metrics(self, _: Request) -> Response:
        """Show what was counted."""
        return Response(self._metrics.shown(), media_type=CONTENT_TYPE_LATEST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route = self._route_of(scope["method"], scope["raw_path"])
        started = time.perf_counter()
        self._metrics.begun()
        status = 500
        try:
            try:
                reply = await self._answer(scope, receive, route)
            except GatewayError as error:
                reply = error.reply()
            status = reply.status_code
            await reply(scope, receive, send)
        except ClientDisconnect:
            status = _LEFT
        finally:
            self._metrics.ended(route, status, time.perf_counter() - started)

    def _route_of(self, method: str, path: bytes) -> _Kind:
        path = path.rstrip(b"/")
        if method == "POST" and path.endswith(b"/embeddings"):
            return "embeddings"
        if method == "POST" and path.endswith(b"/chat/completions") and self._options.chat:
            return "chat"
        return "other"

    async def _answer(self, scope: Scope, receive: Receive, route: _Kind) -> Response:
        names = {name for name, _ in scope["headers"]}
        if b"sec-websocket-key" in names:
            raise GatewayError(
                501,
                "not_supported",
                "this gateway passes on no WebSockets; connect to the endpoint behind it",
            )
        if route == "other" or b"content-encoding" in names:
            target = upstream_target(
                self._options.upstream, scope["raw_path"], scope["query_string"]
            )
            has_body = not names.isdisjoint((b"content-length", b"transfer-encoding"))
            body = self._bodies.parts(receive) if has_body else None
            headers = passed_on(scope["headers"])
            return await self._forward(scope["method"], target, headers, body)
        lasting = tuple([pair for pair in scope["headers"] if pair[0] != b"content-length"])
        head = self._head(scope["raw_path"], scope["query_string"], lasting)
        whole = await self._bodies.whole(scope["headers"], receive)
        call: EmbeddingCall | ChatCall
        if (
            route == "embeddings"
            and not self._options.shadow
            and (reply := self._embeddings.remembered(head.sender, head.target, whole))
        ):
            return reply
        if route == "embeddings" and (asked := await _read(read_request, whole)):
            call = EmbeddingCall(*head, asked.shape.model, asked)
            if not self._options.shadow:
                return await self._embeddings.answer(call, whole)
        elif route == "chat" and (wanted := await _read(read_chat_request, whole)):
            call = ChatCall(*head, wanted.model, wanted)
            if not self._options.shadow:
                return await self._chat.answer(call)
        else:
            return await self._forward(scope["method"], head.target, head.headers, whole)
        return await self._watched(call, whole)

    def _read_head(self, path: bytes, query: bytes, given: Headers) -> _Head:
        target = upstream_target(self._options.upstream, path, query)
        # Only what the upstream sees may tell callers apart, or be in a key.
        headers = tuple(passed_on(given))
        return _Head(self._senders.of(headers, query), target, headers)

    async def _forward(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[bytes, bytes]],
        body: AsyncIterator[bytes] | bytes | None,
    ) -> ForwardedAnswer:
        return await self._upstream.forward(method, target, sent_upstream(headers), body)

    async def _watched(self, call: EmbeddingCall | ChatCall, body: bytes) -> Response:
        """Pass a request on, and count afterwards what caching would have saved."""
        started = time.perf_counter()
        headers = sent_upstream(call.headers, without=frozenset({b"accept-encoding"}))
        answer = await self._upstream.forward("POST", call.target, headers, body)
        if 200 <= answer.status_code < 300:
            answer.keeps = _MOST_WATCHED

            async def count() -> None:
                seconds = time.perf_counter() - started
                seen = Seen(call.digests(), call.model, b"".join(answer.kept), seconds)
                await hop(self._shadow.count, seen)

            answer.background = BackgroundTask(count)
        return answer


async def _read(read: Callable[[bytes], R | None], body: bytes) -> R | None:
    """Return what a body asks for, without holding up other requests for a large one."""
    if len(body) <= _READ_AT_ONCE:
        return read(body)
    return await _reading.run(read, body)
