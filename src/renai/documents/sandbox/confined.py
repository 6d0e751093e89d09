"""Run another program on a hostile file, under limits on time, memory, files and the network.

Limits are set on oneself, and a child of a program with threads must not run Python before it
becomes another program. So this module is that child: it confines itself and then becomes the
program, `python -m renai.documents.sandbox.confined MEMORY SECONDS FILE_SIZE PROGRAM ARGUMENT…`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000


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


async def run_confined(
    command: Sequence[str | os.PathLike[str]], limits: Limits, *, folder: Path
) -> int:
    """Run a program to its end, and end its whole process group at the time limit.

    Args:
        command: the program and its arguments.
        limits: what it may use.
        folder: where it runs.

    Returns:
        Its exit status; negative for a signal.

    Raises:
        TimeoutError: it took too long.
        OSError: no process could be started.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"HOME": os.devnull, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-BP", "-m", __name__),
        *(str(limits.memory), str(limits.seconds), str(limits.file_size)),
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # what it says may quote the document
        env=environment,
        cwd=folder,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        async with asyncio.timeout(limits.seconds):
            return await process.wait()
    finally:
        kill_group(process)  # also after its end: it may have left children behind
        await process.wait()


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
    from renai.documents.sandbox.confine import allow_seconds, confine

    memory, seconds, file_size = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    confine(memory_limit=memory, file_size=file_size)
    allow_seconds(seconds)
    _leave_network()
    os.execvp(sys.argv[4], sys.argv[4:])  # noqa: S606 - the very purpose


def _leave_network() -> None:
    """Go where there is no network, if the system lets one; the programs run here need none."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if library.unshare(_CLONE_NEWNET):
            library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


if __name__ == "__main__":
    main()
