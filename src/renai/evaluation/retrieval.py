"""Measure what cached vectors, and smaller types of number, cost and save in retrieval.

The same questions are asked about the same passages four times: with a model's own vectors, and
with vectors from a cache of float32, float16 and int8. Each cache is filled by a first pass and
read by a second one with new components, as after a restart. Embedders, retrievers and measures
are Haystack's, with our components around its embedders.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from renai.embeddings.recipe import EMBEDDING
from renai.errors import ConfigurationError
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from haystack import Document

    from renai.codecs.vector import Dtype
    from renai.evaluation.collection import Collection

DTYPES: tuple[Dtype, ...] = ("float32", "float16", "int8")

CUTOFFS = (1, 3, 10)
"""Recall is measured among so many best passages; reciprocal rank among the largest number."""

INSTALL = "pip install 'renai[haystack]' sentence-transformers-haystack"


class Embedders(NamedTuple):
    """Two Haystack components that are not yet warmed up."""

    documents: Any
    text: Any


class Vectors(NamedTuple):
    """The vectors of all passages and of all questions, in order."""

    passages: list[Document]
    questions: list[list[float]]


@dataclass(slots=True)
class Pass:
    """One pass, in which everything is embedded once.

    Attributes:
        seconds: the wall time, without loading the model.
        calls: the calls to the model, each with a batch of passages or one question.
        hits: the passages and questions whose vectors came from the cache.
        misses: those whose vectors were computed.
    """

    seconds: float = 0.0
    calls: int = 0
    hits: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """The results of one kind of vectors.

    Attributes:
        vectors: `model` for the model's own, or the type of number that was stored.
        recall: by cutoff, the share of a question's passages that were found, on average.
        mrr: the mean reciprocal rank of the first right passage; 0 where none was found.
        cold: the pass with an empty cache.
        warm: the second pass; None without a cache.
        entry_bytes: the size of all entries in the cache.
        disk_bytes: the space that they take on disk.
    """

    vectors: Literal["model"] | Dtype
    recall: dict[int, float]
    mrr: float
    cold: Pass
    warm: Pass | None = None
    entry_bytes: int = 0
    disk_bytes: int = 0


def sentence_transformers(model: str) -> Embedders:
    """Create embedders for a sentence-transformers model.

    Args:
        model: its name on the hub, or its folder.

    Raises:
        ConfigurationError: a package that this needs is not installed.
    """
    try:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )
    except ImportError as error:
        raise ConfigurationError(
            f"this needs Haystack and sentence-transformers: {INSTALL}"
        ) from error
    return Embedders(
        SentenceTransformersDocumentEmbedder(model=model, progress_bar=False),
        SentenceTransformersTextEmbedder(model=model, progress_bar=False),
    )


def measure(collection: Collection, make: Callable[[], Embedders], folder: Path) -> list[Trial]:
    """Measure a model's own vectors, and then a cache of each type of number.

    Args:
        collection: the passages and questions.
        make: creates new embedders of one model.
        folder: an empty folder for the caches.

    Raises:
        ConfigurationError: the model cannot be loaded.
    """
    own, calls = make(), list[None]()
    _load(own)
    cold, vectors = _embed(collection, Embedders(*(_noting(calls, each) for each in own)))
    cold.calls = len(calls)
    trials = [Trial("model", *_judge(collection, vectors), cold)]
    for dtype in DTYPES:
        path = folder / dtype / "vectors.sqlite"
        cold, _ = _through_cache(collection, make(), dtype, path)
        warm, vectors = _through_cache(collection, make(), dtype, path)
        trials.append(Trial(dtype, *_judge(collection, vectors), cold, warm, *_sizes(path)))
    return trials


def _load(embedders: Embedders) -> None:
    try:
        for embedder in embedders:
            embedder.warm_up()
    except (OSError, ValueError, RuntimeError) as error:  # what loaders of models raise
        reason = str(error).strip().partition("\n")[0]
        raise ConfigurationError(
            f"the model {embedders.text.model} cannot be loaded: {reason}"
        ) from error


def _through_cache(
    collection: Collection, embedders: Embedders, dtype: Dtype, path: Path
) -> tuple[Pass, Vectors]:
    """Embed everything through Haystack's components with a cache around them."""
    from haystack_integrations.components.embedders.renai import (
        CachedDocumentEmbedder,
        CachedTextEmbedder,
    )

    calls: list[None] = []
    # The store is new and lasts as long as the measurement, so an embedder of one's own cannot have
    # changed since.
    options: dict[str, Any] = {"dtype": dtype, "ledger": False, "revision": "now"}
    url = _url(path)
    cached = Embedders(
        CachedDocumentEmbedder(_noting(calls, embedders.documents), url, **options),
        CachedTextEmbedder(_noting(calls, embedders.text), url, **options),
    )
    with closing(cached.documents), closing(cached.text):
        taken, vectors = _embed(collection, cached)
    taken.calls = len(calls)
    return taken, vectors


def _noting(calls: list[None], embedder: Any) -> Any:
    """Wrap an embedder so that every call is noted."""
    run = embedder.run

    @wraps(run)  # a wrapper of an embedder inspects the signature of `run`
    def noted(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        return run(*arguments, **named)

    embedder.run = noted
    return embedder


def _embed(collection: Collection, embedders: Embedders) -> tuple[Pass, Vectors]:
    from haystack import Document

    documents = [Document(id=name, content=text) for name, text in collection.passages.items()]
    started = time.perf_counter()
    answers = [embedders.documents.run(documents=documents)]
    answers += [embedders.text.run(text=question.text) for question in collection.questions]
    taken = Pass(time.perf_counter() - started)
    for answer in answers:
        counts = answer.get("meta", {}).get("cache", {})
        taken.hits += counts.get("hits", 0)
        taken.misses += counts.get("misses", 0)
    return taken, Vectors(answers[0]["documents"], [each["embedding"] for each in answers[1:]])


def _judge(collection: Collection, vectors: Vectors) -> tuple[dict[int, float], float]:
    """Return recall by cutoff, and mean reciprocal rank."""
    from haystack import Document
    from haystack.components.evaluators import DocumentMRREvaluator, DocumentRecallEvaluator
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(vectors.passages)
    retriever = InMemoryEmbeddingRetriever(store, top_k=CUTOFFS[-1])
    found = [retriever.run(query_embedding=vector)["documents"] for vector in vectors.questions]
    true = [
        [Document(content=collection.passages[name]) for name in question.answers]
        for question in collection.questions
    ]
    evaluator = DocumentRecallEvaluator(mode="multi_hit")
    recall = {
        cutoff: evaluator.run(true, [documents[:cutoff] for documents in found])["score"]
        for cutoff in CUTOFFS
    }
    return recall, DocumentMRREvaluator().run(true, found)["score"]


def _sizes(path: Path) -> tuple[int, int]:
    """Return the bytes of all entries, and the bytes they take on disk."""
    with closing(open_store(_url(path))) as store:
        entries = sum(stat.size for stat in store.scan(EMBEDDING))
    return entries, sum(file.stat().st_size for file in path.parent.iterdir())


def _url(path: Path) -> str:
    return f"sqlite:///{quote(str(path))}"
