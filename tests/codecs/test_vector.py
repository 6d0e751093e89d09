"""Vectors survive their frames to within a known error, and no damaged frame is believed."""

from __future__ import annotations

import subprocess
import sys
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from renai.codecs.binary import recipe_number_in
from renai.codecs.vector import VectorCodec
from renai.errors import DamagedEntryError, UsageError, VectorError

NAMES = ["embedding/a", "embedding/b", "embedding/c"]
VECTORS = np.array([[1, -2, 0.5], [0, 0, 0], [3e-5, 7, -7]], np.float32)


def floats(largest: float) -> st.SearchStrategy[np.ndarray]:
    numbers = st.floats(-largest, largest, width=32)
    shapes = st.tuples(st.integers(1, 3), st.integers(1, 9))
    return shapes.flatmap(lambda shape: arrays(np.float32, shape, elements=numbers))


def signed(name: str, body: bytes) -> bytes:
    return body + crc32(name.encode() + body).to_bytes(4, "little")


def round_trip(codec: VectorCodec, vectors: np.ndarray) -> np.ndarray:
    names = NAMES[: len(vectors)]
    packed = codec.pack(names, vectors)
    unpacked = codec.unpack(names, packed.frames)
    assert unpacked.intact.all()
    assert unpacked.vectors.tobytes() == packed.vectors.tobytes(), "packing tells the same"
    assert unpacked.vectors.dtype == np.float32
    return unpacked.vectors


@given(floats(float(np.finfo(np.float32).max)))
def test_float32_comes_back_bit_by_bit(vectors):
    assert round_trip(VectorCodec("float32"), vectors).tobytes() == vectors.tobytes()


@given(floats(65504.0))
def test_float16_keeps_eleven_significant_bits(vectors):
    error = np.abs(round_trip(VectorCodec("float16"), vectors) - vectors)
    assert (error <= np.maximum(np.abs(vectors) * 2.0**-11, 2.0**-25)).all()


@given(floats(2.0**127))
def test_int8_is_off_by_at_most_half_a_step(vectors):
    exact = vectors.astype(np.float64)
    error = np.abs(round_trip(VectorCodec("int8"), vectors) - exact)
    step = np.maximum(np.abs(exact).max(axis=1) / 127, np.finfo(np.float32).tiny)
    assert (error <= step[:, None] * 0.5001).all()


def test_int8_scales_every_vector_by_itself():
    small_and_large = np.array([[1e-6, 2e-6], [1e6, 2e6]], np.float32)
    assert np.allclose(round_trip(VectorCodec("int8"), small_and_large), small_and_large, rtol=0.01)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_a_vector_of_zeros_stays_one(dtype):
    assert not round_trip(VectorCodec(dtype), np.zeros((1, 4), np.float32)).any()


def test_the_format_is_frozen():
    packed = VectorCodec("int8").pack(
        ["embedding/a"], np.array([[127, -1]], np.float32), expires_at=2.0
    )
    (frame,) = packed.frames
    body = (
        b"rnv1"
        b"i1\0\0"
        b"\x02\0\0\0"
        b"\0\0\0\0\0\0\0\x40"  # 2.0
        b"\0\0\x80\x3f"  # 1.0
        b"\x7f\xff"
    )
    assert frame == signed("embedding/a", body)


def test_the_format_with_a_recipe_number_is_frozen():
    vectors = np.array([[127, -1]], np.float32)
    number = 0x04030201
    (whole,) = VectorCodec("int8", number).pack(["embedding/a"], vectors, expires_at=2.0).frames
    body = b"rnv2i1\0\0\2\0\0\0\0\0\0\0\0\0\0\x40\0\0\x80\x3f\1\2\3\4\x7f\xff"
    assert whole == signed("embedding/a", body)
    (floats,) = VectorCodec("float16", number).pack(["embedding/a"], vectors, expires_at=2.0).frames
    body = b"rnv1f2\0\0\2\0\0\0\0\0\0\0\0\0\0\x40\1\2\3\4\xf0\x57\0\xbc"
    assert floats == signed("embedding/a", body)


@pytest.mark.parametrize("number", [None, 0, 1, 2**32 - 1])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_the_recipe_number_is_in_the_frame_and_changes_no_vector(dtype, number):
    packed = VectorCodec(dtype, number).pack(NAMES, VECTORS)
    assert {recipe_number_in(frame) for frame in packed.frames} == {number}
    plain = VectorCodec(dtype).pack(NAMES, VECTORS)
    assert packed.vectors.tobytes() == plain.vectors.tobytes()
    for reader in (VectorCodec(dtype), VectorCodec(dtype, 7)):
        unpacked = reader.unpack(NAMES, packed.frames)
        assert unpacked.intact.all()
        assert unpacked.vectors.tobytes() == plain.vectors.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
