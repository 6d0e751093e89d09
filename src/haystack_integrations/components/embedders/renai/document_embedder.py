"""`CachedDocumentEmbedder`: a document embedder that calls another one only for new documents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable  # noqa: TC003 - Haystack evaluates annotations when it runs
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from haystack import Document, component, default_from_dict, default_to_dict
from haystack.utils import deserialize_callable, serialize_callable

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
from haystack_integrations.components.embedders.renai.inputs import input_of
from haystack_integrations.components.embedders.renai.parameters import serialise
from haystack_integrations.components.embedders.renai.vector_kinds import Dense, Sparse
from renai.embedders.caches import CacheOptions
from renai.embedders.wrapped import WrappedEmbedder
from renai.embeddings.base import check_ledger
from renai.garbage import not_looked_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack.tracing.tracer import Span

    from haystack_integrations.components.embedders.renai.inputs import Input
    from renai.codecs.vector import Dtype
    from renai.embeddings.base import Ledger
    from renai.embeddings.canary import OnChange


@component
class CachedDocumentEmbedder(CachedEmbedder):
    """Wraps a document embedder, dense or sparse, and calls it only for what is new.

    Args:
        embedder: any of Haystack's document embedders.
        cache_url: the store for the vectors: its URL, a `Secret` that contains one, or two of
            these as tiers, the fast one first, or several servers; by default an SQLite file in
            renai's cache folder.
        ttl: the seconds for which a vector may be used; None for ever.
        dtype: the type of number in which vectors are stored: `float32`, `float16` or `int8`.
        max_bytes: the bytes that vectors may take, roughly; beyond it those used least recently
            are dropped.
        batch_size: the number of documents that the embedder gets, and of vectors that are then
            stored, at a time.
        revision: the identity of the model's weights, where it cannot be found out or you know
            better; another identity means other vectors.
        key: a function that returns what the embedder reads of a document, where the embedder
            itself does not tell.
        sparse: whether the embedder makes sparse embeddings; by default, whether the name of its
            class contains `Sparse`.
        mark_documents: whether every document gets `meta["embedding_cache"]`, `{"key", "cached"}`.
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
        TypeError: `embedder` is not a document embedder.
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
        batch_size: int = 256,
        revision: str | None = None,
        key: Callable[[Document], str] | None = None,
        sparse: bool | None = None,
        mark_documents: bool = False,
        ledger: Ledger = True,
        namespace: str = "",
        strict: bool = False,
        canary: float | None = None,
        on_change: OnChange = "warn",
    ) -> None:
        check_ledger(ledger, max_bytes)
        refuse_other_kind(embedder, "documents", "CachedDocumentEmbedder", "CachedTextEmbedder")
        self.embedder = embedder
        self.cache_url = cache_url
        self.ttl = ttl
        self.dtype = dtype
        self.max_bytes = max_bytes
        self.batch_size = batch_size
        self.revision = revision
        self.key = key
        self.sparse = sparse
        self.mark_documents = mark_documents
        self.ledger = ledger
        self.namespace = namespace
        self.strict = strict
        self.canary = canary
        self.on_change = on_change

        self._wrapped = WrappedEmbedder(embedder, Haystack(), revision)
        is_sparse = "Sparse" in type(embedder).__name__ if sparse is None else sparse
        self._kind = Sparse if is_sparse else Dense
        self._input = input_of(embedder, self._wrapped.parameters, key)
        self._cache = EmbedderCache(
            self._wrapped,
            "document",
            self._input.described,
            self._kind,
            cache_url,
            CacheOptions(
                dtype=dtype,
                ttl=ttl,
                max_bytes=max_bytes,
                batch_size=batch_size,
                namespace=namespace,
                ledger=ledger,
                strict=strict,
                canary=canary,
                on_change=on_change,
            ),
        )

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """Embed documents.

        Args:
            documents: the documents to embed; they are not changed.

        Returns:
            `documents`, new ones in the same order, each with an embedding; and `meta`, what the
            embedder said of its work, with `meta["cache"]`: how many documents were `hits`,
            `misses` that were computed, and `deduplicated`, equal to one of the misses. If the
            store fails, also how many vectors are `unstored`, and the `unstored_reason`. If the
            embedder goes on after failures (`raise_on_failure=False`), so does this: then documents
            without an embedding come back as such, and `failed` counts them.

        Raises:
            TypeError: the argument is not a list of documents.
            VectorError: the embedder gave no embedding for some documents, or one that cannot be
                stored; the message names them, and all others are stored.
            StoreError: the store fails, and `strict` is wanted.
        """
        with embedding_span(self._wrapped) as span:
            items = DocumentItems(documents, self._input, self._kind.field)
            return self._answer(items, self._cache.embed(items), span)

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    async def run_async(self, documents: list[Document]) -> dict[str, Any]:
        """Do what `run` does without blocking the event loop."""
        with embedding_span(self._wrapped) as span:
            items = await asyncio.to_thread(DocumentItems, documents, self._input, self._kind.field)
            embedded = await self._cache.aembed(items)
            return await asyncio.to_thread(self._answer, items, embedded, span)

    def adopt(self, documents: list[Document]) -> int:
        """Store embeddings that were already paid for, such as those of a document store.

        They must come from this very embedder with these very parameters; nobody can check that.

        Args:
            documents: documents with their embeddings; those without one are ignored.

        Returns:
            The number of documents whose embeddings are stored; the rest waits for a store that
            fails.

        Raises:
            TypeError: the argument is not a list of documents.
            VectorError: an embedding cannot be stored; the batches before it are stored.
        """
        field = self._kind.field
        held = [each for each in check_documents(documents) if getattr(each, field) is not None]
        stored = 0
        for start in range(0, len(held), self.batch_size):
            batch = held[start : start + self.batch_size]
            values = [getattr(document, field) for document in batch]
            texts, sources = self._input.texts(batch), self._input.sources(batch)
            stored += self._cache.put(texts, sources, values)
        return stored

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
            batch_size=self.batch_size,
            revision=self.revision,
            key=self.key and serialize_callable(self.key),
            sparse=self.sparse,
            mark_documents=self.mark_documents,
            ledger=self.ledger,
            **only_if_set(
                namespace=self.namespace,
                strict=self.strict,
                canary=self.canary,
                on_change=None if self.on_change == "warn" else self.on_change,
            ),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CachedDocumentEmbedder:
        """Return the component that `to_dict` serialised."""
        data = with_url(data)
        parameters = data["init_parameters"]
        if parameters.get("key"):
            parameters["key"] = deserialize_callable(parameters["key"])
        restored: CachedDocumentEmbedder = default_from_dict(cls, data)
        return restored

    def _answer(self, items: DocumentItems, embedded: Any, span: Span) -> dict[str, Any]:
        hits = [bool(hit) for hit in embedded.hits]
        note = self._input.note
        notes: Sequence[dict[str, Any]] = [note] * len(hits)
        if self.mark_documents:
            key = self._cache.opened().key
            notes = [
                {**note, "embedding_cache": {"key": key(text), "cached": hit}}
                for text, hit in zip(items.texts, hits, strict=True)
            ]
        field, values = self._kind.field, self._kind.unpack(embedded.vectors)
        documents = []
        failed = embedded.failed
        with not_looked_for():
            for document, text, value, its_note in zip(
                items.documents, items.texts, values, notes, strict=True
            ):
                new = copy(document)  # faster than `replace`, which validates everything anew
                fields = vars(new)  # avoids Haystack's warning: nobody else has this document yet
                fields[field] = None if text in failed else value
                if its_note:
                    fields["meta"] = {**document.meta, **its_note}
                documents.append(new)
        meta = meta_of(span, items.metas, items.texts, embedded)
        return {"documents": documents, "meta": meta}


