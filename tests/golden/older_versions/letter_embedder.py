"""A sparse embedder; its module and name stand in the recipes of what is kept in the archives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from haystack import Document, component
from haystack.dataclasses import SparseEmbedding


@component
class SparseLetterEmbedder:
    """Counts the letters of a text.

    Attributes:
        texts: what it was asked for.
    """

    def __init__(self, weight: float = 0.5, meta_fields_to_embed: list[str] | None = None) -> None:
        self.weight = weight
        self.meta_fields_to_embed = meta_fields_to_embed
        self.texts: list[str] = []

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        self.texts += [document.content or "" for document in documents]
        return {
            "documents": [
                replace(document, sparse_embedding=self._counted(document.content or ""))
                for document in documents
            ]
        }

    def _counted(self, text: str) -> SparseEmbedding:
        letters = sorted(set(text))
        counts = [self.weight * text.count(letter) for letter in letters]
        return SparseEmbedding([ord(letter) for letter in letters], counts)
