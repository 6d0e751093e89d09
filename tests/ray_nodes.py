"""A real cluster of Ray on this machine: a raylet and its workers for each node.

Nodes have the addresses 127.0.0.2 and on, for Ray takes 127.0.0.1 for the machine's own name. There
is no dashboard, and nothing is told to anybody. Ray listens at all addresses, whatever the nodes'
own are: so whoever connects needs a token, and `shut_in` gives a program a network with loopback
alone. Each node is a child of the process that starts it, and is ended by process id.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from servers import _free_port
from waiting import LIMIT, until

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}
"""What every process of Ray, drivers as well, finds in its environment."""

_STORE_BYTES = 300 << 20


class RayNode:
    """The processes of one node.

    Args:
        options: options of `ray start`.
        log: the file for what it says.
    """

    def __init__(self, options: list[str], log: Path) -> None:
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *options]
        environment = os.environ | ENVIRONMENT
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def processes(self) -> list[int]:
        """All processes of the node, the first one first."""
        return _with_children(self._process.pid)

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        processes = self.processes()
        for process in processes:  # so that none can tell another
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait(LIMIT)

    stop = kill


class RayCluster:
    """A head and further nodes; `address` is what a driver connects to.

    Args:
        nodes: how many nodes there are.
        processors: how many processors each of them says that it has.
    """

    def __init__(self, nodes: int, processors: int = 2) -> None:
        # Sockets are in there, whose paths are short by law.
        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        port = _free_port()
        self.address = f"127.0.0.2:{port}"
        self.nodes: list[RayNode] = []
        try:
            for number in range(nodes):
                node = f"127.0.0.{number + 2}"
                where = ["--head", f"--port={port}", "--include-dashboard=false"]
                if number:
                    where = [f"--address={self.address}"]
                self.nodes.append(
                    RayNode(
                        [
                            *where,
                            f"--node-ip-address={node}",
                            f"--num-cpus={processors}",
                            f"--object-store-memory={_STORE_BYTES}",
                            '--resources={"node": 1}',
                            f"--temp-dir={self.folder}" if not number else "--num-gpus=0",
                        ],
                        self.folder / f"log{number}",
                    )
                )
                if not number:
                    until(lambda: _serves(port))
        except BaseException:
            self.stop()
            raise

    def all_processes(self) -> list[int]:
        """All processes of all nodes."""
        return [process for node in self.nodes for process in node.processes()]

    def stop(self) -> None:
        """End all nodes, and remove their files."""
        for node in reversed(self.nodes):
            node.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def shut_in(command: list[str]) -> list[str]:
    """Return a command that runs another one where there is no network but loopback.

    Only root may do that; for others it is the command itself.
    """
    allowed = os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip")
    if not allowed or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        return command
    return ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]


def _serves(port: int) -> bool:
    import socket

    with suppress(OSError), socket.create_connection(("127.0.0.2", port), 1):
        return True
    return False


def _with_children(process: int) -> list[int]:
    found = [process]
    for task in Path("/proc").glob(f"{process}/task/*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += _with_children(int(child))
    return found
