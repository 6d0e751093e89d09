"""How entries' names stand in an SQLite file: packed, each with a slot by which it is found.

An index over slots, numbers of 64 bits, is a third as large as one over names, and a look-up in it
takes a quarter less time. Two names may share a slot, as good as never: then the later entry takes
the earlier one's place, which is missed like any that was evicted. The name stands beside the
value, so that neither is ever taken for the other.

The last 64 characters of a name are halved if they are a digest: one vector more fits on a page.
Vectors come by the thousand, out of one folder, and are spelled together: one by one takes thrice
the time.
"""

from __future__ import annotations

import struct
from binascii import unhexlify
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 64
_BYTES = _DIGITS // 2
_MARK = b"\0"  # stands in no name
_WORD = struct.Struct(">q")
_WORDS = _BYTES // _WORD.size


def spell(names: Sequence[str]) -> tuple[list[int], list[bytes]]:
    """Give the names' slots, and the names packed."""
    folders = {name[:-_DIGITS] for name in names}
    digests = _digests("".join([name[-_DIGITS:] for name in names]))
    if len(folders) == 1 and len(digests) == _BYTES * len(names):
        return _spell_digests(folders.pop(), digests)
    slots, packed = [], []
    for name in names:
        digest = _digests(name[-_DIGITS:])
        if len(digest) == _BYTES:
            one_slot, one_packed = _spell_digests(name[:-_DIGITS], digest)
        else:
            one_slot, one_packed = [_slot_of(name.encode())], [name.encode()]
        slots += one_slot
        packed += one_packed
    return slots, packed


def read(packed: bytes) -> str:
    """Give the name that was packed so."""
    before, mark, digest = packed.partition(_MARK)
    return before.decode() + digest.hex() if mark else packed.decode()


def _digests(text: str) -> bytes:
    """Read hexadecimal digits; nothing, where there are others that would not read back."""
    try:
        digests = unhexlify(text)
    except ValueError:
        return b""
    return digests if digests.hex() == text else b""


def _spell_digests(folder: str, digests: bytes) -> tuple[list[int], list[bytes]]:
    before, slot = _spell_folder(folder)
    words = struct.unpack(f">{len(digests) // _WORD.size}q", digests)
    # Made-up digests may differ in their first or in their last digits only.
    slots = [
        slot ^ (first >> 1) ^ last
        for first, last in zip(words[::_WORDS], words[_WORDS - 1 :: _WORDS], strict=True)
    ]
    starts = range(0, len(digests), _BYTES)
    return slots, [before + digests[start : start + _BYTES] for start in starts]


@lru_cache
def _spell_folder(folder: str) -> tuple[bytes, int]:
    before = folder.encode() + _MARK
    return before, _slot_of(before)


def _slot_of(packed: bytes) -> int:
    slot: int = _WORD.unpack(blake2b(packed, digest_size=_WORD.size).digest())[0]
    return slot
