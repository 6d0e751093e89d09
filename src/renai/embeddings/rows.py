"""The rows of one call: texts, each once, and their vectors as these come in."""

from __future__ import annotations

from collections.abc import Sized
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from renai.codecs.vector import Floats


class Embedded(NamedTuple):
    """Vectors for texts.

    Attributes:
        vectors: float32 (n, dim), in the order of the texts. dim is 0 as long as it is unknown.
        hits: bool (n,): False where this call computed the vector, or, for `get`, where there is
            none and the row is NaN.
    """

    vectors: Floats
    hits: NDArray[np.bool_]


class Rows:
    """One row for each different text, each under the name of its entry.

    Attributes:
        names: of the entries, row by row.
        hits: bool, row by row: whether the vector was there already.

    Args:
        texts: what was asked for.
        spell: names the entries of texts.

    Raises:
        TypeError: a text is no `str`.
    """

    def __init__(self, texts: Sequence[str], spell: Callable[[Iterable[str]], list[str]]) -> None:
        self._asked = check_texts(texts)
        self._texts = list(dict.fromkeys(texts))
        self._vectors: Floats | None = None
        self.names = spell(self._texts)
        self.hits = np.zeros(len(self._texts), np.bool_)
        self._blank = np.ones(len(self._texts), np.bool_)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return dict(zip(self.names, range(len(self.names)), strict=True))

    def texts(self, rows: Iterable[int]) -> list[str]:
        """Give the texts of rows."""
        return list(map(self._texts.__getitem__, rows))

    def of(self, names: Iterable[str]) -> NDArray[np.intp]:
        """Find the rows of entries."""
        return np.fromiter(map(self._row_of.__getitem__, names), np.intp)

    def fill(self, rows: slice | NDArray[np.intp], vectors: Floats, *, hits: bool) -> None:
        """Put vectors, all of one dimension, into rows."""
        if self._vectors is None:
            shape = (len(self._texts), vectors.shape[1])
            self._vectors = np.empty(shape, np.float32)
        self._vectors[rows] = vectors
        self._blank[rows] = False
        self.hits[rows] = hits

    def embedded(self, dim: int | None) -> Embedded:
        """Give every text that was asked for its row.

        Args:
            dim: the dimension, for when there is no vector.
        """
        vectors = self._vectors
        if vectors is None:
            vectors = np.empty((len(self._texts), dim or 0), np.float32)
        vectors[self._blank] = np.nan
        if len(self._texts) == len(self._asked):
            return Embedded(vectors, self.hits)
        row_of = {text: row for row, text in enumerate(self._texts)}
        rows = [row_of[text] for text in self._asked]
        return Embedded(vectors[rows], self.hits[rows])


def check_texts(texts: Sequence[str]) -> Sequence[str]:
    """Return the texts if that is what they are.

    Raises:
        TypeError: a single text, whose letters would be embedded one by one, or no texts.
    """
    if isinstance(texts, str):
        raise TypeError("texts is a list of str, and this is a single str")
    if not isinstance(texts, Sized):  # an iterator would be empty after a look at it
        raise TypeError(f"texts is a list of str, and this is a {type(texts).__qualname__}")
    for kind in set(map(type, texts)):
        if not issubclass(kind, str):
            raise TypeError(f"texts is a list of str, and one of them is a {kind.__qualname__}")
    return texts
