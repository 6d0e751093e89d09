"""The server of the page: it listens, says where, and ends in order."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import uvicorn

from renai.errors import UsageError
from renai.listening import Server, listen
from renai.metadata.processor import BookProcessor, VisualProcessor
from renai.providers.budget import Budget
from renai.web.app import WebPage
from renai.web.security import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.web.options import Address, WebOptions

_SECONDS_TO_END = 5
"""How long requests that are under way may take when the server is told to end. A plan that is
being carried out ends with the file under way."""


def serve(
    options: WebOptions,
    address: Address,
    announce: Callable[[str], None],
    open_browser: Callable[[str], object] | None = None,
) -> None:
    """Serve until a signal ends it.

    Args:
        options: what was chosen of the page.
        address: where it listens.
        announce: is called with its address and token when it can be used.
        open_browser: is called with an address that is worth one visit; None to open none.

    Raises:
        UsageError: a path does not exist.
        ConfigurationError: it cannot listen there, or the provider cannot be asked.
    """
    for path in options.paths:
        if not path.exists():
            raise UsageError(f"no such file or folder: {str(path)!r}")
    listening = listen(address.host, address.port)
    port = listening.getsockname()[1]
    settings = options.settings
    looks = settings.rename_images or settings.fallback_mode == "vision"
    budget = None if options.max_cost is None else Budget(options.max_cost)
    books = (VisualProcessor if looks else BookProcessor)(settings=settings, budget=budget)
    page, token = WebPage(options, books), secrets.token_urlsafe(24)
    guard = Guard(page.app, token, address.origins(port))
    config = uvicorn.Config(
        guard,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.private_key,
    )

    def start() -> None:
        announce(f"{address.url(port)}?token={token}")
        if open_browser is not None:
            open_browser(f"{address.url(port)}?token={guard.ticket}")

    # Streams of events have no end of their own.
    Server(config, start, page.events.close).run(sockets=[listening])
