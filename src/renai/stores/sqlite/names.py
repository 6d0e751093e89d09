"""How entries' names stand in an SQLite file: packed, each with a slot by which it is found.

A slot is a 64-bit number made from the name. An index over slots is much smaller than one over
names, and a look-up in it is faster. If two names share a slot, which practically never happens,
the later entry replaces the earlier one, which is then missing like any evicted entry. The name
stands beside the value, so that neither is ever taken for the other.

If the last 64 characters of a name are a hexadecimal digest, they are packed into half as many
bytes, so that more vectors fit on a page. Vectors come by the thousand out of one folder, and their
names are packed together, which is much faster than one by one.
"""

from __future__ import annotations

import struct
import sys
from array import array
from binascii import unhexlify
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 64
_BYTES = _DIGITS // 2
_MARK = b"\0"  # no name contains it
_WORD = "q"  # 64 bits, signed, like SQLite's integers
_WORDS = _BYTES // 8


def pack_names(names: Sequence[str]) -> tuple[list[int], list[bytes]]:
    """Return the slots of names and the packed names, both in the order of the names."""
    if len(names) > 1 and (together := _pack_together(names)):
        return together
    slots, packed = [], []
    for name in names:
        digest = _digests(name[-_DIGITS:]) if len(name) >= _DIGITS else b""
        if len(digest) == _BYTES:
            (slot,), (data,) = _pack_digests(name[:-_DIGITS], digest)
        else:
            data = name.encode()
            slot = _slot_of(data)
        slots.append(slot)
        packed.append(data)
    return slots, packed


def unpack_name(packed: bytes) -> str:
    """Return the name that was packed; bytes that renai never packs give what is no name."""
    before, mark, digest = packed.partition(_MARK)
    if not mark:
        return packed.decode(errors="replace")
    return before.decode(errors="replace") + digest.hex()


def beginning(prefix: str) -> bytes:
    """Return the bytes with which all packed names begin whose names begin with `prefix`."""
    intact = max(prefix.rfind("/") + 1, len(prefix) - _DIGITS)
    return prefix[:intact].encode()


def _pack_together(names: Sequence[str]) -> tuple[list[int], list[bytes]] | None:
    """Pack names that are all digests in one folder; return None if some are not."""
    folder = names[0][:-_DIGITS] if names else ""
    if not folder:
        return None
    # All have one length, and between any two folders is one digest: so each name begins with the
    # folder.
    before, *digits = "".join(names).split(folder)
    if before or set(map(len, digits)) != {_DIGITS} or len(set(map(len, names))) != 1:
        return None
    digests = _digests("".join(digits))
    return _pack_digests(folder, digests) if digests else None


def _digests(text: str) -> bytes:
    """Return the bytes of hexadecimal digits; b"" for text that would not be restored exactly."""
    try:
        digests = unhexlify(text)
    except ValueError:
        return b""
    return digests if digests.hex() == text else b""


def _pack_digests(folder: str, digests: bytes) -> tuple[list[int], list[bytes]]:
    before, slot = _pack_folder(folder)
    words = array(_WORD, digests)
    if sys.byteorder == "little":
        words.byteswap()
    # From both ends, since made-up digests may differ only in their first or last digits.
    slots = [
        slot ^ (first >> 1) ^ last
        for first, last in zip(words[::_WORDS], words[_WORDS - 1 :: _WORDS], strict=True)
    ]
    each = struct.unpack(f"{_BYTES}s" * (len(digests) // _BYTES), digests)
    return slots, list(map(before.__add__, each))


@lru_cache
def _pack_folder(folder: str) -> tuple[bytes, int]:
    before = folder.encode() + _MARK
    return before, _slot_of(before)


def _slot_of(packed: bytes) -> int:
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)
