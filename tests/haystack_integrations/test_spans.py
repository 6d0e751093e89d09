"""Who traces Haystack sees what the cache did, below the component that did it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from haystack import Document, Pipeline, tracing
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from embedders import AsyncDocumentEmbedder, CountingDocumentEmbedder, CountingTextEmbedder
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

TIDES, BREAD = Document(content="tides"), Document(content="bread")


class OpenTelemetrySpan(tracing.Span):
    def __init__(self, span: trace.Span) -> None:
        self.span = span

    def set_tag(self, key: str, value: Any) -> None:
        self.span.set_attribute(key, value if isinstance(value, int) else str(value))


class OpenTelemetryTracer(tracing.Tracer):
    """Hands Haystack's spans to OpenTelemetry, as its integration does."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self.tracer = tracer

    @contextmanager
    def trace(
        self,
        operation_name: str,
        tags: dict[str, Any] | None = None,
        parent_span: tracing.Span | None = None,
    ) -> Iterator[tracing.Span]:
        with self.tracer.start_as_current_span(operation_name) as raw:
            span = OpenTelemetrySpan(raw)
            span.set_tags(tags or {})
            yield span

    def current_span(self) -> tracing.Span | None:
        return OpenTelemetrySpan(trace.get_current_span())


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Of the real SDK, with Haystack's tracing on."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.enable_tracing(OpenTelemetryTracer(provider.get_tracer("test")))
    yield exporter
    tracing.disable_tracing()


def embeddings(exporter: InMemorySpanExporter) -> list[dict[str, Any]]:
    spans = [span for span in exporter.get_finished_spans() if span.name == "renai.embed"]
    return [dict(span.attributes or {}) for span in spans]


def test_a_span_says_what_was_hit_and_missed(exporter: InMemorySpanExporter, url: str) -> None:
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder("a-model"), url)
    embedder.run([TIDES, TIDES])
    embedder.run([TIDES, BREAD])
    named = {
        "renai.embedder": "embedders.CountingDocumentEmbedder",
        "renai.model": "a-model",
    }
    assert embeddings(exporter) == [
        named | {"renai.cache.hits": 0, "renai.cache.misses": 1, "renai.cache.deduplicated": 1},
        named | {"renai.cache.hits": 1, "renai.cache.misses": 1, "renai.cache.deduplicated": 0},
    ]


async def test_tasks_have_spans_too(exporter: InMemorySpanExporter) -> None:
    documents = CachedDocumentEmbedder(AsyncDocumentEmbedder(), "memory://")
    await documents.run_async([TIDES, BREAD])
    query = CachedTextEmbedder(CountingTextEmbedder(), "memory://")
    for _ in range(2):
        await query.run_async("tides")
    assert [each["renai.cache.misses"] for each in embeddings(exporter)] == [2, 1, 0]


def test_in_a_pipeline_it_stands_below_its_component(exporter: InMemorySpanExporter) -> None:
    pipeline = Pipeline()
    pipeline.add_component("embedder", CachedTextEmbedder(CountingTextEmbedder(), "memory://"))
    pipeline.run({"embedder": {"text": "tides"}})
    by_name: dict[str, ReadableSpan] = {span.name: span for span in exporter.get_finished_spans()}
    ours, component = by_name["renai.embed"], by_name["haystack.component.run"]
    assert ours.parent is not None
    assert ours.parent.span_id == component.context.span_id


def test_a_failure_ends_its_span(exporter: InMemorySpanExporter) -> None:
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    with pytest.raises(TypeError):
        embedder.run("tides")
    (span,) = exporter.get_finished_spans()
    assert not span.status.is_ok


def test_no_text_is_in_a_span(exporter: InMemorySpanExporter) -> None:
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    embedder.run([Document(content="a secret")])
    assert "a secret" not in repr(embeddings(exporter))


def test_a_password_in_the_url_of_a_model_is_in_no_span(exporter: InMemorySpanExporter) -> None:
    model = "https://user:s3cret@gateway.example/v1"
    CachedDocumentEmbedder(CountingDocumentEmbedder(model), "memory://").run([TIDES])
    (tags,) = embeddings(exporter)
    assert tags["renai.model"].startswith("https://gateway.example (")
