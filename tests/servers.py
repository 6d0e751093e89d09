"""Real servers for tests: private, on free loopback ports, with their data in a temporary folder.

Each is a child of the process that runs the tests, and is ended by its own process id.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from waiting import LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S", bound="Server")

NOBODY = 65534
_ATTEMPTS = 5
DATABASE = "postgres"


class Server:
    """A server that can be killed, and started again on the same port with the same data.

    Args:
        folder: for its data; the one who runs it must be able to write there.
        user: whom it runs as, where that is not who runs the tests.
    """

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self.folder = folder
        self._as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.port = _free_port()
        self._served = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it would serve a client now."""
        raise NotImplementedError

    def empty(self) -> None:
        """Drop all it holds."""
        raise NotImplementedError

    def start(self) -> None:
        """Wait until it serves; if somebody has taken its port meanwhile, try again."""
        for _ in range(_ATTEMPTS):
            if self._begins():
                self._served = True
                return
            if not self._served:  # nobody knows its port yet
                self.port = _free_port()
        said = (self.folder / "log").read_text(errors="replace")
        raise RuntimeError(f"{self.command()[0]} did not start:\n{said[-2000:]}")

    def _begins(self) -> bool:
        """Start a process; returns whether it serves, and did not end."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                **self._as_user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C at the tests is not meant for it.
                start_new_session=True,
            )
        process = self._process
        until(lambda: process.poll() is not None or self.answers())
        return process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(LIMIT)
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT)
            self._process = None


class RedisServer(Server):
    """A `redis-server` that keeps every write."""

    def command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.folder,
            "save": "",
            "appendonly": "yes",
            "appendfsync": "no",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        return [_found("redis-server"), *words]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        try:
            return self._asked("PING", seconds=1) == b"+PONG\r\n"  # it is asked again
        except OSError:
            return False

    def empty(self) -> None:
        assert self._asked("FLUSHALL") == b"+OK\r\n"

    def _asked(self, command: str, seconds: float = LIMIT) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(64)


class PostgresServer(Server):
    """A PostgreSQL that does not wait for the disk."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        super().__init__(folder, user)
        subprocess.run(
            [
                _found("initdb"),
                *("--pgdata", str(folder / "data")),
                *("--username", "renai", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            check=True,
            cwd=folder,
            capture_output=True,
            **self._as_user,
        )

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [_found("postgres"), "-D", str(self.folder / "data"), *words]

    @property
    def url(self) -> str:
        return f"postgresql://renai@127.0.0.1:{self.port}/{DATABASE}"

    def empty(self) -> None:
        import psycopg

        with psycopg.connect(self.url) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def answers(self) -> bool:
        ready = [_found("pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def kill(self) -> None:
        """Kill it and its children, which would otherwise hold on to their shared memory."""
        if self._process is not None:
            listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            children = listed.read_text().split() if listed.exists() else []
            super().kill()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(
                signal.SIGINT
            )  # "fast": it does not wait for clients to leave
            self._process.wait(LIMIT)
            self._process = None


def have_redis() -> RedisServer:
    """Start a Redis, or skip the test; in CI a missing server is a failure."""
    return _have(RedisServer, "redis-server", "redis-server")


def have_postgres() -> PostgresServer:
    """Start a PostgreSQL, or skip the test; in CI a missing server is a failure."""
    return _have(PostgresServer, "postgres", "postgresql")


def drop(server: Server) -> None:
    """Stop a server and remove its data."""
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def _have(kind: Callable[..., S], program: str, package: str) -> S:
    if _where(program) is None:
        reason = f"{program} is not installed: sudo apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # PostgreSQL refuses to run as root, and Redis does not need to.
    user = NOBODY if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="renai-server-"))
    if user is not None:
        os.chown(folder, user, user)
    server = kind(folder, user)
    server.start()
    return server


def _where(program: str) -> str | None:
    """Debian keeps PostgreSQL's programs out of the way of PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    places = [os.environ.get("PATH", ""), *map(str, reversed(debian))]
    return shutil.which(program, path=os.pathsep.join(places))


def _found(program: str) -> str:
    path = _where(program)
    assert path is not None, program
    return path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
