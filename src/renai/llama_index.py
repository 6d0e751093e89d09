"""`CachedEmbedding`: a LlamaIndex embedding model that never embeds the same text twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Unpack

try:
    from llama_index.core.async_utils import run_jobs
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.bridge.pydantic import Field, PrivateAttr
except ImportError as error:
    raise ImportError(
        "this needs LlamaIndex, which is missing: pip install llama-index-core"
    ) from error

from renai.batching import batched
from renai.embedders.attributes import Attributes
from renai.embedders.calls import CachedCalls, as_lists

if TYPE_CHECKING:
    from renai.embedders.caches import CacheOptions

__all__ = ["CachedEmbedding"]

_LARGEST_BATCH = 2048
"""The most texts that LlamaIndex hands over at once; a look-up takes as many as there are."""


class CachedEmbedding(BaseEmbedding):
    """An embedding model that calls another one only for texts which have no vector yet.

    In the key are the text, its role, and whatever the wrapped model was made with, unless it is
    known to shape no vector: name, mode, dimensions, instructions, endpoint and routing headers; of
    a model that was loaded here, its weights. Texts and queries never share an entry. What cannot
    be seen is refused.

    The wrapped model is called in batches of its own size, and waits for its own rate limiter.

    Args:
        embed_model: the embedding model to wrap.
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for renai's cache folder.
        revision: the identity of the weights; another one whenever they change behind the model's
            name. With it, what cannot be seen is accepted.
        callback_manager: as for every embedding model of LlamaIndex; by default the wrapped one's.
        **options: options of `renai.EmbeddingCache`.

    Attributes:
        recipe: the digest of everything besides the text that shapes a vector, so that LlamaIndex's
            own caches of whole batches tell two of these apart.

    Raises:
        TypeError: this is no embedding model, or there is no such option.
        UsageError: its vectors cannot be cached safely; the message says why, and what to do.
        ConfigurationError: the weights cannot be known.
    """

    recipe: str = Field(default="", description="Digest of all that shapes a vector but the text.")
    _embed_model: BaseEmbedding = PrivateAttr()
    _calls: CachedCalls = PrivateAttr()

    def __init__(
        self,
        embed_model: BaseEmbedding,
        cache_url: str | list[str] | None = None,
        *,
        revision: str | None = None,
        callback_manager: Any = None,
        **options: Unpack[CacheOptions],
    ) -> None:
        if not isinstance(embed_model, BaseEmbedding):
            raise TypeError(f"CachedEmbedding wraps an embedding model, not {embed_model!r:.80}")
        calls = CachedCalls(embed_model, Attributes(), revision, cache_url, options)
        super().__init__(
            model_name=embed_model.model_name,
            embed_batch_size=_LARGEST_BATCH,
            callback_manager=callback_manager or embed_model.callback_manager,
            num_workers=embed_model.num_workers,
        )
        self.recipe = calls.recipe_digest()
        self._embed_model = embed_model
        self._calls = calls

    @classmethod
    def class_name(cls) -> str:
        """Return the name by which LlamaIndex knows this class."""
        return "CachedEmbedding"

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        self._calls.close()

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return as_lists(self._calls.embed(texts, "document", self._embed_texts))

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        embedded = await self._calls.aembed(texts, "document", self._aembed_texts)
        return as_lists(embedded)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aget_text_embeddings([text]))[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        def call(queries: list[str]) -> list[list[float]]:
            return [self._embed_query(each) for each in queries]

        return as_lists(self._calls.embed([query], "query", call))[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        async def call(queries: list[str]) -> list[list[float]]:
            return [await self._aembed_query(each) for each in queries]

        return as_lists(await self._calls.aembed([query], "query", call))[0]

    def _embed_query(self, query: str) -> Any:
        model = self._embed_model
        if model.rate_limiter is not None:
            model.rate_limiter.acquire()
        return _vector_in(model._get_query_embedding(query))

    async def _aembed_query(self, query: str) -> Any:
        model = self._embed_model
        if model.rate_limiter is not None:
            await model.rate_limiter.async_acquire()
        return _vector_in(await model._aget_query_embedding(query))

    def _embed_texts(self, texts: list[str]) -> list[list[float]]:
        model = self._embed_model
        vectors: list[Any] = []
        for some in batched(texts, model.embed_batch_size):
            if model.rate_limiter is not None:
                model.rate_limiter.acquire()
            vectors += map(_vector_in, model._get_text_embeddings(some))
        return vectors

    async def _aembed_texts(self, texts: list[str]) -> list[list[float]]:
        model = self._embed_model

        async def embed(some: list[str]) -> list[list[float]]:
            if model.rate_limiter is not None:
                await model.rate_limiter.async_acquire()
            return await model._aget_text_embeddings(some)

        calls = [embed(some) for some in batched(texts, model.embed_batch_size)]
        if model.num_workers and model.num_workers > 1:
            answers = await run_jobs(calls, workers=model.num_workers)
        else:
            answers = await asyncio.gather(*calls)
        return [_vector_in(each) for some in answers for each in some]


def _vector_in(answer: Any) -> Any:
    """Return the vector in what a model answers, which in later releases may say what it took."""
    return getattr(answer, "embedding", answer)
