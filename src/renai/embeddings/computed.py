"""What a computation returned, as vectors.

Models return arrays, or lists of numbers, and some of them a list in which not every text has a
vector. All becomes one array of float32; what is no vector is told, with the reason.
"""

from __future__ import annotations

import struct
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.errors import VectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from renai.codecs.vector import Floats

_NUMBERS_AT_ONCE = 30_000  # of a list, which take a few milliseconds


def as_vectors(answer: Any, count: int, dim: int | None) -> Floats:
    """Return what a computation returned as float32 (count, dim).

    Args:
        answer: anything from which numpy can make an array of numbers.
        count: the number of vectors expected.
        dim: the dimension expected; None if it is not known yet.

    Raises:
        VectorError: the answer is not such an array; the message says why.
    """
    try:
        array = _as_array(answer)
    except ValueError as error:  # rows of different lengths
        raise VectorError(f"not an array of vectors: {error}") from error
    if array.dtype.kind not in "fiu" or array.ndim != 2:
        raise VectorError(
            f"an array of {count} vectors is due, not {type(answer).__name__} "
            f"of shape {array.shape} and type {array.dtype}"
        )
    if len(array) != count:
        raise VectorError(f"{len(array)} vectors for {count} texts")
    if array.shape[1] != (dim or array.shape[1] or 1):
        raise VectorError(
            f"vectors of {array.shape[1]} dimensions where {dim or 'some'} are due; "
            "what changes the dimension belongs in the recipe"
        )
    with np.errstate(over="ignore"):  # what overflows becomes infinite, which `pack` refuses
        return array.astype(np.float32, copy=False)


def _as_array(answer: Any) -> NDArray[Any]:
    """Return what `np.asarray` does; a long list is taken by parts.

    As a whole it would keep the interpreter from other threads, an event loop's among them.
    """
    if not isinstance(answer, list | tuple) or not answer:
        return np.asarray(answer)
    width = len(answer[0]) if hasattr(answer[0], "__len__") else 1
    at_once = max(1, _NUMBERS_AT_ONCE // max(1, width))
    if len(answer) <= at_once:
        return _of_rows(answer)
    starts = range(0, len(answer), at_once)
    return np.concatenate([_of_rows(answer[start : start + at_once]) for start in starts])


def _of_rows(rows: Sequence[Any]) -> NDArray[Any]:
    """Return rows as an array, whatever numpy takes; lists of `float` in an eighth of the time."""
    if all(type(row) is list and row and type(row[0]) is float for row in rows):
        packed = struct.Struct(f"{len(rows[0])}f").pack
        # Other numbers, and rows of other lengths, are numpy's.
        with suppress(struct.error, OverflowError, TypeError, ValueError):
            data = b"".join([packed(*row) for row in rows])
            return np.frombuffer(data, np.float32).reshape(len(rows), -1)
    return np.asarray(rows)


def as_sound_vectors(answer: Any, count: int, dim: int | None) -> tuple[Floats, dict[int, str]]:
    """Return what a computation returned like `as_vectors`, and which of its rows are no vectors.

    Args:
        answer: anything from which numpy can make an array of numbers, or a list with a vector for
            each text, of which some may be something else.
        count: the number of vectors expected.
        dim: the dimension expected; by default the one that more than half of them have.

    Returns:
        float32 (count, dim), in which rows that are no vectors are NaN; and what is wrong with each
        of these, by row.

    Raises:
        VectorError: there is not one item for each text, or none of them is a vector as expected.
    """
    try:
        return as_vectors(answer, count, dim), {}
    except VectorError:
        if not isinstance(answer, list | tuple) or len(answer) != count:
            raise
        rows = [_as_row(item) for item in answer]
        dims = Counter(len(row) for row in rows if row is not None and len(row))
        due = dim or next((each for each, _ in dims.most_common(1)), 1)
        # Which of them are right, where no dimension is that of most?
        if dims and (due not in dims or (dim is None and 2 * dims[due] <= dims.total())):
            raise
    vectors = np.full((count, due), np.nan, np.float32)
    reasons = {}
    for number, row in enumerate(rows):
        if row is None:
            reasons[number] = "is missing" if answer[number] is None else "is no list of numbers"
        elif len(row) != due:
            reasons[number] = f"has {len(row)} dimensions where {due} are due"
        else:
            vectors[number] = row
    return vectors, reasons


def _as_row(item: Any) -> Floats | None:
    """Return one vector, of whatever dimension; None if it is not one."""
    try:
        return as_vectors([item], 1, None)[0] if np.size(item) else np.empty(0, np.float32)
    except (VectorError, TypeError, ValueError):
        return None
