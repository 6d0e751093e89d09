r"""The sparse codec: the positions and the values of the numbers in a vector that are not zero.

    offset  bytes   content
    0       4       `rns1` or `rns2`: the magic, with the version of the format
    4       4       the count of numbers, n, unsigned
    8       8       the expiry, float64 seconds since the epoch; infinite for never
    16      4       in `rns2` only: the recipe number, unsigned
    …       4 × n   the positions, unsigned, in the order they were given
    …       4 × n   the values, float32
    -4      4       CRC-32 (as in zlib) of the name and of all bytes before

All of it is little endian. `rns1` is what older versions wrote, which had no recipe numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported only where vectors are

from renai.codecs.binary import NEVER, seal, unseal
from renai.codecs.entry import Entry
from renai.errors import DamagedEntryError, VectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MAGIC, _LONGER_MAGIC = b"rns1", b"rns2"
_HEADER = struct.Struct("<4sId")
_LONGER_HEADER = struct.Struct("<4sIdI")
_LARGEST_POSITION = 2**32 - 1


class SparseVector(NamedTuple):
    """A vector, given by those of its numbers that are not zero.

    Attributes:
        indices: uint32 (n,), the positions of the numbers.
        values: float32 (n,), the numbers themselves.
    """

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, indices: Sequence[int], values: Sequence[float]) -> SparseVector:
        """Return a vector of plain Python numbers.

        Raises:
            VectorError: a position is out of range, a value is not finite, or there is not one
                value for each position.
        """
        if len(indices) != len(values):
            raise VectorError(f"{len(indices)} positions for {len(values)} values")
        if len(indices) and not 0 <= min(indices) <= max(indices) <= _LARGEST_POSITION:
            raise VectorError(f"positions lie between 0 and {_LARGEST_POSITION}")
        with np.errstate(over="ignore"):  # what overflows becomes infinite and is refused below
            numbers = np.asarray(values, np.float32)
        if not np.isfinite(numbers).all():
            raise VectorError("a sparse vector holds NaN or infinity")
        return cls(np.asarray(indices, np.uint32), numbers)


@dataclass(frozen=True)
class SparseCodec:
    """Turns sparse vectors into bytes and back; the expiry is the entry's note `expires_at`.

    Args:
        recipe_number: the number of the recipe by which the vectors are made, 32 bits; None for
            none.
    """

    recipe_number: int | None = None

    def encode(self, name: str, entry: Entry[SparseVector]) -> bytes:
        """Return the bytes of one vector's entry."""
        indices, values = entry.value
        expires_at = entry.notes.get("expires_at", NEVER)
        if self.recipe_number is None:
            header = _HEADER.pack(_MAGIC, len(indices), expires_at)
        else:
            number = self.recipe_number
            header = _LONGER_HEADER.pack(_LONGER_MAGIC, len(indices), expires_at, number)
        body = header + indices.astype("<u4").tobytes() + values.astype("<f4").tobytes()
        return seal(name, body)

    def decode(self, name: str, data: bytes) -> Entry[SparseVector]:
        """Check the bytes of one vector's entry, and return the entry.

        The recipe is not in the bytes: the name contains its digest, and the checksum covers the
        name.

        Raises:
            DamagedEntryError: as for `Codec.decode`.
        """
        body = unseal(name, data)
        if body is None or len(body) < _HEADER.size:
            raise DamagedEntryError(f"{name}: not a whole sparse vector of this name")
        magic, count, expires_at = _HEADER.unpack_from(body)
        start = {_MAGIC: _HEADER.size, _LONGER_MAGIC: _LONGER_HEADER.size}.get(magic)
        if start is None or len(body) != start + 8 * count:
            raise DamagedEntryError(f"{name}: not a sparse vector in a format this version knows")
        indices = np.frombuffer(body, "<u4", count, start)
        values = np.frombuffer(body, "<f4", count, start + 4 * count)
        if not np.isfinite(values).all():
            raise DamagedEntryError(f"{name}: a sparse vector that holds NaN or infinity")
        return Entry(SparseVector(indices, values), {}, "", {"expires_at": expires_at})
