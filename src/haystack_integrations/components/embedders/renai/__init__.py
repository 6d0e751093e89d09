"""Haystack embedders that never embed the same text twice."""

from haystack_integrations.components.embedders.renai.document_embedder import (
    CachedDocumentEmbedder,
)
from haystack_integrations.components.embedders.renai.text_embedder import CachedTextEmbedder

__all__ = ["CachedDocumentEmbedder", "CachedTextEmbedder"]
