"""The server of a gateway."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import uvicorn

from renai.errors import ConfigurationError
from renai.gateway.app import gateway_app

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
    listening = _listening(host, port)
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
    _Server(config, lambda: announce(url)).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says when it can be used."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._announce()


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program uses it; choose another --port" if taken else str(error)
        raise ConfigurationError(f"cannot listen on {host}, port {port}: {why}") from error
    return listening
