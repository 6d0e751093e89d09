"""What others reach that people use for the same: each as its own documentation says.

LangChain's `CacheBackedEmbeddings` (langchain-classic) over each of its stores, and renai's
`CachedEmbeddings` by the same interface; LlamaIndex's `IngestionCache`, which keeps a whole batch
under one key, in memory; LiteLLM's cache in memory, text by text as its `embedding` does; RedisVL's
`EmbeddingsCache` by the batch; and diskcache as a dict of bytes with keys that are ready-made, in
one transaction. All but renai's own and diskcache give lists of floats, which are not made arrays
here; vectors that LangChain and RedisVL write are ready-made lists. None of the others checks what
it reads. Beside the reading stands what lists of floats take by themselves.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import logging
import os
import shutil
import warnings
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_material import DIM, RECIPE, Material
from measuring import RATES, Floor, Fresh, Report, Rounds
from renai.embeddings.cache import EmbeddingCache
from renai.langchain import CachedEmbeddings
from servers import drop, have_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from servers import Server

_OURS = "renai, sqlite"
_OURS_LANGCHAIN = "renai through LangChain, sqlite"
_DISKCACHE = "diskcache"
_LANGCHAIN = "LangChain, "
_PACKAGES = (
    *("langchain-classic", "langchain-community", "llama-index-core", "litellm", "redisvl"),
    "diskcache",
)


@dataclass(frozen=True)
class Peer:
    """One way to keep vectors.

    Attributes:
        open: in a folder, or on a Redis, that may hold what was written before.
        write: all, where there is nothing.
        read: all, where all is there.
    """

    open: Callable[[Path], Any]
    write: Callable[[Any], object]
    read: Callable[[Any], object]


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    os.environ["LANGSMITH_TRACING"] = "false"
    logging.getLogger("redisvl").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    material = Material(count)
    server = have_redis()
    try:
        peers = _peers(material, server)
        yield _writing(folder, material, peers, server, rounds)
        yield _reading(folder, material, peers, rounds)
    finally:
        drop(server)


def _reading(folder: Path, material: Material, peers: Mapping[str, Peer], rounds: int) -> Report:
    with ExitStack() as stack:
        cases: dict[str, Callable[[], object]] = {}
        for number, (name, peer) in enumerate(peers.items()):
            place = folder / f"warm-{number}"
            place.mkdir()
            opened = stack.enter_context(closing(peer.open(place)))
            peer.write(opened)
            cases[name] = lambda peer=peer, opened=opened: peer.read(opened)
        cases["lists of floats alone"] = material.vectors.tolist
        measured = Rounds(cases, rounds)
    best = _best(measured)
    return Report(
        f"Reading {len(material.texts):,} vectors that are there, beside others ({_versions()})",
        RATES,
        measured.rate_rows(_OURS, len(material.texts)),
        [
            Floor("read, SQLite / the best of LangChain", 12, measured.ratio(best, _OURS)),
            Floor(
                "read, through LangChain / its best",
                12,
                measured.ratio(best, _OURS_LANGCHAIN),
            ),
            Floor("read, SQLite / diskcache", 1.3, measured.ratio(_DISKCACHE, _OURS)),
        ],
    )


def _writing(
    folder: Path, material: Material, peers: Mapping[str, Peer], server: Server, rounds: int
) -> Report:
    numbers = itertools.count()

    def empty(peer: Peer) -> Any:
        @contextmanager
        def make() -> Iterator[Any]:
            place = folder / f"cold-{next(numbers)}"
            place.mkdir()
            server.empty()
            with closing(peer.open(place)) as opened:
                yield opened
            shutil.rmtree(place)

        return make

    measured = Rounds(
        {name: Fresh(empty(peer), peer.write) for name, peer in peers.items()}, rounds
    )
    best = _best(measured)
    return Report(
        f"Embedding {len(material.texts):,} texts into an empty store, beside others",
        RATES,
        measured.rate_rows(_OURS, len(material.texts)),
        [
            Floor("write, SQLite / the best of LangChain", 10, measured.ratio(best, _OURS)),
            Floor(
                "write, through LangChain / its best",
                10,
                measured.ratio(best, _OURS_LANGCHAIN),
            ),
        ],
    )


def _best(measured: Rounds) -> str:
    langchain = [name for name in measured.spent if name.startswith(_LANGCHAIN)]
    return min(langchain, key=measured.wall)


def _versions() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)


def _peers(material: Material, server: Server) -> dict[str, Peer]:
    ours = {
        "sqlite": lambda place: f"sqlite:///{place}/vectors.sqlite",
        "redis": lambda place: server.url,
        "memory": lambda place: "memory://",
    }
    return {
        **{
            f"renai, {name}": Peer(
                lambda place, url=url: EmbeddingCache(url(place), RECIPE),
                material.embed_into,
                material.read_from,
            )
            for name, url in ours.items()
        },
        **_langchain(material, server),
        "LlamaIndex IngestionCache, one batch": _llama_index(material),
        "LiteLLM, in memory": _litellm(material),
        "RedisVL EmbeddingsCache": _redisvl(material, server),
        _DISKCACHE: _diskcache(material),
    }


def _langchain(material: Material, server: Server) -> dict[str, Peer]:
    from langchain_classic.embeddings import CacheBackedEmbeddings
    from langchain_classic.storage import InMemoryByteStore, LocalFileStore
    from langchain_community.storage import RedisStore, SQLStore
    from langchain_core.embeddings import Embeddings

    vector_of = dict(zip(material.texts, material.vectors.tolist(), strict=True))

    class Ready(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [vector_of[text] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return vector_of[text]

    def sql(place: Path) -> SQLStore:
        store = SQLStore(namespace="benchmark", db_url=f"sqlite:///{place}/store.sqlite")
        store.create_schema()
        return store

    stores: dict[str, Callable[[Path], Any]] = {
        "file store": lambda place: LocalFileStore(str(place)),
        "in-memory store": lambda place: InMemoryByteStore(),
        "Redis store": lambda place: RedisStore(redis_url=server.url),
        "SQL store": sql,
    }

    class Backed:
        def __init__(self, store: Any) -> None:
            self.cache = CacheBackedEmbeddings.from_bytes_store(
                Ready(), store, namespace="benchmark", key_encoder="sha256"
            )

        def embed(self) -> None:
            assert len(self.cache.embed_documents(material.texts)) == len(material.texts)

        def close(self) -> None:
            pass

    class Cached:
        def __init__(self, place: Path) -> None:
            url = f"sqlite:///{place}/vectors.sqlite"
            self.cache = CachedEmbeddings(Ready(), url, revision="1")
            self.close = self.cache.close

        embed = Backed.embed

    ours = Peer(Cached, Cached.embed, Cached.embed)
    return {_OURS_LANGCHAIN: ours} | {
        f"{_LANGCHAIN}{name}": Peer(
            lambda place, make=make: Backed(make(place)), Backed.embed, Backed.embed
        )
        for name, make in stores.items()
    }


def _llama_index(material: Material) -> Peer:
    from llama_index.core.ingestion import IngestionCache, IngestionPipeline
    from llama_index.core.schema import TextNode

    from adapters import LlamaIndexModel

    class Pipeline:
        def __init__(self, place: Path) -> None:
            model = LlamaIndexModel(material.compute)
            self.pipeline = IngestionPipeline(transformations=[model], cache=IngestionCache())

        def embed(self) -> None:
            nodes = [TextNode(text=text, id_=str(at)) for at, text in enumerate(material.texts)]
            assert len(self.pipeline.run(nodes=nodes)) == len(nodes)

        def close(self) -> None:
            pass

    return Peer(Pipeline, Pipeline.embed, Pipeline.embed)


def _litellm(material: Material) -> Peer:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices
    from litellm.caching.caching import Cache

    vectors = [{"embedding": vector} for vector in material.vectors.tolist()]

    def write(cache: Cache) -> None:
        for text, vector in zip(material.texts, vectors, strict=True):
            cache.add_cache(vector, model="benchmark", input=text)

    def read(cache: Cache) -> None:
        for text in material.texts:
            assert cache.get_cache(model="benchmark", input=text)

    def opened(place: Path) -> Cache:
        cache = Cache(type="local")
        cache.cache.max_size_in_memory = len(vectors)
        cache.close = lambda: None
        return cache

    return Peer(opened, write, read)


def _redisvl(material: Material, server: Server) -> Peer:
    from redisvl.extensions.cache.embeddings import EmbeddingsCache

    class Closing(EmbeddingsCache):
        def close(self) -> None:
            self.disconnect()

    items = [
        {"content": text, "model_name": "benchmark", "embedding": vector}
        for text, vector in zip(material.texts, material.vectors.tolist(), strict=True)
    ]
    return Peer(
        lambda place: Closing(name="benchmark", redis_url=server.url),
        lambda cache: cache.mset(items),
        lambda cache: cache.mget(material.texts, "benchmark"),
    )


def _diskcache(material: Material) -> Peer:
    import diskcache

    def write(cache: Any) -> None:
        with cache.transact():
            for key, vector in zip(material.keys, material.vectors, strict=True):
                cache[key] = vector.tobytes()

    def read(cache: Any) -> np.ndarray:
        with cache.transact():
            data = b"".join([cache[key] for key in material.keys])
        return np.frombuffer(data, "<f4").reshape(-1, DIM)

    return Peer(lambda place: diskcache.Cache(str(place)), write, read)
