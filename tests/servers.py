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

    def settle(self) -> None:
        """Have it write down what it has promised, which it does within a moment anyway."""

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
            return connection.recv(4096)


class UnixRedisServer(RedisServer):
    """A `redis-server` on a socket of this machine, besides its port."""

    def command(self) -> list[str]:
        return [*super().command(), "--unixsocket", str(self._socket), "--unixsocketperm", "777"]

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    @property
    def _socket(self) -> Path:
        return self.folder / "redis.sock"


class TlsRedisServer(RedisServer):
    """A `redis-server` that speaks TLS on a second port, by a certificate of its own."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        super().__init__(folder, user)
        self._tls_port = _free_port()
        certified = [*("-nodes", "-x509", "-newkey", "ec", "-pkeyopt"), "ec_paramgen_curve:P-256"]
        named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(
            [_found("openssl"), "req", *certified, *named, "-keyout", "key", "-out", "certificate"],
            check=True,
            cwd=folder,
            capture_output=True,
            **self._as_user,
        )

    def command(self) -> list[str]:
        files = {"cert": "certificate", "key": "key", "ca-cert": "certificate"}
        words = [
            word
            for name, file in files.items()
            for word in (f"--tls-{name}-file", str(self.folder / file))
        ]
        tls = ["--tls-port", str(self._tls_port), "--tls-auth-clients", "no"]
        return [*super().command(), *tls, *words]

    @property
    def url(self) -> str:
        return f"rediss://127.0.0.1:{self._tls_port}/0?ssl_ca_certs={self.folder / 'certificate'}"


class RedisNode(RedisServer):
    """A node of a cluster."""

    def command(self) -> list[str]:
        return [*super().command(), "--cluster-enabled", "yes", "--cluster-node-timeout", "3000"]

    def owns(self, slots: range) -> None:
        assert self._asked(f"CLUSTER ADDSLOTS {' '.join(map(str, slots))}") == b"+OK\r\n"

    def meets(self, port: int) -> None:
        assert self._asked(f"CLUSTER MEET 127.0.0.1 {port}") == b"+OK\r\n"

    def is_ready(self) -> bool:
        said = self._asked("CLUSTER INFO")
        return b"cluster_state:ok" in said and b"cluster_known_nodes:3" in said


class RedisCluster(Server):
    """Three servers that share the keys among them, without replicas."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        super().__init__(folder, user)
        self.nodes = [RedisNode(_made_below(folder, str(n), user), user) for n in range(3)]

    def start(self) -> None:
        slots = 16384
        for number, node in enumerate(self.nodes):
            while node.port > 55535:  # it takes the port that is 10,000 above as well
                node.port = _free_port()
            node.start()
            node.owns(range(slots * number // 3, slots * (number + 1) // 3))
        for node in self.nodes[1:]:
            node.meets(self.nodes[0].port)
        until(lambda: all(node.is_ready() for node in self.nodes))

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes[1:])}"

    @property
    def url_of_a_node(self) -> str:
        return f"redis://127.0.0.1:{self.nodes[1].port}/0"

    def empty(self) -> None:
        for node in self.nodes:
            node.empty()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


class RedisSentinel(Server):
    """A sentinel that watches a server, and names it `books`."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        super().__init__(folder, user)
        self.master = RedisServer(_made_below(folder, "master", user), user)

    def start(self) -> None:
        self.master.start()
        super().start()

    def command(self) -> list[str]:
        settings = self.folder / "sentinel.conf"
        watched = f"books 127.0.0.1 {self.master.port} 1"
        settings.write_text(f"port {self.port}\nbind 127.0.0.1\nsentinel monitor {watched}\n")
        settings.chmod(0o666)
        return [_found("redis-server"), str(settings), "--sentinel"]

    @property
    def url(self) -> str:
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.port}/books/0"

    answers = RedisServer.answers
    _asked = RedisServer._asked

    def watch(self, other: RedisServer) -> None:
        """Name another server as the master from now on."""
        assert self._asked("SENTINEL REMOVE books") == b"+OK\r\n"
        assert self._asked(f"SENTINEL MONITOR books 127.0.0.1 {other.port} 1") == b"+OK\r\n"

    def empty(self) -> None:
        self.master.empty()

    def stop(self) -> None:
        super().stop()
        self.master.stop()


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
            "wal_writer_delay": "10s",  # what nobody waits for is lost if it is killed soon
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

        # A transaction that a test has left open would be waited for.
        with psycopg.connect(self.url, options=f"-c lock_timeout={LIMIT:.0f}s") as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def settle(self) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def answers(self) -> bool:
        ready = [_found("pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def kill(self) -> None:
        """Kill it and its children, all at once.

        Children would promise for a moment more what nobody writes down any longer, and hold on to
        their shared memory.
        """
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)  # it has no more children
            listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            for child in listed.read_text().split() if listed.exists() else []:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            super().kill()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(
                signal.SIGINT
            )  # "fast": it does not wait for clients to leave
            self._process.wait(LIMIT)
            self._process = None


class PgBouncer(Server):
    """A pooler before a PostgreSQL, where a connection belongs to nobody between transactions."""

    postgres: PostgresServer

    def command(self) -> list[str]:
        settings = self.folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={self.postgres.port} user=renai\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            "unix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
            "default_pool_size = 2\n"
        )
        settings.chmod(0o644)
        return [_found("pgbouncer"), str(settings)]

    @property
    def url(self) -> str:
        return f"postgresql://renai@127.0.0.1:{self.port}/{DATABASE}"

    answers = PostgresServer.answers

    def empty(self) -> None:
        self.postgres.empty()


def have_redis() -> RedisServer:
    """Start a Redis, or skip the test; in CI a missing server is a failure."""
    return _have(RedisServer, "redis-server", "redis-server")


def have_postgres() -> PostgresServer:
    """Start a PostgreSQL, or skip the test; in CI a missing server is a failure."""
    return _have(PostgresServer, "postgres", "postgresql")


def have_unix_redis() -> UnixRedisServer:
    """Start a Redis on a socket of this machine, or skip the test."""
    return _have(UnixRedisServer, "redis-server", "redis-server")


def have_tls_redis() -> TlsRedisServer:
    """Start a Redis that speaks TLS, or skip the test."""
    return _have(TlsRedisServer, "redis-server", "redis-server")


def have_redis_cluster() -> RedisCluster:
    """Start a cluster of three, or skip the test."""
    return _have(RedisCluster, "redis-server", "redis-server")


def have_redis_sentinel() -> RedisSentinel:
    """Start a sentinel and what it watches, or skip the test."""
    return _have(RedisSentinel, "redis-server", "redis-server")


def have_pgbouncer(postgres: PostgresServer) -> PgBouncer:
    """Start a pooler before a PostgreSQL, or skip the test."""

    class Bouncer(PgBouncer):
        pass

    Bouncer.postgres = postgres
    return _have(Bouncer, "pgbouncer", "pgbouncer")


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


def _made_below(folder: Path, name: str, user: int | None) -> Path:
    made = folder / name
    made.mkdir()
    if user is not None:
        os.chown(made, user, user)
    return made


def _where(program: str) -> str | None:
    """Debian keeps PostgreSQL's programs out of the way of PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    places = [os.environ.get("PATH", ""), "/usr/sbin", *map(str, reversed(debian))]
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
