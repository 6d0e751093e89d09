"""Ingest documents with Haystack and embed none of them twice.

    python examples/haystack_cached_ingestion.py --model MODEL [--cache-url URL] [--ttl SECONDS]

Run it twice: the second process finds every vector that the first one made. With a Redis server,
`--cache-url redis://localhost:6379/0 --ttl 86400` lets several machines share them for a day.

Needs `pip install 'renai[haystack]' sentence-transformers-haystack`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from haystack import Document, Pipeline
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy

from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

if TYPE_CHECKING:
    from typing import Any

TEXTS = {
    "tides": "The moon pulls the sea towards it, and so the water rises twice a day.",
    "bread": "Flour, water, salt and time: a sourdough needs nothing else.",
    "bees": "A bee that found nectar dances to tell the others where it is.",
    "glass": "Sand melts at seventeen hundred degrees; soda makes it melt earlier.",
}


def main() -> None:
    """Ingest three times, changing one document in between, and ask a question."""
    arguments = _arguments()
    store = InMemoryDocumentStore()
    ingestion = _ingestion(store, arguments)

    print("first pass: ", _ingest(ingestion, TEXTS))
    print("second pass:", _ingest(ingestion, TEXTS))
    changed = {**TEXTS, "bread": "Flour, water, salt and two days: a sourdough needs patience."}
    print("one changed:", _ingest(ingestion, changed))

    question = "Why does the sea level change during the day?"
    found = _search(store, arguments).run({"embedder": {"text": question}})
    print(f"{question} {found['retriever']['documents'][0].content}")


def _ingestion(store: InMemoryDocumentStore, arguments: argparse.Namespace) -> Pipeline:
    embedder = CachedDocumentEmbedder(
        SentenceTransformersDocumentEmbedder(model=arguments.model, progress_bar=False),
        arguments.cache_url,
        ttl=arguments.ttl,
    )
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("writer", DocumentWriter(store, policy=DuplicatePolicy.OVERWRITE))
    pipeline.connect("embedder.documents", "writer.documents")
    return pipeline


def _ingest(pipeline: Pipeline, texts: dict[str, str]) -> dict[str, int]:
    documents = [Document(id=name, content=text) for name, text in texts.items()]
    done = pipeline.run({"embedder": {"documents": documents}}, include_outputs_from={"embedder"})
    counts: dict[str, int] = done["embedder"]["meta"]["cache"]
    return counts


def _search(store: InMemoryDocumentStore, arguments: argparse.Namespace) -> Pipeline:
    embedder = CachedTextEmbedder(
        SentenceTransformersTextEmbedder(model=arguments.model, progress_bar=False),
        arguments.cache_url,
        ttl=arguments.ttl,
    )
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=1))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    return pipeline


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description="Ingest documents, embedding none twice.")
    parser.add_argument("--model", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--cache-url", default="sqlite:///vectors.sqlite")
    parser.add_argument("--ttl", type=float, default=None, help="seconds a vector may be used")
    return parser.parse_args()


if __name__ == "__main__":
    main()
