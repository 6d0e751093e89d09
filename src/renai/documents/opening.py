"""Open a file that is to be parsed, and say in one line why it cannot be.

Between the walk and the reading a file may vanish or become something else. A FIFO must not hang
the reader, and nothing but a regular file is worth parsing.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

# Windows has neither blocking FIFOs nor this flag, but must be told not to translate line ends.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_REASONS: dict[type[OSError], str] = {
    FileNotFoundError: "is no longer there",
    NotADirectoryError: "is no longer there",
    PermissionError: "may not be read: permission denied",
}


def open_file(path: Path) -> BinaryIO:
    """Open a regular file that is not empty, for reading bytes.

    Raises:
        DocumentError: it is gone, forbidden, empty, or no regular file.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise DocumentError(path, _REASONS.get(type(error)) or _unreadable(error)) from error
    stream = os.fdopen(descriptor, "rb", closefd=True) if _is_regular(descriptor) else None
    if stream is None:
        os.close(descriptor)
        raise DocumentError(path, "is not a regular file")
    if os.fstat(descriptor).st_size == 0:
        stream.close()
        raise DocumentError(path, "is empty (0 bytes)")
    return stream


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror}"