@pytest.mark.parametrize("older", [[0], [2], [0, 1], [0, 1, 2]])
def test_frames_of_older_versions_are_read_among_new_ones(dtype, older):
    frames = VectorCodec(dtype, 7).pack(NAMES, VECTORS, expires_at=9.0).frames
    plain = VectorCodec(dtype).pack(NAMES, VECTORS, expires_at=8.0)
    for row in older:
        frames[row] = plain.frames[row]
    for dim in (None, 3):
        unpacked = VectorCodec(dtype, 7).unpack(NAMES, frames, dim=dim)
        assert unpacked.intact.all()
        assert unpacked.vectors.tobytes() == plain.vectors.tobytes()
        assert unpacked.expires_at.tolist() == [8.0 if row in older else 9.0 for row in range(3)]
    frames[1] = frames[1][:-1] + b"?"
    assert VectorCodec(dtype, 7).unpack(NAMES, frames).intact.tolist() == [True, False, True]


def test_what_is_cut_short_has_no_recipe_number():
    (frame,) = VectorCodec("int8", 7).pack(NAMES[:1], VECTORS[:1]).frames
    assert [recipe_number_in(frame[:size]) for size in (0, 4, 24, 27)] == [None] * 4


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_whichever_bit_is_flipped_the_frame_is_refused(dtype):
    codec = VectorCodec(dtype, 7)
    (frame,) = codec.pack(NAMES[:1], VECTORS[:1]).frames
    for bit in range(len(frame) * 8):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not codec.unpack(NAMES[:1], [bytes(damaged)]).intact.any(), f"bit {bit}"


def test_however_short_a_frame_is_cut_it_is_refused():
    codec = VectorCodec()
    (frame,) = codec.pack(NAMES[:1], VECTORS[:1]).frames
    for length in range(len(frame)):
        assert not codec.unpack(NAMES[:1], [frame[:length]]).intact.any()
        with pytest.raises(DamagedEntryError):
            codec.check(NAMES[0], frame[:length])


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_refused(data):
    assert not VectorCodec().unpack(NAMES[:1], [data]).intact.any()


def test_an_entry_under_another_name_is_foreign():
    codec = VectorCodec()
    frames = codec.pack(NAMES, VECTORS).frames
    assert codec.unpack(NAMES, [frames[1], frames[1], frames[2]]).intact.tolist() == [
        False,
        True,
        True,
    ]


def test_one_damaged_frame_costs_only_itself():
    codec = VectorCodec()
    frames = codec.pack(NAMES, VECTORS).frames
    for damage in (b"", b"x", frames[0] + b"x", frames[0][:-1] + b"\0"):
        unpacked = codec.unpack(NAMES, [damage, *frames[1:]])
        assert unpacked.intact.tolist() == [False, True, True]
        assert np.array_equal(unpacked.vectors[1:], VECTORS[1:])


def test_frames_of_another_type_or_dimension_are_refused():
    (frame,) = VectorCodec("float16").pack(NAMES[:1], VECTORS[:1, :2]).frames
    assert not VectorCodec("float32").unpack(NAMES[:1], [frame]).intact.any()
    assert not VectorCodec("float16").unpack(NAMES[:1], [frame], dim=3).intact.any()


def test_a_frame_with_a_right_checksum_around_nan_is_refused():
    codec = VectorCodec()
    frames = codec.pack(NAMES, VECTORS).frames
    numbers = np.array([1, np.nan, 2], "<f4").tobytes()
    frames[0] = signed(NAMES[0], frames[0][:24] + numbers)
    assert codec.unpack(NAMES, frames).intact.tolist() == [False, True, True]


def test_a_whole_frame_of_any_dimension_passes_by_itself():
    codec = VectorCodec()
    (frame,) = codec.pack(NAMES[:1], VECTORS[:1, :2]).frames
    codec.check(NAMES[0], frame)
    with pytest.raises(DamagedEntryError):
        codec.check(NAMES[1], frame)


@pytest.mark.parametrize(
    ("dtype", "bad", "said"),
    [
        ("float32", np.nan, "vector 1 of 2 holds NaN"),
        ("int8", np.inf, "vector 1 of 2 holds NaN or infinity"),
        ("float16", 65505.0, "vector 1 of 2 holds 65505, more than float16 can store"),
    ],
)
def test_what_cannot_be_stored_is_named(dtype, bad, said):
    with pytest.raises(VectorError, match=said):
        VectorCodec(dtype).pack(NAMES[:2], np.array([[1, 2], [bad, 2]], np.float32))


def test_finite_numbers_whose_sum_is_not_are_packed_and_read():
    vectors = np.full((2, 4), np.finfo(np.float32).max, np.float32)
    packed = VectorCodec().pack(NAMES[:2], vectors)
    read = VectorCodec().unpack(NAMES[:2], packed.frames)
    assert read.intact.all()
    assert np.array_equal(read.vectors, vectors)


def test_an_unknown_type_is_refused():
    with pytest.raises(UsageError, match="float32, float16, int8, not as 'float64'"):
        VectorCodec("float64")


def test_without_numpy_one_sentence_says_what_to_do():
    code = "import sys; sys.modules['numpy'] = None; import renai.embeddings.cache"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr.splitlines()[-1] == (
        "renai.errors.ConfigurationError: "
        "embeddings need numpy, which is missing: pip install 'renai[embeddings]'"
    )
