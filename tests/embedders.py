"""Haystack embedders that count, to be wrapped in tests; their vectors follow from the text."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from haystack import Document, component, default_to_dict
from haystack.dataclasses import SparseEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

DIM = 4


def vector_of(text: str) -> list[float]:
    """A vector that float32 holds exactly."""
    return [byte / 256 for byte in hashlib.sha256(text.encode()).digest()[:DIM]]


def sparse_of(text: str) -> SparseEmbedding:
    """As many numbers as the text has letters."""
    return SparseEmbedding([ord(letter) for letter in text], [1 / 2] * len(text))


class Counting:
    """What is counted.

    Attributes:
        calls: the texts of each call.
        warmed: how often it was warmed up.
        closed: how often it was closed.
    """

    def begin(self) -> None:
        self.calls: list[list[str]] = []
        self.warmed = 0
        self.closed = 0

    @property
    def texts(self) -> list[str]:
        return [text for call in self.calls for text in call]

    def warm_up(self) -> None:
        self.warmed += 1

    def close(self) -> None:
        self.closed += 1


@component
class CountingDocumentEmbedder(Counting):
    """Reads content and meta fields; what is in `failing` it returns as it came."""

    def __init__(
        self,
        model: str = "counting",
        prefix: str = "",
        meta_fields_to_embed: list[str] | None = None,
        failing: tuple[str, ...] = (),
    ) -> None:
        self.model = model
        self.prefix = prefix
        self.meta_fields_to_embed = meta_fields_to_embed or []
        self.failing = failing
        self.begin()

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            model=self.model,
            prefix=self.prefix,
            meta_fields_to_embed=self.meta_fields_to_embed,
        )

    def text(self, document: Document) -> str:
        fields = [document.meta[name] for name in self.meta_fields_to_embed if document.meta[name]]
        return self.prefix + " ".join([*map(str, fields), document.content or ""])

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        texts = [self.text(document) for document in documents]
        self.calls.append(texts)
        embedded = [
            document if text in self.failing else replace(document, embedding=vector_of(text))
            for document, text in zip(documents, texts, strict=True)
        ]
        return {"documents": embedded, "meta": {"model": self.model, "usage": {"t": len(texts)}}}


@component
class CountingTextEmbedder(Counting):
    """Reads a text."""

    def __init__(self, model: str = "counting") -> None:
        self.model = model
        self.begin()

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        self.calls.append([text])
        return {"embedding": vector_of(text)}


@component
class AsyncDocumentEmbedder(CountingDocumentEmbedder):  # type: ignore[misc]
    """Has a way of its own for tasks."""

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    async def run_async(self, documents: list[Document]) -> dict[str, Any]:
        answer: dict[str, Any] = self.run(documents)
        return answer


@component
class LoadingDocumentEmbedder(AsyncDocumentEmbedder):  # type: ignore[misc]
    """Loads the weights in a folder, as its parameter `device` shows; `on_load` is called then."""

    def __init__(
        self, model: str, device: None = None, on_load: Callable[[], object] = lambda: None
    ) -> None:
        CountingDocumentEmbedder.__init__(self, model)
        self.device = device
        self.on_load = on_load

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model=self.model, device=None, meta_fields_to_embed=[])

    def warm_up(self) -> None:
        if not self.warmed:
            self.on_load()
        self.warmed += 1

    async def warm_up_async(self) -> None:
        await asyncio.sleep(0)
        self.warm_up()


@component
class SparseCountingDocumentEmbedder(Counting):
    """Makes sparse embeddings."""

    def __init__(self, meta_fields_to_embed: list[str] | None = None) -> None:
        self.meta_fields_to_embed = meta_fields_to_embed
        self.begin()

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        self.calls.append([document.content or "" for document in documents])
        return {
            "documents": [
                replace(document, sparse_embedding=sparse_of(document.content or ""))
                for document in documents
            ]
        }


@component
class SparseCountingTextEmbedder(Counting):
    """Makes a sparse embedding."""

    def __init__(self) -> None:
        self.begin()

    @component.output_types(sparse_embedding=SparseEmbedding)
    def run(self, text: str) -> dict[str, Any]:
        self.calls.append([text])
        return {"sparse_embedding": sparse_of(text)}
