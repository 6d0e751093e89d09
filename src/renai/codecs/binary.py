"""What binary entries have in common: the checksum at their end, and the position of their expiry.

The checksum is a CRC-32, as in zlib, of an entry's name and of its bytes. Thousands of vectors are
checked at a time, so it is computed by ISA-L, which is faster than zlib and gives the same number.
Where ISA-L is not installed, zlib is used.

The expiry is the moment after which an entry may not be used. It stands in the entry itself, so
that it holds in whatever store the entry is, or was.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from renai.errors import UsageError

try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

NEVER = float("inf")
"""The expiry of an entry that does not expire."""

_CHECKSUM_BYTES = 4

_EXPIRY_OFFSETS = {b"rnv1": 12, b"rns1": 8}
"""The offset of the expiry (float64, little endian) in the vector formats, by their first bytes."""

_LONGEST_TTL = 1e10
"""The longest time to live in seconds, some three centuries; stores differ in what they can count
beyond it."""


def crcs(names: Iterable[str], data: Iterable[bytes]) -> map[int]:
    """Return the checksums of entries, in the order of the entries."""
    return map(crc32, data, map(crc32, map(str.encode, names)))


def seal(name: str, body: bytes) -> bytes:
    """Return the bytes of an entry, followed by their checksum in little endian."""
    return body + _checksum(name, body)


def unseal(name: str, data: bytes) -> bytes | None:
    """Return the bytes of an entry without their checksum; None if the checksum is wrong."""
    body, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    return body if checksum == _checksum(name, body) else None


def expiry_in(data: bytes) -> float:
    """Return the expiry of an intact entry, in seconds since the epoch; infinity for never."""
    offset = _EXPIRY_OFFSETS.get(data[:4])
    if offset is None:
        return NEVER
    (moment,) = struct.unpack_from("<d", data, offset)
    return float(moment)


def check_ttl(ttl: float | None) -> float | None:
    """Return a time to live, in seconds, if it is valid; None means for ever.

    Raises:
        UsageError: it is not valid.
    """
    if ttl is not None and not 0 < ttl < _LONGEST_TTL:
        raise UsageError(f"ttl is a number of seconds above zero, or None for ever; not {ttl!r}")
    return ttl


def _checksum(name: str, body: bytes) -> bytes:
    (checksum,) = crcs([name], [body])
    return checksum.to_bytes(_CHECKSUM_BYTES, "little")
