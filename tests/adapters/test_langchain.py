"""LangChain's interface with a cache: classes of pydantic and plain ones, both ways to call."""

import asyncio
import copy
import os
import pickle
from typing import Any, ClassVar

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import BaseModel, PrivateAttr, SecretStr

from embeddings_endpoint import vector_of
from renai.errors import UsageError
from renai.langchain import CachedEmbeddings


class Counting(BaseModel, Embeddings):
    """A client of some service."""

    model: str = "m"
    dimensions: int | None = None
    max_tokens: int = 100
    stopping: set[str] = set()
    api_key: SecretStr | None = None
    tenant: SecretStr | None = None
    max_retries: int = 2
    show_progress: bool = False
    extra: Any = None
    client: Any = None
    _engine: str = PrivateAttr("e")
    _asked: list[list[str]] = PrivateAttr(default_factory=list)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self._asked.append(texts)
        return [vector_of(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents(["query: " + text])[0]


class Plain(Embeddings):
    """Keeps its parameters in attributes of their names."""

    def __init__(self, model: str, *, window: int = 5, **more: Any) -> None:
        self.model = model
        self.window = window
        self._more = more
        self.asked: list[str] = []

    embed_documents = Counting.embed_documents
    embed_query = Counting.embed_query


pytestmark = pytest.mark.usefixtures("released")


def asked(embeddings):
    return [text for texts in embeddings._asked for text in texts]


def test_a_text_is_embedded_once(url):
    first, second = Counting(), Counting()
    with CachedEmbeddings(first, url) as cached:
        assert cached.embed_documents(["a", "b", "a"]) == [vector_of(one) for one in "aba"]
    with CachedEmbeddings(second, url) as cached:
        assert cached.embed_documents(["b", "c"]) == [vector_of(one) for one in "bc"]
        assert cached.embed_documents([]) == []
    assert (asked(first), asked(second)) == (["a", "b"], ["c"])


def test_queries_and_documents_share_nothing(url):
    counting = Counting()
    cached = CachedEmbeddings(counting, url)
    for _ in range(2):
        assert cached.embed_documents(["a"]) == [vector_of("a")]
        assert cached.embed_query("a") == vector_of("query: a")
    assert asked(counting) == ["a", "query: a"]


async def test_tasks_embed_once(url):
    counting = Counting()
    cached = CachedEmbeddings(counting, url)
    made = await asyncio.gather(*(cached.aembed_documents(["a", "b"]) for _ in range(5)))
    assert made == [[vector_of("a"), vector_of("b")]] * 5
    assert [await cached.aembed_query("a") for _ in range(2)] == [vector_of("query: a")] * 2
    assert asked(counting) == ["a", "b", "query: a"]


OTHERWISE = [
    {"model": "n"},
    {"dimensions": 2},
    {"max_tokens": 50},
    {"stopping": {"a"}},
    {"tenant": SecretStr("ours")},
    {"extra": {"input_type": "query"}},
]
ALIKE = [
    {"api_key": SecretStr("sk-1")},
    {"max_retries": 9},
    {"show_progress": True},
]


@pytest.mark.parametrize("more", OTHERWISE, ids=str)
def test_what_shapes_a_vector_is_in_the_key(url, more):
    CachedEmbeddings(Counting(), url).embed_documents(["a"])
    other = Counting(**more)
    CachedEmbeddings(other, url).embed_documents(["a"])
    assert asked(other) == ["a"]


@pytest.mark.parametrize("more", ALIKE, ids=str)
def test_what_shapes_nothing_is_not(url, more):
    CachedEmbeddings(Counting(), url).embed_documents(["a"])
    other = Counting(**more)
    CachedEmbeddings(other, url).embed_documents(["a"])
    assert asked(other) == []


class Client:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


def test_where_a_client_sends_requests_is_in_the_key(url):
    """Also where a gateway has the name of the service in its own."""
    vendor = Counting.__module__.partition(".")[0]
    urls = [f"https://api.{vendor}.com/v1", f"https://{vendor}.gateway.example/v1"]
    clients = [Counting(client=Client(each)) for each in urls]
    digests = {CachedEmbeddings(each, url)._calls.recipe_digest() for each in clients}
    assert len(digests) == 2


def test_a_constant_of_the_class_is_no_parameter(url):
    class Forgetful(Counting):
        window: ClassVar[int] = 5

        def __init__(self, window: int = 5, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    with pytest.raises(UsageError, match="does not show its window"):
        CachedEmbeddings(Forgetful(window=6), url)


def test_what_is_kept_privately_is_in_the_key(url):
    CachedEmbeddings(Counting(), url).embed_documents(["a"])
    other = Counting()
    other._engine = "f"
    CachedEmbeddings(other, url).embed_documents(["a"])
    assert asked(other) == ["a"]


@pytest.mark.parametrize("change", [{"model": "n"}, {"dimensions": 2}, {"_engine": "f"}], ids=str)
def test_what_is_changed_after_wrapping_is_refused(url, change):
    counting = Counting()
    cached = CachedEmbeddings(counting, url)
    cached.embed_documents(["a"])
    for name, value in change.items():
        setattr(counting, name, value)
    with pytest.raises(UsageError, match="was changed after it was wrapped"):
        cached.embed_documents(["a"])


@pytest.mark.parametrize("all_hit", [True, False])
def test_a_client_that_is_made_late_goes_where_the_environment_says_then(url, monkeypatch, all_hit):
    variable = f"{Counting.__module__.partition('.')[0].upper()}_BASE_URL"

    class Late(Counting):
        def embed_documents(self, texts):
            self.client = self.client or Client(os.environ[variable])
            return [[*vector_of(text), len(self.client.base_url)] for text in texts]

    monkeypatch.setenv(variable, "http://a")
    CachedEmbeddings(Late(), url).embed_documents(["a"])
    cached = CachedEmbeddings(Late(), url)
    if all_hit:
        cached.embed_documents(["a"])
    monkeypatch.setenv(variable, "http://bbb")
    assert [each[-1] for each in cached.embed_documents(["a", "b"])] == [10, 10]
    monkeypatch.setenv(variable, "http://a")
    assert CachedEmbeddings(Late(), url).embed_documents(["b"])[0][-1] == 8


def test_what_is_changed_during_a_call_is_refused_and_not_kept(url):
    class Slow(Counting):
        meanwhile: ClassVar[dict[str, str]] = {}

        def embed_documents(self, texts):
            for name, value in self.meanwhile.items():
                setattr(self, name, value)
            return super().embed_documents(texts)

    slow = Slow()
    cached = CachedEmbeddings(slow, url)
    cached.embed_documents(["a"])
    Slow.meanwhile["model"] = "n"  # as another thread would do it
    for text in ("b", "a"):
        with pytest.raises(UsageError, match=r"was changed after it was wrapped \(model"):
            cached.embed_documents([text])
    Slow.meanwhile.clear()
    again = Slow()
    CachedEmbeddings(again, url).embed_documents(["b"])
    assert asked(again) == ["b"]


def test_counters_are_no_change(url):
    class Metered(Counting):
        total: int = 0
        _sent: int = PrivateAttr(0)

        def embed_documents(self, texts):
            self.total += len(texts)
            self._sent += 1
            return super().embed_documents(texts)

    cached = CachedEmbeddings(Metered(), url)
    for text in ("a", "b", "c"):
        assert cached.embed_documents([text]) == [vector_of(text)]


def test_what_cannot_be_seen_is_refused(url):
    for opaque in (Counting(extra=object()), Plain("m", more=object())):
        with pytest.raises(UsageError, match=r"does not show its .*revision="):
            CachedEmbeddings(opaque, url)
    seen = Counting(extra=object())
    for revision, expected in (("1", ["a"]), ("1", ["a"]), ("2", ["a", "a"])):
        CachedEmbeddings(seen, url, revision=revision).embed_documents(["a"])
        assert asked(seen) == expected


def test_parameters_in_attributes_are_seen(url):
    def digest(*arguments, **more):
        return CachedEmbeddings(Plain(*arguments, **more), url)._calls.recipe_digest()

    digests = [digest("m"), digest("n"), digest("m", window=6), digest("m", prefix="x")]
    assert len(set(digests)) == 4
    assert digest("m") == digests[0]


def test_copies_and_pickles_open_the_store_anew(url):
    cached = CachedEmbeddings(DeterministicFakeEmbedding(size=4), url)
    vectors = cached.embed_documents(["a"])
    for it in (copy.deepcopy(cached), pickle.loads(pickle.dumps(cached))):
        assert it.embed_documents(["a"]) == vectors


def test_a_vector_store_of_langchain_takes_it(url):
    store = InMemoryVectorStore(CachedEmbeddings(DeterministicFakeEmbedding(size=8), url))
    store.add_texts(["salt", "smoke"])
    assert len(store.similarity_search("salt", k=1)) == 1


def test_what_are_no_embeddings_is_refused():
    with pytest.raises(TypeError, match="wraps LangChain embeddings"):
        CachedEmbeddings("a-model")
    with pytest.raises(TypeError, match="no option colour"):
        CachedEmbeddings(Counting(), colour="red")


def test_a_model_that_reads_neighbours_is_refused(url):
    with pytest.raises(UsageError, match="neighbours"):
        CachedEmbeddings(Counting(model="voyage-context-3"), url)
    with pytest.raises(UsageError, match="calibrates integer precision on each batch"):
        CachedEmbeddings(Counting(extra={"precision": "int8"}), url)
