"""How far vectors that were computed again are from the stored ones: cosine distances, 0 to 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.embeddings.computed import as_sound_vectors
from renai.errors import VectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from renai.codecs.sparse import SparseVector
    from renai.codecs.vector import Floats

BOUNDS = {"float32": 0.005, "float16": 0.005, "int8": 0.02, "sparse": 0.005}
"""The largest distance of one text's vectors that is still noise, by the type of number."""


def distances(stored: Floats, answer: ArrayLike) -> dict[int, float]:
    """Return how far computed vectors are from stored ones, by row; those that failed are left out.

    Args:
        stored: the stored vectors, (n, dim).
        answer: what the model gave for their texts, a vector for each. An embedder that goes on
            after failures gives None for some texts, or for all of them in an outage.

    Returns:
        Cosine distances, 0 to 2; 2 where the dimension is another one.

    Raises:
        VectorError: the answer is not one vector for each text, or none of them is one.
    """
    computed, reasons = as_sound_vectors(answer, len(stored), None)
    sound = [
        row
        for row, vector in enumerate(computed)
        if row not in reasons and bool(np.isfinite(vector).all())
    ]
    if not sound:
        raise VectorError(f"a vector {next(iter(reasons.values()), 'holds NaN or infinity')}")
    if stored.shape[1] != computed.shape[1]:
        return dict.fromkeys(sound, 2.0)
    old, new = (vectors[sound].astype(np.float64) for vectors in (stored, computed))
    return dict(zip(sound, _cosine_distances(old, new), strict=True))


def sparse_distances(
    stored: Sequence[SparseVector], answer: Sequence[SparseVector | None]
) -> dict[int, float]:
    """Return the same for sparse vectors.

    Raises:
        VectorError: the answer is not one vector for each text, or none of them is one.
    """
    if len(answer) != len(stored):
        raise VectorError(f"{len(answer)} vectors for {len(stored)} texts")
    found = {
        row: _sparse_distance(old, new)
        for row, (old, new) in enumerate(zip(stored, answer, strict=True))
        if new is not None and np.isfinite(new.values).all()
    }
    if not found:
        raise VectorError("a vector is missing, or holds NaN or infinity")
    return found


def _sparse_distance(old: SparseVector, new: SparseVector) -> float:
    positions = np.concatenate([old.indices, new.indices])
    different, places = np.unique(positions, return_inverse=True)
    both = np.zeros((2, len(different)))
    count = len(old.indices)
    np.add.at(both[0], places[:count], old.values)
    np.add.at(both[1], places[count:], new.values)
    (distance,) = _cosine_distances(both[:1], both[1:])
    return distance


def _cosine_distances(old: NDArray[np.float64], new: NDArray[np.float64]) -> list[float]:
    lengths = np.linalg.norm(old, axis=1), np.linalg.norm(new, axis=1)
    dots, norms = np.einsum("ij,ij->i", old, new), lengths[0] * lengths[1]
    # A vector of zeros has no direction: it is like another one, and unlike any other.
    blank = np.where(lengths[0] == lengths[1], 1.0, 0.0)
    cosines = np.divide(dots, norms, out=blank, where=norms > 0)
    found: list[float] = (1.0 - cosines).tolist()
    return found
