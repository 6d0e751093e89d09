"""`CachedTextEmbedder`: an embedder of queries that calls another one only for new texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack import component, default_from_dict, default_to_dict

from haystack_integrations.components.embedders.renai.component import (
    CachedEmbedder,
    embedding_span,
    meta_of,
    only_if_set,
    refuse_other_kind,
    serialise_url,
    with_url,
)
from haystack_integrations.components.embedders.renai.embedder_cache import CacheUrl, EmbedderCache
from haystack_integrations.components.embedders.renai.framework import Haystack
from haystack_integrations.components.embedders.renai.parameters import serialise
from haystack_integrations.components.embedders.renai.vector_kinds import Dense, Sparse
from renai.embedders.caches import CacheOptions
from renai.embedders.wrapped import WrappedEmbedder
from renai.embeddings.base import check_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack.tracing.tracer import Span

    from renai.codecs.vector import Dtype
    from renai.embeddings.base import Ledger
    from renai.embeddings.canary import OnChange


@component
class CachedTextEmbedder(CachedEmbedder):
    """Wraps a text embedder, dense or sparse, and calls it only for texts that are new.

    Its output is the embedder's: `embedding` or `sparse_embedding`. It shares no vectors with a
    `CachedDocumentEmbedder`, since many models embed queries and documents differently.

    Args:
        embedder: any of Haystack's text embedders.
        cache_url: the store for the vectors: its URL, a `Secret` that contains one, or two of
            these as tiers, the fast one first, or several servers; by default an SQLite file in
            renai's cache folder.
        ttl: the seconds for which a vector may be used; None for ever.
        dtype: the type of number in which vectors are stored: `float32`, `float16` or `int8`.
        max_bytes: the bytes that vectors may take, roughly; beyond it those used least recently
            are dropped.
        revision: the identity of the model's weights, where it cannot be found out or you know
            better; another identity means other vectors.
        namespace: a name that keeps caches apart; those of different namespaces share no vectors.
        ledger: where hits, misses and computations are counted: True for renai's cache folder,
            where `renai cache stats` shows them; `shared` for the store of the vectors, where all
            workers that share it have one bill; False for nowhere.
        strict: whether a store that fails is an error; by default it is a warning, `meta["cache"]`
            says what is `unstored`, and that waits in memory until the store is back.
        canary: the part of the vectors that hit which is computed anew and compared, to notice that
            an endpoint has other weights behind the model's name: a share of them, such as `0.001`,
            or a whole number of texts a day; None for none.
        on_change: what happens if they differ: `warn` computes everything anew and stores nothing,
            `raise` raises `WeightsChangedError`; until `renai cache trust`, or another `revision`.

    Raises:
        TypeError: `embedder` is not a text embedder.
        UsageError: its vectors cannot be cached safely; the message says why.
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
        ledger: Ledger = True,
        namespace: str = "",
        strict: bool = False,
        canary: float | None = None,
        on_change: OnChange = "warn",
    ) -> None:
        check_ledger(ledger, max_bytes)
        refuse_other_kind(embedder, "text", "CachedTextEmbedder", "CachedDocumentEmbedder")
        self.embedder = embedder
        self.cache_url = cache_url
        self.ttl = ttl
        self.dtype = dtype
        self.max_bytes = max_bytes
        self.revision = revision
        self.ledger = ledger
        self.namespace = namespace
        self.strict = strict
        self.canary = canary
        self.on_change = on_change

        outputs = getattr(embedder, "__haystack_output__", None)
        self._kind = Sparse if hasattr(outputs, Sparse.field) else Dense
        self._wrapped = WrappedEmbedder(embedder, Haystack(), revision)
        self._cache = EmbedderCache(
            self._wrapped,
            "query",
            "text",
            self._kind,
            cache_url,
            CacheOptions(
                dtype=dtype,
                ttl=ttl,
                max_bytes=max_bytes,
                batch_size=1,  # the embedder takes one text
                namespace=namespace,
                ledger=ledger,
                strict=strict,
                canary=canary,
                on_change=on_change,
            ),
        )
        component.set_output_types(self, **{self._kind.field: self._kind.type}, meta=dict[str, Any])

    def run(self, text: str) -> dict[str, Any]:
        """Embed a text.

        Args:
            text: the text to embed.

        Returns:
            `embedding` or `sparse_embedding`; and `meta`, what the embedder said of its work,
            with `meta["cache"]`: whether it was one of the `hits` or `misses`; if the store fails,
            also that it is `unstored`, and the `unstored_reason`.

        Raises:
            TypeError: the argument is not a `str`.
            VectorError: the embedder gave no embedding, or one that cannot be stored.
            StoreError: the store fails, and `strict` is wanted.
        """
        with embedding_span(self._wrapped) as span:
            items = TextItems(text, self._kind.field)
            return self._answer(items, self._cache.embed(items), span)

    async def run_async(self, text: str) -> dict[str, Any]:
        """Do what `run` does without blocking the event loop."""
        with embedding_span(self._wrapped) as span:
            items = TextItems(text, self._kind.field)
            return self._answer(items, await self._cache.aembed(items), span)

    def to_dict(self) -> dict[str, Any]:
        """Return this component, and the embedder in it, serialised.

        Raises:
            UsageError: `cache_url` contains a password.
        """
        return default_to_dict(
            self,
            embedder=serialise(self.embedder),
            cache_url=serialise_url(self.cache_url),
            ttl=self.ttl,
            dtype=self.dtype,
            max_bytes=self.max_bytes,
            revision=self.revision,
            ledger=self.ledger,
            **only_if_set(
                namespace=self.namespace,
                strict=self.strict,
                canary=self.canary,
                on_change=None if self.on_change == "warn" else self.on_change,
            ),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CachedTextEmbedder:
        """Return the component that `to_dict` serialised."""
        restored: CachedTextEmbedder = default_from_dict(cls, with_url(data))
        return restored

    def _answer(self, items: TextItems, embedded: Any, span: Span) -> dict[str, Any]:
        (value,) = self._kind.unpack(embedded.vectors)
        meta = meta_of(span, items.metas, items.texts, embedded)
        return {self._kind.field: value, "meta": meta}


class TextItems:
    """The text of one call.

    Args:
        text: the text given to `run`.
        field: the field of the embedder's answer that holds the embedding.

    Raises:
        TypeError: it is not a `str`.
    """

    def __init__(self, text: str, field: str) -> None:
        if not isinstance(text, str):
            raise TypeError(
                "CachedTextEmbedder takes a str; for Documents there is CachedDocumentEmbedder"
            )
        self.texts = [text]
        self.sources: list[str | None] = [None]
        self.metas: list[dict[str, Any]] = []
        self._field = field

    def arguments(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the embedder's arguments: the text."""
        return {"text": texts[0]}

    def vectors(
        self,
        texts: Sequence[str],  # noqa: ARG002 - as for documents
        answer: dict[str, Any],
    ) -> list[Any]:
        """Return the vector in the embedder's answer, None if it has none."""
        return [answer.get(self._field)]

    def name(self, text: str) -> str:  # noqa: ARG002 - as for documents
        """Return a name for the text that does not repeat it."""
        return "the text"
