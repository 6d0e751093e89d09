"""The two kinds of vectors, and how Haystack and the cache each write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from haystack.dataclasses import SparseEmbedding

from renai.codecs.sparse import SparseVector
from renai.codecs.vector import as_vectors
from renai.embeddings.cache import EmbeddingCache
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.codecs.vector import Dtype, Floats
    from renai.keys.recipe import Recipe
    from renai.stores.base import Store


@dataclass(frozen=True)
class Settings:
    """How vectors are kept, as for `EmbeddingCache`."""

    ttl: float | None
    dtype: Dtype
    max_bytes: int | None
    batch_size: int
    ledger: bool


class Dense:
    """A number for every dimension.

    Attributes:
        field: of a document, and the output of a text embedder.
        type: of that output.
    """

    field = "embedding"
    type: Any = list[float]

    @staticmethod
    def open(store: Store, recipe: Recipe, settings: Settings) -> EmbeddingCache:
        """Open a cache of dense vectors."""
        return EmbeddingCache(
            store,
            recipe,
            dtype=settings.dtype,
            ttl=settings.ttl,
            batch_size=settings.batch_size,
            ledger=settings.ledger,
        )

    @staticmethod
    def pack(values: Sequence[Sequence[float]]) -> Floats:
        """Make one array of Haystack's lists."""
        return as_vectors(values, len(values), None)

    @staticmethod
    def unpack(vectors: Floats) -> Iterator[list[float]]:
        """Make Haystack's lists, row by row: one call for all would hold the interpreter."""
        return (vector.tolist() for vector in vectors)


class Sparse:
    """Only the numbers that are not zero."""

    field = "sparse_embedding"
    type: Any = SparseEmbedding

    @staticmethod
    def open(store: Store, recipe: Recipe, settings: Settings) -> SparseEmbeddingCache:
        """Open a cache of sparse vectors.

        Raises:
            UsageError: a type of number that only dense vectors know.
        """
        if settings.dtype != "float32":
            raise UsageError("sparse vectors are stored as float32 only")
        return SparseEmbeddingCache(
            store,
            recipe,
            ttl=settings.ttl,
            batch_size=settings.batch_size,
            ledger=settings.ledger,
        )

    @staticmethod
    def pack(values: Iterable[SparseEmbedding]) -> list[SparseVector]:
        """Read Haystack's sparse embeddings."""
        return [SparseVector.of(value.indices, value.values) for value in values]

    @staticmethod
    def unpack(vectors: Iterable[SparseVector]) -> Iterator[SparseEmbedding]:
        """Make Haystack's sparse embeddings."""
        return (
            SparseEmbedding(vector.indices.tolist(), vector.values.tolist()) for vector in vectors
        )


Kind = type[Dense] | type[Sparse]
