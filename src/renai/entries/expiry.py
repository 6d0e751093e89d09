"""When an entry's time to live ends, as its own bytes say; whatever store it is in, or was in."""

from __future__ import annotations

import struct

NEVER = float("inf")

_OFFSETS = {b"rnv1": 12, b"rns1": 8}
"""Where the formats of vectors, by their first bytes, have the moment: float64, little endian."""


def expiry_in(data: bytes) -> float:
    """Read it off a whole entry, in seconds since the epoch; infinite for never."""
    offset = _OFFSETS.get(data[:4])
    if offset is None:
        return NEVER
    (moment,) = struct.unpack_from("<d", data, offset)
    return float(moment)
