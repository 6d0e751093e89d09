"""What the servers share: a socket that listens, and a word when they can be used."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import uvicorn

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


class Server(uvicorn.Server):
    """Says when it can be used.

    Args:
        config: uvicorn's own configuration.
        announce: is called when it can be used.
        let_go: is called when it is told to end, before what is under way is awaited.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], None],
        let_go: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._let_go = let_go

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and announce it."""
        await super().startup(sockets)
        if not self.should_exit:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End as uvicorn does."""
        if self._let_go is not None:
            self._let_go()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address.

    Raises:
        ConfigurationError: the address is none of this machine, or another program listens there.
    """
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
