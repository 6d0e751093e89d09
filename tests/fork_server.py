"""Runs of `renai` that are forks of a process which has imported everything it needs.

Python and renai take half a second to start, and the tests run the program a thousand times. One
process for all of them, of which each run is a fork, starts once. A run is still a process: it has
arguments, an environment, a folder, standard streams, on a terminal a session, and an exit code of
its own. What it has in common with other runs is what the interpreter itself decides when it
starts: its hash seed, its encodings, and what is imported; tests of those start it anew.

A server that has imported more, such as a framework, runs programs for which that is needed.

Run as a program, this file is the server. It ends with whoever started it.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import pexpect
from ptyprocess import PtyProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_IMPORTED = (
    "PIL.Image", "genai_prices", "httpx", "json_repair", "matplotlib.backends.backend_agg",
    "matplotlib.figure", "numpy", "openai", "pathvalidate", "jiter", "rich.console",
    "rich.markup", "rich.progress", "rich.table", "rich.text", "sqlite3", "tarfile",
)  # fmt: skip
_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_FORK = 4  # request, standard output, standard error, reply


class Run:
    """A run that has begun.

    Attributes:
        pid: the id of its process.
    """

    def __init__(self, reply: int) -> None:
        self._reply = os.fdopen(reply)
        self.pid = int(self._reply.readline())

    def has_ended(self) -> bool:
        """Return whether it has ended, without waiting for that."""
        return self._reply.closed or bool(select.select([self._reply], [], [], 0)[0])

    def wait(self) -> int:
        """Wait for its end once; return its exit code, or less than 0 if it was killed."""
        with self._reply:
            return int(self._reply.readline())


class Terminal(pexpect.spawn):  # type: ignore[type-arg]
    """A run on a terminal, as pexpect knows those that it starts itself."""

    def __init__(
        self,
        server: ForkServer,
        arguments: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        **options: Any,
    ) -> None:
        self._begin = partial(server.begin, arguments, folder, environment)
        super().__init__(sys.executable, ["-m", "renai", *arguments], cwd=folder, **options)

    def _spawnpty(self, args: Any, *, dimensions: tuple[int, int], **_: Any) -> _OnTerminal:
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, dimensions)
        return _OnTerminal(self._begin(theirs, os.dup(theirs)), ours)


class _OnTerminal(PtyProcess):  # type: ignore[misc]
    """The process of a run, which is a child of the server, not of this process."""

    def __init__(self, run: Run, terminal: int) -> None:
        super().__init__(run.pid, terminal)
        self._run = run

    def isalive(self) -> bool:
        if not self.terminated and (self.flag_eof or self._run.has_ended()):
            self.wait()
        return not self.terminated

    def wait(self) -> int | None:
        if not self.terminated:
            code = self._run.wait()
            self.terminated = True
            self.exitstatus, self.signalstatus = (code, None) if code >= 0 else (None, -code)
        return self.exitstatus


class ForkServer:
    """One server, started when it is first asked.

    Args:
        environment: what it is started with; no run has it.
        imported: modules that it imports besides those that `renai` needs.
    """

    def __init__(self, environment: Mapping[str, str], imported: Sequence[str] = ()) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno()), *imported],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                preexec_fn=to_heed_signals(),
            )

    def run(
        self,
        arguments: Sequence[str | bytes],
        folder: str,
        environment: Mapping[str, str],
        timeout: float,
    ) -> tuple[int, str, str]:
        """Run `renai` to its end; return its exit code, and what it wrote.

        Arguments that begin with `-c` are those of Python, and a program follows.

        Raises:
            TimeoutError: it did not end within `timeout` seconds, and was killed.
        """
        with ExitStack() as stack:
            readers = []
            writers = []
            for _ in ("out", "err"):
                read, write = os.pipe()
                readers.append(stack.enter_context(os.fdopen(read, errors="surrogateescape")))
                writers.append(write)
            out, err = readers
            run = self.begin(arguments, folder, environment, *writers)
            with ThreadPoolExecutor(2) as pool:
                read_out, read_err = pool.submit(out.read), pool.submit(err.read)
                try:
                    shown = read_out.result(timeout), read_err.result(timeout)
                except TimeoutError:
                    os.kill(run.pid, signal.SIGKILL)
                    raise
            return run.wait(), *shown

    def begin(
        self,
        arguments: Sequence[str | bytes],
        folder: str,
        environment: Mapping[str, str],
        out: int,
        err: int,
    ) -> Run:
        """Begin a run that writes to two descriptors, which are closed here.

        If they are a terminal, it is the one that controls the run, and where the run reads.
        """
        request = json.dumps([list(map(os.fsdecode, arguments)), folder, dict(environment)])
        read_request, write_request = os.pipe()
        read_reply, write_reply = os.pipe()
        theirs = [read_request, out, err, write_reply]
        socket.send_fds(self._channel, [b"."], theirs)
        for each in theirs:
            os.close(each)
        with os.fdopen(write_request, "w") as to_request:
            to_request.write(request)
        return Run(read_reply)

    def close(self) -> None:
        """End it."""
        self._channel.close()
        self._process.wait()


def heed_signals() -> None:
    """Heed in a child what the tests' own process may have been started to ignore."""
    for number in _HEEDED:
        signal.signal(number, signal.SIG_DFL)


def to_heed_signals() -> Callable[[], None] | None:
    """Return what a child must call before its program starts, so that it heeds these signals.

    That is nothing as a rule. To call something takes a fork of all that the tests have imported,
    which costs more than many a program.
    """
    ignored = any(signal.getsignal(number) is signal.SIG_IGN for number in _HEEDED)
    return heed_signals if ignored else None


def _import(more: Sequence[str]) -> None:
    import renai

    for folder in pkgutil.iter_modules(renai.__path__, "renai."):
        if folder.ispkg:  # the others are imported by these, or adapters of large frameworks
            package = importlib.import_module(folder.name)
            for module in pkgutil.walk_packages(package.__path__, f"{folder.name}."):
                importlib.import_module(module.name)
    for name in _IMPORTED:
        importlib.import_module(name)
    assert "torch" not in sys.modules, "every run would be a fork of half a gigabyte"
    for name in more:
        importlib.import_module(name)
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
    if os.isatty(given[1]):
        os.setsid()
        fcntl.ioctl(given[1], termios.TIOCSCTTY, 0)
        os.dup2(given[1], 0)
        sys.stdout.reconfigure(line_buffering=True)
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
        if sys.argv[1:2] == ["-c"]:
            _run_program(sys.argv[2])
        else:
            runpy.run_module("renai", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - shown, as the interpreter would
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _run_program(program: str) -> None:
    sys.argv = ["-c"]
    main = sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(program, "<string>", "exec"), vars(main))


if __name__ == "__main__":
    _import(sys.argv[2:])
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        passed = _serve(listening)
    if passed:
        if forked := os.fork():
            _wait_for(forked, passed)
        _become(passed)
        _run()
