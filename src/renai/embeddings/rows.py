"""The vectors of one call: a row for each different text, filled from the store and the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.batching import batched
from renai.embeddings.recipe import check_texts, each_once
from renai.embeddings.result import Telling
from renai.usage.counters import Counts, TotalCost

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from renai.codecs.vector import Floats
    from renai.embeddings.recipe import EntryNames


@dataclass
class Held:
    """The entries with which the store answered a whole call, after they were checked.

    Attributes:
        entries: the entries, by name.
        expires_at: the time at which the first of them expires, in seconds since the epoch.
        dim: the dimension of their vectors.
        state: a state of the store in which it held them; None for an unknown one.
    """

    entries: Mapping[str, bytes]
    expires_at: float
    dim: int
    state: Hashable = None

    @cached_property
    def counts(self) -> Counts:
        """What is counted when all of them are used."""
        counts = Counts(saved=TotalCost(bytes=sum(map(len, self.entries.values()))))
        counts.events["hit"] = len(self.entries)
        return counts


class _VectorsAndHits(NamedTuple):
    vectors: Floats
    hits: NDArray[np.bool_]


class Embedded(_VectorsAndHits, Telling):
    """The vectors of texts: a pair of `vectors` and `hits`.

    Attributes:
        vectors: float32 (n, dim), in the order of the texts. dim is 0 as long as it is unknown.
        hits: bool (n,), whether a vector was there already. It is False where this call computed
            the vector and, for `get`, where there is no vector and the row is NaN.
        unstored: the number of different texts whose vectors are not in the store when the call
            ends, because it fails; they are stored later if it comes back.
        unstored_reason: what the store said; empty if all is stored.
        held: the entries of few texts that were all read at once; None for all other calls.
    """

    held: Held | None = None


class Rows:
    """One row for each different text, under the name of its entry.

    Attributes:
        names: the names of the entries, row by row, as far as `naming` has come.
        hits: bool, row by row, whether the vector was there already.
        lost: the names of computed vectors that could not be stored, and will not be.
        held: the entries that fill all rows, where they are few enough to be read at once.

    Args:
        texts: the texts asked for; equal ones share a row.
        names: makes the names of the texts' entries.

    Raises:
        TypeError: a text is not a `str`.
    """

    def __init__(self, texts: Sequence[str], names: EntryNames) -> None:
        self._asked = check_texts(texts)
        self._texts = each_once(texts)
        self._vectors: Floats | None = None
        self._entry_names = names
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self.hits = np.zeros(len(self._texts), np.bool_)
        self.lost: set[str] = set()
        self.held: Held | None = None
        self._refused: dict[str, str] = {}
        self._blank = np.ones(len(self._texts), np.bool_)

    def __len__(self) -> int:
        return len(self._texts)

    def naming(self, size: int) -> Iterator[list[str]]:
        """Name the entries, and yield their names, so many at a time.

        What is named can be asked for while others are named.
        """
        for texts in batched(self._texts, size):
            names = self._entry_names.of(texts)
            self.names += names
            yield names

    @property
    def _row_of(self) -> dict[str, int]:
        # No call that would keep the interpreter from other threads for long.
        for row in range(len(self._numbers), len(self.names)):
            self._numbers[self.names[row]] = row
        return self._numbers

    def texts_of(self, names: Iterable[str]) -> list[str]:
        """Return the texts of entries, in the order of their names."""
        row_of = self._row_of
        return [self._texts[row_of[name]] for name in names]

    def of(self, names: Iterable[str]) -> NDArray[np.intp]:
        """Return the row numbers of entries, in the order of their names."""
        return np.fromiter(map(self._row_of.__getitem__, names), np.intp)

    def fill(self, rows: slice | NDArray[np.intp], vectors: Floats, *, hits: bool) -> None:
        """Put vectors, all of one dimension, into rows.

        If rows have been filled with vectors of another dimension, they are blank again.

        Args:
            rows: the numbers of the rows.
            vectors: float32 (n, dim), one vector for each of these rows.
            hits: whether these vectors were there already.
        """
        if self._vectors is None or self._vectors.shape[1] != vectors.shape[1]:
            shape = (len(self._texts), vectors.shape[1])
            self._vectors = np.empty(shape, np.float32)
            self._blank[:] = True
            self.hits[:] = False
        self._vectors[rows] = vectors
        self._blank[rows] = False
        self.hits[rows] = hits

    def refuse(self, name: str, reason: str) -> None:
        """Note why a text's vector cannot be stored; the first reason stands."""
        self._refused.setdefault(name, reason)

    def hit_names(self) -> list[str]:
        """Return the names of the vectors that were there already."""
        return list(compress(self.names, self.hits))

    def vectors_of(self, names: Iterable[str]) -> Floats:
        """Return the vectors of filled rows, (n, dim), in the order of their names."""
        assert self._vectors is not None  # a row is filled
        return self._vectors[self.of(names)]

    @property
    def refused(self) -> dict[str, str]:
        """The texts whose vectors cannot be stored, each with the reason."""
        if not self._refused:
            return {}
        texts = self.texts_of(self._refused)
        return dict(zip(texts, self._refused.values(), strict=True))

    @property
    def blanks(self) -> int:
        """The number of rows that are not filled."""
        return int(np.count_nonzero(self._blank))

    def blank(self) -> list[str]:
        """Return the names of the entries whose rows are not filled, and can still be."""
        if not self.blanks:
            return []
        return [name for name in compress(self.names, self._blank) if name not in self._refused]

    def embedded(self, dim: int | None) -> Embedded:
        """Return a vector for every text that was asked for; NaN where no row was filled.

        Args:
            dim: the dimension, used if there is no vector at all; None if it is unknown.
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
