"""Haystack embedders that never embed the same text twice."""

try:
    import haystack as _haystack  # noqa: F401 - so that a clear message tells of its absence
except ImportError as error:
    from renai.missing import to_install

    raise ImportError(f"this needs Haystack, which is missing: {to_install('haystack')}") from error

from haystack_integrations.components.embedders.renai.document_embedder import (
    CachedDocumentEmbedder,
)
from haystack_integrations.components.embedders.renai.text_embedder import CachedTextEmbedder

__all__ = ["CachedDocumentEmbedder", "CachedTextEmbedder"]
