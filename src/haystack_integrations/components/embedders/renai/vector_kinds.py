"""The two kinds of vectors, dense and sparse: how each is stored, and what it is in Haystack."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from haystack.dataclasses import SparseEmbedding

from renai.codecs.sparse import SparseVector
from renai.embeddings.cache import EmbeddingCache
from renai.embeddings.computed import as_vectors
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import UsageError, VectorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renai.codecs.vector import Floats
    from renai.keys.recipe import Recipe
    from renai.stores.base import Store


class Dense:
    """Dense vectors: a number for every dimension.

    Attributes:
        field: the field of a document with the embedding, and the output of a text embedder.
        type: the type of that output.
    """

    field = "embedding"
    type: Any = list[float]

    @staticmethod
    def open(store: Store, recipe: Recipe, options: Mapping[str, Any]) -> EmbeddingCache:
        """Open a cache of dense vectors, with `CacheOptions` for an open store."""
        return EmbeddingCache(store, recipe, **options)

    @staticmethod
    def pack(values: Sequence[Sequence[float]]) -> Floats:
        """Return Haystack's lists of numbers as one array."""
        return as_vectors(values, len(values), None)

    @staticmethod
    def pack_computed(values: Sequence[Any]) -> Sequence[Any]:
        """Return what an embedder gave as it is; the cache sorts out what it cannot store."""
        return values

    @staticmethod
    def unpack(vectors: Floats) -> Iterator[list[float]]:
        """Return Haystack's lists, made one by one: one call for all would block other threads."""
        return (vector.tolist() for vector in vectors)


class Sparse:
    """Sparse vectors: only the numbers that are not zero. The attributes are those of `Dense`."""

    field = "sparse_embedding"
    type: Any = SparseEmbedding

    @staticmethod
    def open(store: Store, recipe: Recipe, options: Mapping[str, Any]) -> SparseEmbeddingCache:
        """Open a cache of sparse vectors, likewise.

        Raises:
            UsageError: the type of number is one that only dense vectors have.
        """
        rest = dict(options)
        if rest.pop("dtype") != "float32":
            raise UsageError("sparse vectors are stored as float32 only")
        return SparseEmbeddingCache(store, recipe, **rest)

    @staticmethod
    def pack(values: Iterable[SparseEmbedding]) -> list[SparseVector]:
        """Return sparse vectors made from Haystack's sparse embeddings."""
        return [SparseVector.of(value.indices, value.values) for value in values]

    @staticmethod
    def pack_computed(values: Iterable[SparseEmbedding | None]) -> list[SparseVector | None]:
        """Return sparse vectors for what an embedder gave; None where that is not valid."""
        vectors: list[SparseVector | None] = []
        for value in values:
            vector = None
            if value is not None:
                with suppress(VectorError):
                    vector = SparseVector.of(value.indices, value.values)
            vectors.append(vector)
        return vectors

    @staticmethod
    def unpack(vectors: Iterable[SparseVector | None]) -> Iterator[SparseEmbedding | None]:
        """Return Haystack's sparse embeddings of sparse vectors; None where there is none."""
        return (
            vector and SparseEmbedding(vector.indices.tolist(), vector.values.tolist())
            for vector in vectors
        )


Kind = type[Dense] | type[Sparse]
