"""Open a file that is to be parsed, and say in one line why it cannot be.

Between the walk and the reading a file may vanish or become something else. A FIFO must not hang
the reader, and nothing but a regular file is worth parsing.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from typing import TYPE_CHECKING

from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

# Windows has neither blocking FIFOs nor this flag, but must be told not to translate line ends.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

PROTECTED = "is protected by DRM and cannot be read"
"""How a person is told so, whatever the format."""

_REASONS: dict[type[OSError], str] = {
    FileNotFoundError: "is no longer there",
    NotADirectoryError: "is no longer there",
    PermissionError: "may not be read: permission denied",
}


def open_file(path: Path) -> FileIO:
    """Open a regular file that is not empty, for reading bytes, unbuffered.

    Raises:
        DocumentError: it is gone, forbidden, empty, or no regular file.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        reason = _REASONS.get(type(error), f"cannot be read: {error.strerror}")
        raise DocumentError(path, reason) from error
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return FileIO(descriptor)
    os.close(descriptor)
    regular = stat.S_ISREG(status.st_mode)
    raise DocumentError(path, "is empty (0 bytes)" if regular else "is not a regular file")
