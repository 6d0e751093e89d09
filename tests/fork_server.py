"""Runs of `renai` that are forks of a process which has imported everything it needs.

Python and renai take half a second to start, and the tests run the program a thousand times. One
process for all of them, of which each run is a fork, starts once. A run is still a process: it has
arguments, an environment, a folder, standard streams and an exit code of its own, and ends as the
interpreter ends. What it has in common with other runs is what the interpreter itself decides when
it starts: its hash seed, its encodings, and what is imported; tests of those start it anew.

Run as a program, this file is the server. It ends with whoever started it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IMPORTED = (
    "PIL.Image", "genai_prices", "httpx", "json_repair", "matplotlib.backends.backend_agg",
    "matplotlib.figure", "numpy", "openai", "pathvalidate", "pydantic_settings", "rich.console",
    "rich.markup", "rich.progress", "rich.table", "rich.text", "sqlite3", "tarfile",
)  # fmt: skip
_BY_FORK = 4  # request, standard output, standard error, reply


class ForkServer:
    """One server, started when it is first asked.

    Args:
        environment: what it is started with; no run has it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(
        self,
        arguments: Sequence[str | bytes],
        folder: str,
        environment: Mapping[str, str],
        timeout: float,
    ) -> tuple[int, str, str]:
        """Run `renai` to its end; return its exit code, and what it wrote.

        Raises:
            TimeoutError: it did not end within `timeout` seconds, and was killed.
        """
        request = json.dumps([list(map(os.fsdecode, arguments)), folder, dict(environment)])
        with ExitStack() as stack:
            pipes = [os.pipe() for _ in range(_BY_FORK)]
            to_request = stack.enter_context(os.fdopen(pipes[0][1], "w"))
            out, err, reply = (
                stack.enter_context(os.fdopen(read, errors="surrogateescape"))
                for read, _ in pipes[1:]
            )
            theirs = [pipes[0][0], *(write for _, write in pipes[1:])]
            socket.send_fds(self._channel, [b"."], theirs)
            for each in theirs:
                os.close(each)
            to_request.write(request)
            to_request.close()
            child = int(reply.readline())
            with ThreadPoolExecutor(2) as pool:
                read_out, read_err = pool.submit(out.read), pool.submit(err.read)
                try:
                    shown = read_out.result(timeout), read_err.result(timeout)
                except TimeoutError:
                    os.kill(child, signal.SIGKILL)
                    raise
            return int(reply.readline()), *shown

    def close(self) -> None:
        """End it."""
        self._channel.close()
        self._process.wait()


def _import() -> None:
    import renai

    for folder in pkgutil.iter_modules(renai.__path__, "renai."):
        if folder.ispkg:  # the others are imported by these, or adapters of large frameworks
            package = importlib.import_module(folder.name)
            for module in pkgutil.walk_packages(package.__path__, f"{folder.name}."):
                importlib.import_module(module.name)
    for name in _IMPORTED:
        importlib.import_module(name)
    assert "torch" not in sys.modules, "every run would be a fork of half a gigabyte"
    gc.collect()
    gc.freeze()


def _serve(channel: socket.socket) -> list[int]:
    """Return in a fork, with its descriptors, or an empty list as soon as nobody can ask."""
    while True:
        asked, given, _, _ = socket.recv_fds(channel, 1, _BY_FORK)
        if not asked:
            return []
        if os.fork() == 0:
            channel.close()
            return given
        for each in given:
            os.close(each)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _wait_for(child: int, given: list[int]) -> NoReturn:
    """Tell who a run is, and how it ended."""
    os.write(given[3], f"{child}\n".encode())
    for each in given[:3]:
        os.close(each)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(given[3], f"{code}\n".encode())
    os._exit(0)


def _become(given: list[int]) -> None:
    """Take the place of a process that `python -m renai` has just started."""
    with os.fdopen(given[0]) as request:
        arguments, folder, environment = json.load(request)
    os.dup2(given[1], 1)
    os.dup2(given[2], 2)
    for each in given[1:]:
        os.close(each)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv = ["renai", *arguments]


def _run() -> NoReturn:
    """Run the program and exit as the interpreter does, but leave its memory to the system.

    To free what all forks share would copy it, which takes longer than most runs.
    """
    try:
        runpy.run_module("renai", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - shown, as the interpreter would
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _import()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        passed = _serve(listening)
    if passed:
        if forked := os.fork():
            _wait_for(forked, passed)
        _become(passed)
        _run()
