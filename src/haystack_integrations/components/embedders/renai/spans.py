"""A span for each call of a component, for whoever traces Haystack; nothing for who does not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from haystack.tracing.tracer import tracer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from haystack.tracing.tracer import Span

    from haystack_integrations.components.embedders.renai.wrapped import WrappedEmbedder


@contextmanager
def embedding_span(wrapped: WrappedEmbedder) -> Iterator[Span]:
    """Trace an embedding through the cache, below the span of the component that does it."""
    tags = {"renai.embedder": wrapped.known_as, "renai.model": wrapped.called}
    with tracer.trace("renai.embed", tags=tags, parent_span=tracer.current_span()) as span:
        yield span


def tell_counts(span: Span, counts: Mapping[str, int]) -> None:
    """Say what became of the items of a call."""
    span.set_tags({f"renai.cache.{name}": count for name, count in counts.items()})
