"""`CachedEmbeddings`: LangChain embeddings that never embed the same text twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, Unpack

try:
    from langchain_core.embeddings import Embeddings
except ImportError as error:
    raise ImportError(
        "this needs LangChain, which is missing: pip install langchain-core"
    ) from error

from renai.embedders.attributes import Attributes
from renai.embedders.calls import CachedCalls, as_lists

if TYPE_CHECKING:
    from renai.embedders.caches import CacheOptions

__all__ = ["CachedEmbeddings"]


class CachedEmbeddings(Embeddings):
    """Embeddings that call others only for texts which have no vector yet.

    In the key are the text, its role, and whatever the wrapped embeddings were made with, unless it
    is known to shape no vector: model, dimensions, prompts, options of the model, endpoint and
    routing headers; of a model that was loaded here, its weights. Documents and queries never share
    an entry. What cannot be seen is refused.

    Args:
        embeddings: the embeddings to wrap.
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for renai's cache folder.
        revision: the identity of the weights; another one whenever they change behind the model's
            name. With it, what cannot be seen is accepted.
        **options: options of `renai.EmbeddingCache`.

    Attributes:
        embeddings: as given.

    Raises:
        TypeError: these are no embeddings, or there is no such option.
        UsageError: their vectors cannot be cached safely; the message says why, and what to do.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        cache_url: str | list[str] | None = None,
        *,
        revision: str | None = None,
        **options: Unpack[CacheOptions],
    ) -> None:
        if not isinstance(embeddings, Embeddings):
            raise TypeError(f"CachedEmbeddings wraps LangChain embeddings, not {embeddings!r:.80}")
        self.embeddings = embeddings
        self._calls = CachedCalls(embeddings, Attributes(), revision, cache_url, options)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of documents, in their order.

        Raises:
            UsageError: the embeddings were changed since they were wrapped.
            ConfigurationError: the weights cannot be known.
            VectorError: the embeddings gave no vector for a text, or one that cannot be stored.
            StoreError: the store cannot be opened, or it fails and `strict` is wanted.
        """
        embedded = self._calls.embed(texts, "document", self.embeddings.embed_documents)
        return as_lists(embedded)

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a query; errors are those of `embed_documents`."""

        def call(texts: list[str]) -> list[list[float]]:
            return [self.embeddings.embed_query(each) for each in texts]

        return as_lists(self._calls.embed([text], "query", call))[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Do what `embed_documents` does without blocking the event loop."""
        call = self.embeddings.aembed_documents
        return as_lists(await self._calls.aembed(texts, "document", call))

    async def aembed_query(self, text: str) -> list[float]:
        """Do what `embed_query` does without blocking the event loop."""

        async def call(texts: list[str]) -> list[list[float]]:
            return [await self.embeddings.aembed_query(each) for each in texts]

        return as_lists(await self._calls.aembed([text], "query", call))[0]

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
