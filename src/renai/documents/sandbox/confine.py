"""Limits on processes that open hostile files: workers, and other programs.

The time limits of the pool and of `run_confined` come first; these hold even when the process that
watches the clock is gone. A limit that a system lacks is left out; Windows has none of them.

A process sets limits on itself, and a child of a program with threads must not run Python before
it becomes another program. So another program is started by way of this module, which confines
itself and then becomes that program:
`python -m renai.documents.sandbox.confine MEMORY SECONDS FILE_SIZE PROGRAM ARGUMENT…`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from pathlib import Path

_NICENESS = 5
_REMARK_BYTES = 2**14
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000


def confine(memory_limit: int, file_size: int = 0) -> None:
    """Limit this process for as long as it lives.

    Args:
        memory_limit: bytes of address space.
        file_size: bytes of the largest file it may write.
    """
    import ctypes  # for processes that are confined; the others begin sooner without it

    if sys.platform != "win32":
        _limit("RLIMIT_AS", memory_limit)
        _limit("RLIMIT_CORE", 0)
        # Pipes are not files: a parser can answer, but write nowhere.
        _limit("RLIMIT_FSIZE", file_size)
        os.nice(_NICENESS)
    if sys.platform == "linux":
        # While it parses, a worker does not see that its pipe was closed.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def allow_seconds(seconds: float) -> None:
    """Let this process use the processor for so many seconds more; then the system kills it."""
    if sys.platform != "win32":
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use.

    Attributes:
        seconds: of the clock, and of the processor.
        memory: bytes of address space.
        file_size: bytes of the largest file it may write.
    """

    seconds: float
    memory: int
    file_size: int


class Ended(NamedTuple):
    """How a program ended.

    Attributes:
        status: its exit status; negative for a signal.
        remarks: the beginning of what it wrote to standard error. That may quote the document, so
            it is for us to look at, and not to be shown.
    """

    status: int
    remarks: bytes


async def run_confined(
    command: Sequence[str | os.PathLike[str]], limits: Limits, *, folder: Path
) -> Ended:
    """Run a program to its end, and end its whole process group at the time limit.

    Args:
        command: the program and its arguments.
        limits: what it may use.
        folder: where it runs.

    Raises:
        TimeoutError: it took too long.
        OSError: no process could be started.
    """
    import asyncio

    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"HOME": os.devnull, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-BP", "-m", __name__),
        *(str(limits.memory), str(limits.seconds), str(limits.file_size)),
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=folder,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert process.stderr is not None
    reading = asyncio.create_task(_beginning_of(process.stderr))
    try:
        async with asyncio.timeout(limits.seconds):
            status = await process.wait()
            kill_group(process)  # also after its end: it may have left children behind
            return Ended(status, await reading)
    finally:
        kill_group(process)
        reading.cancel()
        close_pipes(process)
        await process.wait()


async def _beginning_of(stream: asyncio.StreamReader) -> bytes:
    """Read a stream to its end, so that nobody waits to write to it, and return its beginning."""
    beginning = b""
    while said := await stream.read(_REMARK_BYTES):
        beginning = (beginning + said)[:_REMARK_BYTES]
    return beginning


def close_pipes(process: asyncio.subprocess.Process) -> None:
    """Close the pipes of a process that was killed, and drop what nobody will read.

    As long as something lies in one of them, asyncio does not tell that the process has ended. To
    close its transport as a whole would reap it, as `Process.kill` does.
    """
    for descriptor in range(3):
        pipe = process._transport.get_pipe_transport(descriptor)  # type: ignore[attr-defined]
        if pipe is not None and not pipe.is_closing():
            pipe.close() if descriptor else pipe.abort()


def kill_group(process: asyncio.subprocess.Process) -> None:
    """Kill a process that leads a session, and all it started.

    `Process.kill` would do less, and more: it reaps a process that has just ended, whose exit
    status asyncio then looks for in vain.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    """Confine this process, and become the program."""
    memory, seconds, file_size = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    confine(memory_limit=memory, file_size=file_size)
    allow_seconds(seconds)
    _leave_network()
    os.execvp(sys.argv[4], sys.argv[4:])  # noqa: S606 - the very purpose


def _leave_network() -> None:
    """Enter a network namespace without a network, if the system allows it."""
    import ctypes

    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if library.unshare(_CLONE_NEWNET):
            library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _limit(name: str, value: int) -> None:
    """Lower a limit; leave one that is lower already, or that the system does not take."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


if __name__ == "__main__":
    main()
