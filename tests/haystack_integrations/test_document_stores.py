"""Into document stores of other packages, and out of them again.

Those that are installed are tried; the long test makes an environment with all of them.
"""

import os
import subprocess
import sys
import uuid
import venv
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from haystack import Document, Pipeline
from haystack.components.embedders import MockDocumentEmbedder, MockTextEmbedder
from haystack.components.writers import DocumentWriter
from haystack.document_stores.types import DuplicatePolicy

from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)

ROOT = Path(__file__).parents[2]
DIM = 8
TEXTS = ["salt", "smoke", "bread"]
PACKAGES = ("qdrant-haystack", "chroma-haystack")
EXPECTED = os.environ.get("RENAI_STORE_PACKAGES", "").split()


class Place(NamedTuple):
    """A document store, and the retriever for it.

    Attributes:
        keeps_notes: whether it keeps what is nested in a document's meta.
    """

    store: object
    retriever: object
    keeps_notes: bool


def qdrant():
    from haystack_integrations.components.retrievers.qdrant import QdrantEmbeddingRetriever
    from haystack_integrations.document_stores.qdrant import QdrantDocumentStore

    store = QdrantDocumentStore(
        ":memory:", embedding_dim=DIM, return_embedding=True, progress_bar=False
    )
    return Place(store, QdrantEmbeddingRetriever(store, top_k=1), keeps_notes=True)


def chroma(folder=None):
    from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
    from haystack_integrations.document_stores.chroma import ChromaDocumentStore

    store = ChromaDocumentStore(
        collection_name=f"of-a-test-{uuid.uuid4().hex}",  # what is in memory the process shares
        persist_path=folder,
        distance_function="cosine",
        client_settings={"anonymized_telemetry": False},
    )
    return Place(store, ChromaEmbeddingRetriever(store, top_k=1), keeps_notes=False)


@pytest.fixture(params=["qdrant", "chroma", "chroma in a folder"])
def place(request, tmp_path):
    name, _, where = request.param.partition(" ")
    if f"{name}-haystack" not in EXPECTED:
        pytest.importorskip(
            f"haystack_integrations.document_stores.{name}", reason=f"{name}-haystack is missing"
        )
    if name == "qdrant":
        return qdrant()
    return chroma(str(tmp_path / "chroma") if where else None)


def ingestion(place, embedder):
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("writer", DocumentWriter(place.store, policy=DuplicatePolicy.OVERWRITE))
    pipeline.connect("embedder.documents", "writer.documents")
    return pipeline


def documents():
    return [Document(content=text) for text in TEXTS]


def counts(pipeline):
    given = {"embedder": {"documents": documents()}}
    done = pipeline.run(given, include_outputs_from={"embedder"})
    return done["embedder"]["meta"]["cache"]


def test_documents_are_embedded_once_and_found(place, url):
    pipeline = ingestion(place, CachedDocumentEmbedder(MockDocumentEmbedder(dimension=DIM), url))
    assert counts(pipeline) == {"hits": 0, "misses": 3, "deduplicated": 0}
    assert counts(pipeline) == {"hits": 3, "misses": 0, "deduplicated": 0}
    assert place.store.count_documents() == 3

    search = Pipeline()
    search.add_component("embedder", CachedTextEmbedder(MockTextEmbedder(dimension=DIM), url))
    search.add_component("retriever", place.retriever)
    search.connect("embedder.embedding", "retriever.query_embedding")
    asked = {"embedder": {"text": "salt"}}
    for _ in range(2):
        found = search.run(asked, include_outputs_from={"embedder"})
        assert found["retriever"]["documents"][0].content == "salt"
    assert found["embedder"]["meta"]["cache"]["hits"] == 1

    written = search.dumps()
    assert Pipeline.loads(written).dumps() == written


def test_vectors_of_the_store_are_taken_over(place, url):
    plain = MockDocumentEmbedder(dimension=DIM)
    embedded = plain.run(documents())["documents"]
    place.store.write_documents(embedded)

    cached = CachedDocumentEmbedder(plain, url)
    assert cached.adopt(place.store.filter_documents()) == 3
    answer = cached.run(documents())
    assert answer["meta"]["cache"]["hits"] == 3
    np.testing.assert_allclose(
        [document.embedding for document in answer["documents"]],
        [document.embedding for document in embedded],
        atol=1e-6,
    )


def test_what_marks_a_document_is_kept_or_dropped(place, url):
    embedder = CachedDocumentEmbedder(MockDocumentEmbedder(dimension=DIM), url, mark_documents=True)
    counts(ingestion(place, embedder))
    marked = ["embedding_cache" in it.meta for it in place.store.filter_documents()]
    assert marked == [place.keeps_notes] * 3


@pytest.mark.long
@pytest.mark.skipif(bool(EXPECTED), reason="this is the environment of its own")
def test_all_stores_in_an_environment_of_their_own(tmp_path):
    """What this environment has is seen as well, and stays."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "outer.pth").write_text("\n".join(path for path in sys.path if "site-packages" in path))
    outer = {each.name: each.version for each in distributions() if each.name != "renai"}
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in outer.items()))
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    subprocess.run([*install, "--constraint", constraints, *PACKAGES], check=True)
    environment = {
        **os.environ,
        "RENAI_STORE_PACKAGES": " ".join(PACKAGES),
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = [python, "-m", "pytest", "-q", "-m", "not long", str(Path(__file__))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "skipped" not in done.stdout
