"""A lock on an open file, which is released when its process ends, however it ends."""

from __future__ import annotations

import os
import sys

_LOCKED_BYTE = 1 << 30
"""The position of the byte locked on Windows: far behind the end of the file, for Windows also
forbids others to read a locked byte."""


def lock_file(descriptor: int, *, wait: bool) -> bool:
    """Lock a file until it is closed.

    Args:
        descriptor: the descriptor of the open file.
        wait: whether to wait while another process holds the lock.

    Returns:
        Whether the file is locked now: False where another process holds the lock, or where the
        file system has no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            position = os.lseek(descriptor, 0, os.SEEK_CUR)
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, position, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
