"""A lock on an open file, which the death of its process releases."""

from __future__ import annotations

import os
import sys

_LOCKED_BYTE = 1 << 30
"""Where Windows locks: far behind the end, for there a locked byte cannot be read either."""


def lock_file(descriptor: int, *, wait: bool) -> bool:
    """Lock a file until it is closed.

    Args:
        descriptor: of the open file.
        wait: for whoever has it locked.

    Returns:
        Whether it is locked now; it is not where somebody else has it or the file system has no
        locks.
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
