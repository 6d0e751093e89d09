"""Messages between the pool and a worker: a length of four bytes, big-endian, then JSON.

JSON, because a worker that parsed a hostile file may say anything: nothing it says is executed.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import BinaryIO

LENGTH = struct.Struct(">I")


def pack(message: dict[str, Any]) -> bytes:
    """One message as bytes. File names that are no valid UTF-8 survive as lone surrogates."""
    body = json.dumps(message).encode()
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    """What `pack` packed, less its length.

    Raises:
        ValueError: it is no JSON object.
    """
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("not a message")  # noqa: TRY004 - one error for all that is no message
    return message


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Wait for one message; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return unpack(stream.read(*LENGTH.unpack(head)))
