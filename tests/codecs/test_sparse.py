"""The sparse codec: what goes in comes out, and nothing else does."""

import struct
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.codecs.binary import NEVER, expiry_in, recipe_number_in
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseCodec, SparseVector
from renai.errors import DamagedEntryError, VectorError

CODEC = SparseCodec()
NAME = "embedding/" + "0" * 64


def frame(vector, **notes):
    return CODEC.encode(NAME, Entry(vector, {}, "", notes))


@given(
    st.dictionaries(
        st.integers(0, 2**32 - 1), st.floats(width=32, allow_nan=False, allow_infinity=False)
    )
)
def test_what_goes_in_comes_out(numbers):
    entry = CODEC.decode(NAME, frame(SparseVector.of(list(numbers), list(numbers.values()))))
    assert entry.value.indices.tolist() == list(numbers)
    assert entry.value.values.tolist() == list(numbers.values())
    assert entry.notes == {"expires_at": NEVER}


def test_the_expiry_is_kept():
    vector = SparseVector.of([1], [0.5])
    assert CODEC.decode(NAME, frame(vector, expires_at=7.0)).notes == {"expires_at": 7.0}


def test_the_format_is_frozen():
    written = frame(SparseVector.of([3, 1], [0.5, -2.0]), expires_at=7.0)
    body = struct.pack("<4sIdIIff", b"rns1", 2, 7.0, 3, 1, 0.5, -2.0)
    assert written == body + struct.pack("<I", crc32(NAME.encode() + body))


def test_the_format_with_a_recipe_number_is_frozen():
    vector = SparseVector.of([3, 1], [0.5, -2.0])
    written = SparseCodec(9).encode(NAME, Entry(vector, {}, "", {"expires_at": 7.0}))
    body = struct.pack("<4sIdIIIff", b"rns2", 2, 7.0, 9, 3, 1, 0.5, -2.0)
    assert written == body + struct.pack("<I", crc32(NAME.encode() + body))
    assert recipe_number_in(written) == 9
    assert expiry_in(written) == 7.0
    entry = CODEC.decode(NAME, written)
    assert (entry.value.indices.tolist(), entry.value.values.tolist()) == ([3, 1], [0.5, -2.0])
    assert recipe_number_in(frame(vector)) is None


@pytest.mark.parametrize("codec", [CODEC, SparseCodec(9)], ids=["older", "with a recipe number"])
def test_every_flipped_bit_is_noticed(codec):
    whole = codec.encode(NAME, Entry(SparseVector.of([3, 1], [0.5, -2.0]), {}, ""))
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedEntryError):
            CODEC.decode(NAME, bytes(damaged))


def test_truncated_and_foreign_entries_are_noticed():
    whole = frame(SparseVector.of([3], [0.5]))
    for length in range(len(whole)):
        with pytest.raises(DamagedEntryError):
            CODEC.decode(NAME, whole[:length])
    with pytest.raises(DamagedEntryError):
        CODEC.decode(NAME.replace("0", "1"), whole)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<4sIdIf", b"rns2", 1, NEVER, 3, 0.5),
        struct.pack("<4sIdIf", b"rns1", 2, NEVER, 3, 0.5),
        struct.pack("<4sIdIf", b"rns1", 1, NEVER, 3, np.nan),
        struct.pack("<4sI", b"rns1", 0),
    ],
)
def test_a_right_checksum_is_not_enough(body):
    with pytest.raises(DamagedEntryError):
        CODEC.decode(NAME, body + struct.pack("<I", crc32(NAME.encode() + body)))


@pytest.mark.parametrize(
    ("indices", "values"),
    [([1], []), ([-1], [1.0]), ([2**32], [1.0]), ([1], [np.nan]), ([1], [1e39])],
)
def test_what_cannot_be_kept_is_refused(indices, values):
    with pytest.raises(VectorError):
        SparseVector.of(indices, values)
