"""CachedTextEmbedder: an embedder of queries that embeds what it has not embedded before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack import component, default_from_dict, default_to_dict

from haystack_integrations.components.embedders.renai.component import (
    CachedEmbedder,
    embedding_span,
    meta_of,
    refuse_other_kind,
    refuse_password,
)
from haystack_integrations.components.embedders.renai.embedder_cache import (
    CacheUrl,
    Dense,
    EmbedderCache,
    Settings,
    Sparse,
)
from haystack_integrations.components.embedders.renai.parameters import serialise
from haystack_integrations.components.embedders.renai.wrapped import WrappedEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack.tracing.tracer import Span

    from renai.codecs.vector import Dtype


@component
class CachedTextEmbedder(CachedEmbedder):
    """Wraps a text embedder, dense or sparse, and calls it only for texts that are new.

    Its output is the embedder's: `embedding` or `sparse_embedding`. It shares no vectors with a
    `CachedDocumentEmbedder`, since many models embed a query otherwise than a document.

    Args:
        embedder: any of Haystack's text embedders.
        cache_url: where vectors are kept: the URL of a store, two of them as tiers, the fast one
            first, or a `Secret` that holds a URL; by default an SQLite file in renai's cache
            folder.
        ttl: seconds for which a vector may be used; without it, for ever.
        dtype: the type of number vectors are stored as: `float32`, `float16` or `int8`.
        max_bytes: about how much room vectors may take before those used least recently go.
        revision: identity of the model's weights, where it cannot be found out or you know
            better; another one means other vectors.
        ledger: add up what is hit, missed and computed in renai's cache folder, where
            `renai cache stats` shows it.

    Raises:
        TypeError: `embedder` is no text embedder.
        UsageError: its vectors cannot be cached soundly; the message says why.
    """

    def __init__(
        self,
        embedder: Any,
        cache_url: CacheUrl = None,
        *,
        ttl: float | None = None,
        dtype: Dtype = "float32",
        max_bytes: int | None = None,
        revision: str | None = None,
        ledger: bool = True,
    ) -> None:
        refuse_other_kind(embedder, "text", "CachedTextEmbedder", "CachedDocumentEmbedder")
        self.embedder = embedder
        self.cache_url = cache_url
        self.ttl = ttl
        self.dtype = dtype
        self.max_bytes = max_bytes
        self.revision = revision
        self.ledger = ledger

        outputs = getattr(embedder, "__haystack_output__", None)
        self._kind = Sparse if hasattr(outputs, Sparse.field) else Dense
        self._wrapped = WrappedEmbedder(embedder, "query", revision)
        self._cache = EmbedderCache(
            self._wrapped,
            "text",
            self._kind,
            cache_url,
            Settings(ttl, dtype, max_bytes, batch_size=1, ledger=ledger),
        )
        component.set_output_types(self, **{self._kind.field: self._kind.type}, meta=dict[str, Any])

    def run(self, text: str) -> dict[str, Any]:
        """Embed a text.

        Args:
            text: what to embed.

        Returns:
            `embedding` or `sparse_embedding`; and `meta`, what the embedder said of its work,
            with `meta["cache"]`: whether it was one of the `hits` or `misses`.

        Raises:
            TypeError: what is given is no `str`.
            VectorError: the embedder gave no embedding.
        """
        with embedding_span(self._wrapped) as span:
            request = TextRequest(text, self._kind.field)
            return self._answer(request, self._cache.embed(request), span)

    async def run_async(self, text: str) -> dict[str, Any]:
        """Embed a text without blocking the event loop; as `run`."""
        with embedding_span(self._wrapped) as span:
            request = TextRequest(text, self._kind.field)
            return self._answer(request, await self._cache.aembed(request), span)

    def to_dict(self) -> dict[str, Any]:
        """Return this component, and the embedder in it, serialised.

        Raises:
            UsageError: `cache_url` holds a password.
        """
        refuse_password(self.cache_url)
        return default_to_dict(
            self,
            embedder=serialise(self.embedder),
            cache_url=self.cache_url,
            ttl=self.ttl,
            dtype=self.dtype,
            max_bytes=self.max_bytes,
            revision=self.revision,
            ledger=self.ledger,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CachedTextEmbedder:
        """Return the component, made anew."""
        restored: CachedTextEmbedder = default_from_dict(cls, data)
        return restored

    def _answer(self, request: TextRequest, embedded: Any, span: Span) -> dict[str, Any]:
        (value,) = self._kind.unpack(embedded.vectors)
        hits = [bool(hit) for hit in embedded.hits]
        meta = meta_of(span, request.metas, request.subjects, hits)
        return {self._kind.field: value, "meta": meta}


class TextRequest:
    """The text of one call.

    Args:
        text: what `run` was given.
        field: of the embedder's answer, that holds the embedding.

    Raises:
        TypeError: it is no `str`.
    """

    def __init__(self, text: str, field: str) -> None:
        if not isinstance(text, str):
            raise TypeError(
                "CachedTextEmbedder takes a str; for Documents there is CachedDocumentEmbedder"
            )
        self.subjects = [text]
        self.sources: list[str | None] = [None]
        self.metas: list[dict[str, Any]] = []
        self._field = field

    def arguments(self, subjects: Sequence[str]) -> dict[str, Any]:
        """Return the text, for the embedder."""
        return {"text": subjects[0]}

    def vectors(
        self,
        subjects: Sequence[str],  # noqa: ARG002 - as for documents
        answer: dict[str, Any],
    ) -> list[Any]:
        """Return its vector."""
        self.metas.append(answer.get("meta") or {})
        return [answer.get(self._field)]

    def name(self, subject: str) -> str:  # noqa: ARG002 - as for documents
        """Name it without saying it."""
        return "the text"