class DocumentItems:
    """The documents of one call, with what is embedded of each.

    Args:
        documents: the documents given to `run`.
        reads: what the embedder reads of a document.
        field: the field of a document that holds its embedding.

    Raises:
        TypeError: they are not a list of documents.
    """

    def __init__(self, documents: list[Document], reads: Input, field: str) -> None:
        self.documents = check_documents(documents)
        self.texts = reads.texts(documents)
        self.sources = reads.sources(documents)
        self.metas: list[dict[str, Any]] = []
        self._field = field
        self._document_of: dict[str, Document] = {}

    def arguments(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the embedder's arguments: documents with distinct ids and without embeddings.

        Some embedders write into what they get, some tell documents apart by their ids, and some
        return a document as it came where embedding it failed.
        """
        if not self._document_of:
            self._document_of = dict(zip(self.texts, self.documents, strict=True))
        return {
            "documents": [
                replace(
                    document,
                    id=_sent_as(position, document),
                    meta=dict(document.meta),
                    embedding=None,
                    sparse_embedding=None,
                )
                for position, document in enumerate(map(self._document_of.__getitem__, texts))
            ]
        }

    def vectors(self, texts: Sequence[str], answer: dict[str, Any]) -> list[Any]:
        """Return the vectors in the embedder's answer, found by the ids that were sent."""
        value_of = {each.id: getattr(each, self._field) for each in answer.get("documents", ())}
        return [
            value_of.get(_sent_as(position, self._document_of[text]))
            for position, text in enumerate(texts)
        ]

    def name(self, text: str) -> str:
        """Return a name for the document: its id."""
        return f"document {self._document_of[text].id}"


def check_documents(documents: list[Document]) -> list[Document]:
    """Return the documents if they are a list of documents.

    Raises:
        TypeError: they are not a list of documents.
    """
    if not isinstance(documents, list) or not all(isinstance(it, Document) for it in documents):
        raise TypeError(
            "CachedDocumentEmbedder takes a list of Documents; for a str there is "
            "CachedTextEmbedder"
        )
    return documents


def _sent_as(position: int, document: Document) -> str:
    return f"{document.id} ({position})"
