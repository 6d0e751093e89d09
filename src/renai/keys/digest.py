"""SHA-256 of bytes, of texts and of files, as 64 hexadecimal digits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedIOBase
    from os import PathLike


def digest_bytes(data: bytes) -> str:
    """Digest bytes."""
    return hashlib.sha256(data).hexdigest()


def digest_text(text: str) -> str:
    """Digest the UTF-8 bytes of a text."""
    return digest_bytes(text.encode())


def digest_stream(stream: BufferedIOBase) -> str:
    """Digest what is left of an open binary file, in constant memory."""
    return hashlib.file_digest(stream, "sha256").hexdigest()


def get_file_hash(path: str | PathLike[str]) -> str:
    """Digest a file's bytes, in constant memory; its name and its dates do not matter.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as stream:  # noqa: PTH123 - any path-like will do
        return digest_stream(stream)
