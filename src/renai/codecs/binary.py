"""What binary entries have in common: the checksum at their end, and the position of their expiry.

The checksum is a CRC-32, as in zlib, of an entry's name and of its bytes. Thousands of vectors are
checked at a time, so it is computed by ISA-L, which is faster than zlib and gives the same number.
Where ISA-L is not installed, zlib is used.

The expiry is the moment after which an entry may not be used. It stands in the entry itself, so
that it holds in whatever store the entry is, or was.

The recipe number tells which recipe a vector was made by: its name is a digest, from which that
cannot be read. The number is short, since vectors are small and many; what it stands for is
recorded once, beside the vectors. Nothing but maintenance relies on it.
"""

from __future__ import annotations

import struct
from math import isnan
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

_EXPIRY_OFFSETS = {b"rnv1": 12, b"rnv2": 12, b"rns1": 8, b"rns2": 8}
"""The offset of the expiry (float64, little endian) in the vector formats, by their first bytes."""

_RECIPE_OFFSETS = {b"rnv1f4": 20, b"rnv1f2": 20, b"rnv2i1": 24, b"rns2": 16}
"""The offset of the recipe number (unsigned, four bytes, little endian) in the formats that have
one, by their first bytes."""

NO_RECIPE_NUMBER = 0x3F800000
"""What stands in the place of the recipe number where there is none: 1.0 as float32, which older
versions write there."""

_LATEST = 1e11
"""The latest expiry that is one, in seconds since the epoch, three thousand years after it."""

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
    """Return the expiry of an intact entry, in seconds since the epoch; infinity for never.

    What is no moment has passed, and one that no calendar reaches is never.
    """
    offset = _EXPIRY_OFFSETS.get(data[:4])
    if offset is None:
        return NEVER
    (moment,) = struct.unpack_from("<d", data, offset)
    if isnan(moment):
        return 0.0
    return NEVER if moment > _LATEST else float(moment)


def recipe_number_in(data: bytes) -> int | None:
    """Return the recipe number in the entry of a vector; None if there is none."""
    offset = _RECIPE_OFFSETS.get(data[:6]) or _RECIPE_OFFSETS.get(data[:4])
    if offset is None or len(data) < offset + 4:
        return None
    (number,) = struct.unpack_from("<I", data, offset)
    return None if number == NO_RECIPE_NUMBER else int(number)


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
