r"""The vector codec: a short header, raw numbers, a checksum. All of it is little endian.

    offset  bytes  content
    0       4      `rnv1` or `rnv2`: the magic, with the version of the format
    4       4      the type of the numbers, as numpy spells it: `f4`, `f2` or `i1`, filled with \0
    8       4      the dimension, unsigned
    12      8      the expiry, float64 seconds since the epoch; infinite for never
    20      4      of `i1`: the scale, float32: each number times this is the vector
                   of `f4` and `f2`: the recipe number, unsigned; 0x3f800000 for none
    24      4      in `rnv2` only: the recipe number, unsigned
    …       …      the numbers
    -4      4      CRC-32 (as in zlib) of the name and of all bytes before

`rnv2` is written for `i1` with a recipe number, and `rnv1` for all else. Older versions wrote no
recipe numbers, and read floats that have one.

Vectors come in batches, so this codec works on whole arrays. The bytes of one vector's entry are
called its frame, and caches pass frames around as they are. Packing also returns what unpacking
will return, so that a hit and a miss give the very same numbers.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from renai.codecs.binary import NEVER, NO_RECIPE_NUMBER, crcs
from renai.errors import ConfigurationError, DamagedEntryError, UsageError, VectorError
from renai.missing import to_install

try:
    import numpy as np
except ImportError as error:
    raise ConfigurationError(
        f"embeddings need numpy, which is missing: {to_install('embeddings')}"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Dtype = Literal["float32", "float16", "int8"]

_MAGIC, _LONGER_MAGIC = b"rnv1", b"rnv2"
_AROUND = 28  # bytes of header and checksum
_LONGER_AROUND = 32

# The CRC-32 of any bytes followed by their own CRC-32, whatever the seed. Comparing with it checks
# an entry without splitting off its checksum.
_RESIDUE = 0x2144DF1C


class _Numbers(NamedTuple):
    """How numbers of one type are stored.

    Attributes:
        kind: numpy's name of the type, little endian.
        largest: the largest number that can be stored and comes back finite.
    """

    kind: str
    largest: float


_NUMBERS: dict[str, _Numbers] = {
    "float32": _Numbers("<f4", float(np.finfo(np.float32).max)),
    "float16": _Numbers("<f2", float(np.finfo(np.float16).max)),
    "int8": _Numbers("<i1", 3.4e38),  # below the largest: 127 times a rounded scale must fit
}
_INT8_STEPS = 127
_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)


class Packed(NamedTuple):
    """A batch of vectors, packed into frames.

    Attributes:
        frames: n frames.
        vectors: float32 (n, dim), what the frames will be unpacked to.
    """

    frames: list[bytes]
    vectors: Floats


class Unpacked(NamedTuple):
    """A batch of frames, unpacked into arrays.

    Attributes:
        vectors: float32 (n, dim), the vectors.
        intact: bool (n,), whether a frame is whole; where it is False, its vector is meaningless.
        expires_at: float64 (n,), the expiry of each frame, in seconds since the epoch.
    """

    vectors: Floats
    intact: NDArray[np.bool_]
    expires_at: NDArray[np.float64]


@dataclass(frozen=True)
class VectorCodec:
    """Packs float32 vectors into frames and unpacks them.

    Args:
        dtype: the type of number in which vectors are stored. `float16` keeps 11 significant bits;
            `int8` keeps every number to within 1/254 of the largest in its vector.
        recipe_number: the number of the recipe by which the vectors are made, 32 bits; None for
            none.

    Raises:
        UsageError: there is no such dtype.
    """

    dtype: Dtype = "float32"
    recipe_number: int | None = None

    def __post_init__(self) -> None:
        if self.dtype not in _NUMBERS:
            raise UsageError(f"vectors are stored as {', '.join(_NUMBERS)}, not as {self.dtype!r}")

    def pack(self, names: Sequence[str], vectors: Floats, *, expires_at: float = NEVER) -> Packed:
        """Pack a batch of vectors into frames.

        Args:
            names: the names of n entries.
            vectors: float32 (n, dim), their vectors.
            expires_at: the expiry of all of them, in seconds since the epoch.

        Raises:
            VectorError: a number is not finite, or too large for the type in which it is stored.
        """
        count, dim = vectors.shape
        # Every finite float32 can be stored as float32; else the largest numbers decide.
        if self.dtype != "float32" or not _have_finite_sums(vectors).all():
            peaks = np.abs(vectors).max(axis=1)
            for row, reason in self._unstorable(peaks).items():
                raise VectorError(f"vector {row} of {count} {reason}")
        layout = _layout(self.dtype, dim, longer=self._is_longer)
        rows = np.empty(count, layout.rows)
        rows["what"] = layout.what
        rows["expires_at"] = expires_at
        if self.dtype != "int8" or self._is_longer:
            number = self.recipe_number
            rows["recipe"] = NO_RECIPE_NUMBER if number is None else number
        if self.dtype == "int8":
            # The smallest scale avoids a division by zero for a vector of zeros.
            scale = np.maximum(peaks / np.float32(_INT8_STEPS), np.float32(_SMALLEST_SCALE))
            rows["scale"] = scale
            rows["numbers"] = np.rint(vectors / scale[:, None])
        else:
            rows["numbers"] = vectors
        size, data = rows.itemsize, rows.view(np.uint8)
        rows["checksum"] = list(crcs(names, data.reshape(count, size)[:, :-4]))
        frames = struct.unpack(f"{size}s" * count, data.data)
        return Packed(list(frames), self._vectors(rows))

    def unpack(
        self, names: Sequence[str], frames: Sequence[bytes], *, dim: int | None = None
    ) -> Unpacked:
        """Check a batch of frames and unpack it.

        Args:
            names: the names of n entries.
            frames: the frames of these entries.
            dim: the dimension that they must have; by default the one that most of them have.
        """
        if dim is None:
            dim = self._usual_dim(frames)
        if self.dtype != "int8":
            return self._unpack(names, frames, _layout(self.dtype, dim))
        longer = np.fromiter(map(_has_longer_header, frames), np.bool_)
        if longer.all() or not longer.any():
            layout = _layout(self.dtype, dim, longer=bool(longer.any()))
            return self._unpack(names, frames, layout)
        # Frames of both formats: each is unpacked by itself.
        vectors = np.empty((len(frames), dim), np.float32)
        intact, expires_at = np.empty(len(frames), np.bool_), np.empty(len(frames))
        for mask, is_longer in ((longer, True), (~longer, False)):
            its = self._unpack(
                list(compress(names, mask)),
                list(compress(frames, mask)),
                _layout(self.dtype, dim, longer=is_longer),
            )
            vectors[mask], intact[mask], expires_at[mask] = its
        return Unpacked(vectors, intact, expires_at)

    def _unpack(self, names: Sequence[str], frames: Sequence[bytes], layout: _Layout) -> Unpacked:
        size = layout.rows.itemsize
        whole = [len(frame) == size for frame in frames]
        if not all(whole):
            blank = bytes(size)
            frames = [frame if fits else blank for frame, fits in zip(frames, whole, strict=True)]
        rows = np.frombuffer(b"".join(frames), layout.rows)
        checksums = np.fromiter(crcs(names, frames), np.uint32, len(frames))
        intact = (checksums == _RESIDUE) & (rows["what"] == layout.what)
        vectors = self._vectors(rows)
        if not _have_finite_sums(vectors).all():
            intact &= np.isfinite(vectors).all(axis=1)
        return Unpacked(vectors, intact, rows["expires_at"])

    def check(self, name: str, frame: bytes) -> None:
        """Check one frame, whatever its dimension.

        The recipe is not in the frame: the name contains its digest, and the checksum covers the
        name.

        Raises:
            DamagedEntryError: the frame is damaged, another name's, or of another type or format.
        """
        if not self.unpack([name], [frame]).intact[0]:
            raise DamagedEntryError(f"{name}: not a whole {self.dtype} vector of this name")

    def size_of(self, dim: int) -> int:
        """Return the most bytes that the frame of a vector of this dimension can take."""
        return _LONGER_AROUND + dim * np.dtype(_NUMBERS[self.dtype].kind).itemsize

    def unstorable(self, vectors: Floats) -> dict[int, str]:
        """Return the rows of vectors that cannot be stored, each with what is wrong with it."""
        return self._unstorable(np.abs(vectors).max(axis=1))

    def _unstorable(self, peaks: Floats) -> dict[int, str]:
        largest = _NUMBERS[self.dtype].largest
        storable = peaks <= largest  # false for NaN as well
        reasons = {}
        for row in map(int, np.flatnonzero(~storable)):
            reasons[row] = "holds NaN or infinity"
            if np.isfinite(peaks[row]):
                reasons[row] = (
                    f"holds {peaks[row]:g}, more than {self.dtype} can store ({largest:g}); "
                    "store it as float32"
                )
        return reasons

    @property
    def _is_longer(self) -> bool:
        """Whether frames are written in the longer format."""
        return self.dtype == "int8" and self.recipe_number is not None

    def _usual_dim(self, frames: Sequence[bytes]) -> int:
        """Return the dimension that most of the frames have; 0 if there are none."""
        if not frames:
            return 0
        sizes = Counter(
            len(frame) - (_LONGER_AROUND if _has_longer_header(frame) else _AROUND)
            for frame in frames
        )
        ((size, _),) = sizes.most_common(1)
        return max(0, size) // np.dtype(_NUMBERS[self.dtype].kind).itemsize

    def _vectors(self, rows: NDArray[np.void]) -> Floats:
        vectors: Floats = rows["numbers"].astype(np.float32, copy=False)
        if self.dtype == "int8":
            with np.errstate(over="ignore", invalid="ignore"):  # a damaged scale may be any number
                vectors = vectors * rows["scale"][:, None]
        return vectors


def _has_longer_header(frame: bytes) -> bool:
    return frame[:4] == _LONGER_MAGIC


def _have_finite_sums(vectors: Floats) -> NDArray[np.bool_]:
    """Return whether the sum of each vector is finite; it is not if any of its numbers is not.

    The sum of finite numbers may be infinite, too.
    """
    finite: NDArray[np.bool_] = np.isfinite(np.einsum("ij->i", vectors))  # faster than `sum`
    return finite


class _Layout(NamedTuple):
    """The layout of frames of one type and dimension.

    Attributes:
        rows: the numpy type of an array in which every row is a frame.
        what: the bytes with which all frames begin: magic, type and dimension.
    """

    rows: np.dtype[np.void]
    what: bytes


@lru_cache
def _layout(dtype: Dtype, dim: int, *, longer: bool = False) -> _Layout:
    kind = _NUMBERS[dtype].kind
    magic = _LONGER_MAGIC if longer else _MAGIC
    what = struct.pack("<4s4sI", magic, kind[1:].encode(), dim)
    fields: list[tuple[Any, ...]] = [("what", f"S{len(what)}"), ("expires_at", "<f8")]
    if dtype == "int8":
        fields.append(("scale", "<f4"))
    if dtype != "int8" or longer:
        fields.append(("recipe", "<u4"))
    fields += [("numbers", kind, (dim,)), ("checksum", "<u4")]
    return _Layout(np.dtype(fields), what)
