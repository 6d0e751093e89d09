"""`TableEmbedder`: a table of Arrow in, the same table with a column of vectors out.

It knows no engine. Whatever cuts data into tables of Arrow and calls a function for each of them,
in several threads of a process, can use it; `renai.ray` does.
"""

from __future__ import annotations

import inspect
import sys
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import pyarrow as pa
except ImportError as error:
    raise ImportError("this needs Arrow, which is missing: pip install pyarrow") from error

from renai.embeddings.packer import Packer
from renai.errors import UsageError, VectorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.codecs.vector import Floats
    from renai.embeddings.cache import EmbeddingCache

__all__ = ["TableEmbedder"]


class TableEmbedder:
    """Appends a column of vectors to tables, and computes only those that no cache has.

    One object serves several threads. Each looks up the texts of its own table; what they miss is
    computed in full batches, which are filled across the threads, and stored as it is computed. A
    text that another thread, process or machine is computing is waited for; the other threads go on
    meanwhile.

    Args:
        cache: where vectors are kept. Its `batch_size` should be `max_batch`.
        embedder: the model, as `function_of` understands it. It is called by one thread at a time,
            though not always by the same one.
        column: the name of the column with the texts, of any type of string that Arrow has. A text
            that is null gets a vector that is null.
        into: the name of the column that is appended: a FixedSizeList of `dimension` float32.
        dimension: the dimension of the vectors.
        max_batch: how many texts the embedder gets at most.
        linger: how many seconds an embedder that is free waits for a batch to be full.

    Raises:
        TypeError: the embedder cannot be called.
    """

    def __init__(
        self,
        cache: EmbeddingCache,
        embedder: object,
        *,
        column: str,
        into: str,
        dimension: int,
        max_batch: int = 256,
        linger: float = 0.05,
    ) -> None:
        self._cache = cache
        self._column = column
        self._into = into
        self._dimension = dimension
        self._packer = Packer(
            function_of(embedder), dimension=dimension, max_batch=max_batch, linger=linger
        )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a column of vectors; its rows are in their order.

        Raises:
            UsageError: the table has no such column of texts, or has a column `into` already.
            VectorError: the embedder, or the store, gave something else than vectors of that
                dimension.
            Exception: what the embedder raised for a batch with one of these texts.
        """
        texts = self._texts_in(table)
        known = [text for text in texts if text is not None]
        vectors = self._embedded(known)
        mask = None
        if len(known) < len(texts):
            mask = np.fromiter((text is None for text in texts), np.bool_, len(texts))
            spread = np.zeros((len(texts), self._dimension), np.float32)
            spread[~mask] = vectors
            vectors, mask = spread, pa.array(mask)
        values = pa.array(np.ascontiguousarray(vectors).reshape(-1), pa.float32())
        column = pa.FixedSizeListArray.from_arrays(values, self._dimension, mask=mask)
        return table.append_column(self._into, column)

    def _texts_in(self, table: pa.Table) -> list[str | None]:
        names = table.column_names
        if self._into in names:
            raise UsageError(f"there is a column {self._into!r} already; choose another `into`")
        if names.count(self._column) != 1:
            raise UsageError(
                f"there is not one column {self._column!r}; there are {', '.join(map(repr, names))}"
            )
        column = table.column(self._column)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not (kind in _STRINGS or pa.types.is_null(kind)):
            raise UsageError(f"the column {self._column!r} holds {column.type}, and not strings")
        texts: list[str | None] = column.to_pylist()
        return texts

    def _embedded(self, texts: list[str]) -> Floats:
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        vectors = self._cache.embed(texts, self._compute).vectors
        if vectors.shape[1] != self._dimension:
            raise VectorError(
                f"the store has vectors of {vectors.shape[1]} dimensions under this recipe, where "
                f"{self._dimension} are due; what changes the dimension belongs in the recipe"
            )
        return vectors

    def _compute(self, texts: list[str]) -> Floats:
        vectors, error = self._packer.pack(texts)
        if error is not None:
            sound = [bool(np.isfinite(vector).all()) for vector in vectors]
            if any(sound):  # they were paid for
                self._cache.put(list(compress(texts, sound)), vectors[sound])
            raise error
        return vectors


_STRINGS = (pa.string(), pa.large_string(), pa.string_view())


def function_of(embedder: object) -> Callable[[list[str]], Any]:
    """Return what an embedder does as a function: a list of texts in, one vector for each out.

    Understood are the methods `embed_documents` (LangChain), `get_text_embedding_batch`
    (LlamaIndex) and, where the object itself is not such a function, `encode`
    (sentence-transformers); else the object is called. What comes back is an array (n, dimension),
    a list of lists or arrays, or a tensor of torch on whatever device.

    Raises:
        TypeError: it is nothing of these, or asynchronous.
    """
    for method in ("embed_documents", "get_text_embedding_batch"):
        if callable(function := getattr(embedder, method, None)):
            return _plain(function)
    encode = getattr(embedder, "encode", None)
    torch = sys.modules.get("torch")
    is_module = torch is not None and isinstance(embedder, torch.nn.Module)
    if callable(encode) and (is_module or not callable(embedder)):
        return _plain(encode)
    if not callable(embedder):
        raise TypeError(
            f"a {type(embedder).__qualname__} is no embedder: it takes no call with a list of "
            "texts, and has no embed_documents, get_text_embedding_batch or encode"
        )
    return _plain(embedder)


def _plain(function: Callable[[list[str]], Any]) -> Callable[[list[str]], Any]:
    """Return a function that gives what numpy understands."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - whether it is asynchronous
    ):
        raise TypeError("the embedder is asynchronous; give one that returns its vectors")

    def call(texts: list[str]) -> Any:
        answer = function(texts)
        if hasattr(answer, "detach"):  # a tensor, perhaps of a GPU, or of bfloat16
            return answer.detach().cpu().float().numpy()
        return answer

    return call
