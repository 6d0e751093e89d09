"""Whatever a model returns becomes vectors, and what is none is named."""

from __future__ import annotations

import numpy as np
import pytest

from renai.codecs.vector import VectorCodec
from renai.embeddings.computed import as_vectors
from renai.errors import VectorError


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([[1, 2]], "1 vectors for 2 texts"),
        ([[1, 2], [3]], "not an array of vectors"),
        ([1, 2], r"shape \(2,\)"),
        (None, "NoneType"),
        ([["1", "2"], ["3", "4"]], "type <U1"),
        ([[1j], [2j]], "type complex128"),
        ([[1, 2, 3], [4, 5, 6]], "3 dimensions where 2 are due"),
        ([[], []], "0 dimensions"),
    ],
)
def test_what_is_no_array_of_vectors_is_named(answer, said):
    with pytest.raises(VectorError, match=said):
        as_vectors(answer, 2, 2)


def test_float64_that_overflows_float32_is_refused():
    with pytest.raises(VectorError, match="infinity"):
        VectorCodec().pack(["embedding/a"], as_vectors([[1e300]], 1, None))


class Watched(list[list[float]]):
    """A list that notes how many of its rows are taken at once."""

    def __init__(self, rows):
        super().__init__(rows)
        self.taken = []

    def __getitem__(self, index):
        rows = super().__getitem__(index)
        if isinstance(index, slice):
            self.taken.append(len(rows))
        return rows


@pytest.mark.parametrize(("count", "dim"), [(2000, 384), (100, 3072), (3, 40_000), (90_000, 1)])
def test_a_long_list_is_taken_by_parts_so_that_other_threads_go_on(count, dim):
    numbers = np.arange(count * dim, dtype=np.float32).reshape(count, dim)
    answer = Watched(numbers.tolist())
    assert np.array_equal(as_vectors(answer, count, dim), numbers)
    assert sum(answer.taken) == count
    assert max(answer.taken) * dim <= max(30_000, dim)


@pytest.mark.parametrize(
    "odd", [[1.0], [1.0] * 385, None, ["1.0"] * 384, [None] * 384, 1.0, [[1.0]] * 384, "x" * 384]
)
def test_a_row_that_is_none_is_noticed_in_any_part(odd):
    for at in (0, 150, 299):
        for sound in ([1.0] * 384, np.ones(384)):
            answer = [sound] * 300
            answer[at] = odd
            with pytest.raises(VectorError):
                as_vectors(answer, 300, None)


def test_numbers_of_many_types_come_out_as_from_one_part():
    rows = [[1] * 384, [2.5] * 384, [True] * 384, [2**63] * 384, [-1] * 384] * 60
    assert np.array_equal(as_vectors(rows, 300, 384), np.asarray(rows, np.float32))


@pytest.mark.parametrize("odd", [3, True, np.float32(0.1), np.float64(0.1), 1e300, float("nan")])
def test_lists_of_floats_with_other_numbers_in_them_are_what_numpy_makes_of_them(odd):
    rows = [[0.1, 0.2, 0.3], [0.1, odd, 0.3]]
    with np.errstate(over="ignore"):
        expected = np.asarray(rows).astype(np.float32)
    assert np.array_equal(as_vectors(rows, 2, None), expected, equal_nan=True)
    assert np.array_equal(as_vectors(rows[1:], 1, None), expected[1:], equal_nan=True)


@pytest.mark.parametrize("odd", [None, "0.2", [0.2], 10**400, {}])
def test_lists_of_floats_with_anything_else_in_them_are_refused(odd):
    for row in ([0.1, odd, 0.3], [0.1, 0.2], [0.1, 0.2, 0.3, 0.4], []):
        with pytest.raises(VectorError):
            as_vectors([[0.1, 0.2, 0.3], row], 2, None)
