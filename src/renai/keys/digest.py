"""The SHA-256 of bytes, of texts and of files, as 64 hexadecimal digits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase, RawIOBase
    from os import PathLike

_BLOCK_BYTES = 1 << 18


def digest_bytes(data: bytes) -> str:
    """Return the digest of bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest_text(text: str) -> str:
    """Return the digest of the UTF-8 bytes of a text, 64 hex digits."""
    return digest_bytes(text.encode())


def digest_stream(
    stream: BufferedIOBase | RawIOBase, stop: Callable[[], bool] = lambda: False
) -> str:
    """Return the digest of the rest of an open binary file, 64 hex digits, in constant memory.

    Args:
        stream: the file.
        stop: called between blocks; returns whether to stop, since a large file takes minutes.

    Raises:
        InterruptedError: `stop` returned True.
    """
    digest = hashlib.sha256()
    block = memoryview(bytearray(_BLOCK_BYTES))
    while size := stream.readinto(block):
        if stop():
            raise InterruptedError
        digest.update(block[:size])
    return digest.hexdigest()


def get_file_hash(path: str | PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, 64 hex digits, in constant memory.

    The file's name and dates do not matter.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as stream:  # noqa: PTH123 - any path-like will do
        return digest_stream(stream)
