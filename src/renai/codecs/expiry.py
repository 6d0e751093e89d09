"""When an entry's time to live ends, as its own bytes say; whatever store it is in, or was in."""

from __future__ import annotations

import struct

from renai.errors import UsageError

NEVER = float("inf")

_LONGEST = 1e10
"""Seconds, some three centuries: beyond them, stores differ in what they can count."""

_OFFSETS = {b"rnv1": 12, b"rns1": 8}
"""Where the formats of vectors, by their first bytes, have the moment: float64, little endian."""


def expiry_in(data: bytes) -> float:
    """Read it off a whole entry, in seconds since the epoch; infinite for never."""
    offset = _OFFSETS.get(data[:4])
    if offset is None:
        return NEVER
    (moment,) = struct.unpack_from("<d", data, offset)
    return float(moment)


def check_ttl(ttl: float | None) -> float | None:
    """Return a time to live, in seconds, if it can be one; None is for ever.

    Raises:
        UsageError: it cannot.
    """
    if ttl is not None and not 0 < ttl < _LONGEST:
        raise UsageError(f"ttl is a number of seconds above zero, or None for ever; not {ttl!r}")
    return ttl
