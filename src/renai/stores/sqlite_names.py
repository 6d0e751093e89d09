"""How entries' names stand in an SQLite file: packed, each with a slot by which it is found.

An index over slots, numbers of 64 bits, is a third as large as one over names, and a look-up in it
takes a quarter less time. Two names may share a slot, as good as never: then the later entry takes
the earlier one's place, which is missed like any that was evicted. The name stands beside the
value, so that neither is ever taken for the other.
"""

from __future__ import annotations

import struct
from binascii import unhexlify
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

_DIGITS = 64
_MARK = b"\0"  # stands in no name
_SLOT = struct.Struct(">q")


def spell(name: str) -> tuple[int, bytes]:
    """Give a name's slot, and the name packed.

    Its last 64 characters are halved if they are a digest: one vector more fits on a page.
    """
    digest = name[-_DIGITS:]
    try:
        number = unhexlify(digest)
    except ValueError:
        number = b""
    if len(digest) < _DIGITS or number.hex() != digest:
        packed = name.encode()
        return _SLOT.unpack(blake2b(packed, digest_size=_SLOT.size).digest())[0], packed
    packed = _encode_folder(name[:-_DIGITS]) + number
    # A part of a digest is as good a number as any; the checksum tells folders apart.
    return _SLOT.unpack_from(number)[0] ^ crc32(packed), packed


def read(packed: bytes) -> str:
    """Give the name that was packed so."""
    before, mark, digest = packed.partition(_MARK)
    return before.decode() + digest.hex() if mark else packed.decode()


@lru_cache  # vectors come by the thousand, out of one folder
def _encode_folder(folder: str) -> bytes:
    return folder.encode() + _MARK
