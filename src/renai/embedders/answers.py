"""The answers of OpenAI's protocol for embeddings: numbers or base64, each with its index."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from renai.errors import VectorError
from renai.garbage import not_looked_for
from renai.usage.cost import is_plausible

if TYPE_CHECKING:
    from renai.codecs.vector import Floats
    from renai.embeddings.cache import EmbeddingCache

FORMS = (None, "float", "base64")
"""The forms of numbers that are kept; others, such as `int8`, are other numbers."""


class Answers:
    """What an endpoint has answered to one call, as its SDK gives it."""

    def __init__(self) -> None:
        self._all: list[Any] = []

    def take(self, answer: Any, count: int, cache: EmbeddingCache) -> list[Any]:
        """Count what an answer cost; return the vectors in it, in the order of the inputs.

        Args:
            answer: the answer.
            count: the number of inputs.
            cache: the cache for which they were asked.

        Raises:
            VectorError: the answer does not have one item for each input.
        """
        vectors = vectors_in(getattr(answer, "data", None), count)
        self._all.append(answer)
        tokens = _tokens_in(answer, "prompt_tokens")
        if tokens is not None:
            cache.count_cost(tokens, vectors=count)
        return vectors

    @property
    def last(self) -> Any:
        """The last answer; None if there was none."""
        return self._all[-1] if self._all else None

    @property
    def billed(self) -> dict[str, Any]:
        """How many tokens all of them were billed, as `prompt_tokens` and `total_tokens`."""
        return {
            kind: sum(_tokens_in(answer, kind) or 0 for answer in self._all)
            for kind in ("prompt_tokens", "total_tokens")
        }


def vectors_in(rows: Any, count: int) -> list[Any]:
    """Return the vectors in an answer, in the order of the inputs.

    What is none is for the cache to refuse, which keeps the others.

    Args:
        rows: the `data` of the answer, a list of objects or dictionaries.
        count: the number of inputs.

    Raises:
        VectorError: the answer does not have one item for each input.
    """
    if not isinstance(rows, list):
        raise VectorError(f"the endpoint answered with no list of embeddings: {rows!r:.200}")
    indexes = [_of(each, "index") for each in rows]
    row_of = {index: row for row, index in enumerate(indexes) if type(index) is int}
    if len(rows) != count or row_of.keys() != set(range(count)):
        raise VectorError(
            f"the endpoint was asked for {count} embeddings, and answered with {len(rows)}, of the "
            f"indexes {indexes}"[:300]
        )
    return [_numbers_in(_of(rows[row_of[at]], "embedding")) for at in range(count)]


def as_base64(vector: Floats) -> str:
    """Return a vector as base64 of float32, little-endian, which is what OpenAI sends."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def lists_of(vectors: Floats) -> list[list[float]]:
    """Return vectors (n, dim) as lists of numbers, one list for each."""
    with not_looked_for():
        lists: list[list[float]] = vectors.tolist()
    return lists


def _tokens_in(answer: Any, kind: str) -> Any:
    """Return how many tokens an answer was billed; None where it does not say that sensibly."""
    tokens = getattr(getattr(answer, "usage", None), kind, None)
    return tokens if is_plausible(tokens) else None


def _of(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else getattr(item, name, None)


def _numbers_in(embedding: Any) -> Any:
    """Return the numbers of an embedding; what is none stays what it is."""
    import numpy as np

    if isinstance(embedding, str):  # the caller asked for base64, which is left as it is
        try:
            return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4")
        except (binascii.Error, ValueError):
            return embedding
    return embedding
