"""The server of a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from renai.gateway.app import gateway_app
from renai.listening import Server, listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.gateway.options import GatewayOptions
    from renai.stores.base import Store

_SECONDS_TO_END = 30
"""How long requests that are under way may take when the gateway is told to end."""

_MOST_CONNECTIONS = 1000
"""Beyond so many connections a request is answered with 503."""


def serve(
    options: GatewayOptions, store: Store, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Serve until a signal ends it; requests under way are answered before.

    Args:
        options: what was chosen of the gateway.
        store: an open store for what is cached.
        host: the address on which it listens.
        port: the port; 0 for a free one.
        announce: is called with its base URL when it can be used.

    Raises:
        ConfigurationError: it cannot listen there.
    """
    listening = listen(host, port)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{listening.getsockname()[1]}/v1"
    config = uvicorn.Config(
        gateway_app(options, store),
        loop="auto",
        http="httptools",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    Server(config, lambda: announce(url)).run(sockets=[listening])
