"""The application: which request goes where."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from renai.cache.reservation import hop
from renai.errors import StoreError
from renai.gateway.acceptance import Acceptance
from renai.gateway.embedding_request import read_request
from renai.gateway.embeddings import CachedEmbeddings, Call, is_for_embeddings
from renai.gateway.messages import body_of, sent_upstream, upstream_target
from renai.gateway.metrics import GatewayMetrics
from renai.gateway.replies import GatewayError
from renai.gateway.senders import Senders
from renai.gateway.upstream import Upstream
from renai.gateway.vector_caches import VectorCaches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from renai.gateway.options import GatewayOptions
    from renai.stores.base import Store

_NO_ENTRY = "text/nothing-of-this-name"


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
        self._metrics = GatewayMetrics()
        self._senders = Senders(shared=options.shared, ignored=options.ignored_headers)
        self._caches = VectorCaches(store)
        self._acceptance = Acceptance(options.accepted_for)
        self._upstream: Upstream
        self._embeddings: CachedEmbeddings

    async def open(self) -> None:
        """Get ready to ask the upstream."""
        self._upstream = Upstream(self._options.timeout)
        self._embeddings = CachedEmbeddings(
            self._upstream, self._caches, self._acceptance, self._metrics
        )

    async def aclose(self) -> None:
        """Store what waits, and close all connections to the upstream."""
        await self._caches.aclose()
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
        request = Request(scope, receive)
        started = time.perf_counter()
        self._metrics.begun()
        route, status = "other", 500
        try:
            path = scope["raw_path"]
            if is_for_embeddings(request.method, path):
                route = "embeddings"
            try:
                reply = await self._answer(request, route, path)
            except GatewayError as error:
                reply = error.reply()
            status = reply.status_code
            await reply(scope, receive, send)
        finally:
            self._metrics.ended(route, status, time.perf_counter() - started)

    async def _answer(self, request: Request, route: str, path: bytes) -> Response:
        query = request.scope["query_string"]
        target = upstream_target(self._options.upstream, path, query)
        headers = request.scope["headers"]
        if route == "embeddings" and b"content-encoding" not in dict(headers):
            body = await body_of(request, self._options.max_body)
            asked = read_request(body)
            if asked is not None:
                sender = self._senders.of(headers, query)
                return await self._embeddings.answer(Call(asked, sender, target, headers))
            return await self._upstream.forward(
                request.method, target, sent_upstream(headers), body
            )
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)
        return await self._upstream.forward(
            request.method, target, sent_upstream(headers), request.stream() if has_body else None
        )
