"""Limits a worker sets on itself before it opens the first hostile file.

They stand behind the pool's own time limit: they hold even when the pool is gone. Where a system
lacks one of them (Windows has none) the worker goes without.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_NICENESS = 5
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def confine(memory_limit: int, file_size: int = 0) -> None:
    """Bound this process for good.

    Args:
        memory_limit: bytes of address space.
        file_size: bytes of the largest file it may write.
    """
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
    """Let this process use the processor for so much longer, then be killed by the system."""
    if sys.platform != "win32":
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


def _limit(name: str, value: int) -> None:
    """Lower a limit; one that is lower already, or that the system does not take, stays."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))
