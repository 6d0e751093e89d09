"""A gateway as a process, whichever it is, in front of a service.

The tests judge renai's own gateway, or another one that these variables name:

    GATEWAY         its command; {python}, {upstream}, {port} and {cache} are put in, and what a
                    situation needs besides (such as --shared) is added at the end
    GATEWAY_HEALTH  the path that answers 200 when it can be used; /health by default
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from waiting import LIMIT, until

if TYPE_CHECKING:
    from pathlib import Path

OURS = "{python} -m renai gateway --upstream {upstream} --port {port} --cache-url {cache}"
_INHERITED = ("PATH", "PYTHONPATH", "LANG")


def is_ours() -> bool:
    return "GATEWAY" not in os.environ


class Gateway:
    """A gateway in a home of its own.

    Args:
        folder: its home.
        upstream: the base URL of the service behind it.
        options: what is added to its command.
        cache: the URL of its store; None for a file in its home.
    """

    def __init__(
        self, folder: Path, upstream: str, *options: str, cache: str | None = None
    ) -> None:
        self.folder = folder
        self.cache = cache or f"sqlite:///{folder}/vectors.sqlite"
        self.port = _free_port()
        self.upstream = upstream
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    @property
    def log(self) -> str:
        """All it has printed."""
        return (self.folder / "log").read_text(errors="replace")

    def command(self) -> list[str]:
        template = os.environ.get("GATEWAY", OURS)
        names = {"python": sys.executable, "upstream": self.upstream, "port": self.port}
        words = [word.format(**names, cache=self.cache) for word in shlex.split(template)]
        return [*words, *self._options]

    def start(self) -> None:
        """Wait until it can be used.

        Raises:
            RuntimeError: it has ended.
        """
        environment = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "HOME": str(self.folder),
            "RENAI_CACHE_DIR": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
        with (self.folder / "log").open("ab") as log:
            self._process = process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(lambda: process.poll() is not None or self.is_healthy())
        if process.poll() is not None:
            raise RuntimeError(f"the gateway did not start:\n{self.log[-2000:]}")

    def is_healthy(self) -> bool:
        path = os.environ.get("GATEWAY_HEALTH", "/health")
        try:
            return httpx.get(f"{self.address}{path}", timeout=LIMIT).status_code == 200
        except httpx.TransportError:
            return False

    def terminate(self) -> None:
        """Ask it to end."""
        assert self._process is not None
        self._process.terminate()

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        assert self._process is not None
        return self._process.wait(LIMIT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.terminate()
            self.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
