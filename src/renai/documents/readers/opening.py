"""Open a file that is to be parsed, and say in one line why it cannot be.

Between the walk and the reading a file may vanish or become something else. A FIFO must not hang
the reader, and nothing but a regular file is worth parsing.

What is read must be what was digested, or a text would be kept under the digest of another file. So
the file is held open while it is read, digested through that descriptor, and every other opening
of its path must lead to it: a folder above it may be exchanged meanwhile, and put back.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from io import FileIO
from typing import TYPE_CHECKING

from renai.documents.fingerprint import signature
from renai.errors import DocumentError
from renai.keys.digest import digest_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Windows has neither blocking FIFOs nor this flag, but must be told not to translate line ends.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

CHANGED = "changed while it was read; run renai again"

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
    held = _held.get(path)
    if held is not None and not os.path.samestat(status, os.fstat(held)):
        os.close(descriptor)
        raise DocumentError(path, CHANGED)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return FileIO(descriptor)
    os.close(descriptor)
    regular = stat.S_ISREG(status.st_mode)
    raise DocumentError(path, "is empty (0 bytes)" if regular else "is not a regular file")


_held: dict[Path, int] = {}
"""The descriptors of files that are held, by path."""


@contextmanager
def held(path: Path, file_hash: str) -> Iterator[None]:
    """Hold a file while it is read, and see to it that what is read has this digest.

    Args:
        path: the file.
        file_hash: the SHA-256 of its bytes, 64 hex digits.

    Raises:
        DocumentError: it has another digest, was written to meanwhile, or cannot be opened.
    """
    with open_file(path) as stream:
        before = os.fstat(stream.fileno())
        if digest_stream(stream) != file_hash:
            raise DocumentError(path, CHANGED)
        stream.seek(0)
        _held[path] = stream.fileno()
        try:
            yield
        finally:
            del _held[path]
            # Also where reading failed: what was read in between may be no fault of this content.
            if signature(os.fstat(stream.fileno())) != signature(before):
                raise DocumentError(path, CHANGED)


def for_programs(path: Path) -> tuple[str, tuple[int, ...]]:
    """Return by which path another program opens a file, and the descriptors it needs for that.

    A file that is held is opened through its descriptor, where the system has names for those.
    """
    descriptor = _held.get(path)
    if descriptor is None or not os.path.exists(f"/dev/fd/{descriptor}"):  # noqa: PTH110
        return str(path), ()
    return f"/dev/fd/{descriptor}", (descriptor,)
