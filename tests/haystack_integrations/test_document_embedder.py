"""CachedDocumentEmbedder: nothing twice, nothing mixed up, nothing without its embedding."""

import asyncio
import copy
import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from haystack import Document, component

import embedders
from embedders import (
    AsyncDocumentEmbedder,
    CountingDocumentEmbedder,
    CountingTextEmbedder,
    vector_of,
)
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from haystack_integrations.components.embedders.renai.inputs import identity_of
from renai.embedders.model import Identity, Model
from renai.errors import ConfigurationError, UsageError, VectorError, WeightsChangedError
from waiting import LIMIT, until, until_async


def documents_of(*texts):
    return [Document(content=text) for text in texts]


def test_the_second_pass_costs_nothing(url):
    documents = documents_of("tides", "bread", "bees")
    first = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    made = first.run(documents)
    first.close()

    second = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    read = second.run(documents)
    assert read["documents"] == made["documents"]
    assert [it.embedding for it in read["documents"]] == [vector_of(it.content) for it in documents]
    assert made["meta"]["cache"] == {"hits": 0, "misses": 3, "deduplicated": 0}
    assert read["meta"]["cache"] == {"hits": 3, "misses": 0, "deduplicated": 0}
    assert second.embedder.calls == []
    assert second.embedder.warmed == 0, "what is not needed is not loaded"


def test_a_change_to_one_document_embeds_that_one_alone(url):
    CachedDocumentEmbedder(CountingDocumentEmbedder(), url).run(documents_of("tides", "bread"))
    changed = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    assert changed.run(documents_of("tides", "rye bread"))["meta"]["cache"]["misses"] == 1
    assert changed.embedder.texts == ["rye bread"]


def test_equal_documents_are_embedded_once_and_counted():
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    embedder.run(documents_of("old"))
    answer = embedder.run(documents_of("new", "old", "new", "old", "other", "new"))
    assert answer["meta"]["cache"] == {"hits": 2, "misses": 2, "deduplicated": 2}
    assert [it.embedding for it in answer["documents"]] == [
        vector_of(text) for text in ("new", "old", "new", "old", "other", "new")
    ]


def test_documents_come_back_as_new_ones_and_stay_as_they_are():
    documents = [
        Document(content="tides", meta={"by": ["Ada"]}, score=0.5),
        Document(content="bread", embedding=[9.0] * 4),
    ]
    before = copy.deepcopy(documents)
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", mark_documents=True)
    for _ in range(2):
        after = embedder.run(documents)["documents"]
        assert documents == before
        assert all(new is not old for new, old in zip(after, documents, strict=True))
        assert [it.id for it in after] == [it.id for it in documents]
        assert after[0].meta["by"] == ["Ada"]
        assert after[0].score == 0.5


def test_an_embedder_that_writes_into_documents_reaches_only_copies():
    @component
    class Scribbling:
        def __init__(self, meta_fields_to_embed=()):
            self.meta_fields_to_embed = meta_fields_to_embed

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            for document in documents:
                document.embedding = vector_of(document.content)
                document.meta["seen"] = True
            return {"documents": documents}

    (document,) = documents_of("tides")
    answer = CachedDocumentEmbedder(Scribbling(), "memory://").run([document])
    assert answer["documents"][0].embedding == vector_of("tides")
    assert document.embedding is None
    assert document.meta == answer["documents"][0].meta == {}


def test_documents_that_share_an_id_keep_their_own_vectors():
    """Haystack's OpenAI embedder tells them apart by id, and gives one the other's vector."""

    @component
    class ById:
        def __init__(self, meta_fields_to_embed=()):
            self.meta_fields_to_embed = meta_fields_to_embed

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            vectors = {it.id: vector_of(it.content) for it in documents}
            return {"documents": [replace(it, embedding=vectors[it.id]) for it in documents]}

    documents = [Document(id="same", content="tides"), Document(id="same", content="bread")]
    answer = CachedDocumentEmbedder(ById(), "memory://").run(documents)["documents"]
    assert [it.embedding for it in answer] == [vector_of("tides"), vector_of("bread")]
    assert [it.id for it in answer] == ["same", "same"]


def test_an_answer_in_another_order_is_put_right():
    @component
    class Backwards(CountingDocumentEmbedder):
        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            return {"documents": CountingDocumentEmbedder.run(self, documents)["documents"][::-1]}

    answer = CachedDocumentEmbedder(Backwards(), "memory://").run(documents_of("tides", "bread"))
    assert [it.embedding for it in answer["documents"]] == [vector_of("tides"), vector_of("bread")]


def test_no_document_leaves_without_an_embedding(url):
    documents = [
        Document(id="a", content="tides"),
        # An embedding of long ago must not pass for the one that failed.
        Document(id="b", content="bread", embedding=[1.0] * 4),
    ]
    failing = CachedDocumentEmbedder(CountingDocumentEmbedder(failing=("bread",)), url)
    with pytest.raises(VectorError, match=r"no embedding for document b$"):
        failing.run(documents)

    again = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    assert again.run(documents)["meta"]["cache"] == {"hits": 1, "misses": 1, "deduplicated": 0}
    assert again.embedder.texts == ["bread"], "what was paid for is kept"


@pytest.mark.parametrize("answer", [None, {}, {"documents": []}])
def test_an_embedder_that_answers_nothing_is_named(answer):
    @component
    class Mute(CountingDocumentEmbedder):
        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            return answer

    with pytest.raises(VectorError, match="Mute gave no embedding for document a"):
        CachedDocumentEmbedder(Mute(), "memory://").run([Document(id="a", content="tides")])


def test_batches_are_kept_one_by_one(url):
    failing = CachedDocumentEmbedder(CountingDocumentEmbedder(failing=("five",)), url, batch_size=2)
    with pytest.raises(VectorError):
        failing.run(documents_of("one", "two", "three", "four", "five", "six"))
    assert failing.embedder.calls == [["one", "two"], ["three", "four"], ["five", "six"]]
    again = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    again.run(documents_of("one", "two", "three", "four", "five", "six"))
    assert again.embedder.texts == ["five"]


def test_what_the_embedder_says_of_its_batches_is_added_up():
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", batch_size=2)
    meta = embedder.run(documents_of("a", "b", "c"))["meta"]
    assert meta["model"] == "counting"
    assert meta["usage"] == {"t": 3}
    assert "usage" not in embedder.run(documents_of("a"))["meta"]


def test_meta_that_is_embedded_is_keyed_and_no_other():
    embedder = CachedDocumentEmbedder(
        CountingDocumentEmbedder(meta_fields_to_embed=["title", "part"]), "memory://"
    )

    def misses(**meta):
        document = Document(content="text", meta=meta)
        return embedder.run([document])["meta"]["cache"]["misses"]

    assert misses(title="Tides", part=1) == 1
    assert misses(title="Tides", part=1, page=7) == 0, "page is not read"
    assert misses(title="Bread", part=1) == 1
    assert misses(title=1, part="Tides") == 1
    assert misses(title="Tides 1", part=None) == 1, "no joined string"
    assert misses(title="Tides", part=0) == 1
    assert misses(title="Tides", part="0") == 1


def test_marks_tell_what_was_cached():
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", mark_documents=True)
    embedder.run(documents_of("old"))
    marks = [
        document.meta["embedding_cache"]
        for document in embedder.run(documents_of("old", "new", "old"))["documents"]
    ]
    assert [mark["cached"] for mark in marks] == [True, False, True]
    assert marks[0]["key"] == marks[2]["key"] != marks[1]["key"]
    assert len(marks[0]["key"]) == 64


def test_vectors_already_paid_for_are_taken_over():
    paid = [replace(it, embedding=vector_of(it.content)) for it in documents_of("tides", "bread")]
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", batch_size=1)
    assert embedder.adopt([*paid, Document(content="never embedded")]) == 2
    answer = embedder.run(documents_of("bread", "tides"))
    assert answer["meta"]["cache"]["hits"] == 2
    assert answer["documents"][0].embedding == vector_of("bread")


def test_an_embedder_that_does_not_say_what_it_reads_needs_a_key():
    @component
    class Silent:
        def __init__(self):
            self.calls = 0

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            self.calls += len(documents)
            return {"documents": [replace(it, embedding=[1.0]) for it in documents]}

    with pytest.raises(UsageError, match="does not say what it reads"):
        CachedDocumentEmbedder(Silent(), "memory://")

    def by_page(document):
        return document.meta["page"]

    embedder = CachedDocumentEmbedder(Silent(), "memory://", key=by_page)
    pages = [Document(meta={"page": page}) for page in ("1", "2", "1")]
    assert embedder.run(pages)["meta"]["cache"] == {"hits": 0, "misses": 2, "deduplicated": 1}
    with pytest.raises(TypeError, match="key returns a str"):
        embedder.run([Document(meta={"page": 1})])


class Pages:
    def __init__(self, field):
        self.field = field

    def page(self, document):
        return document.meta[self.field]


def reader_of(field):
    def page(document):
        return document.meta[field]

    return page


@pytest.mark.parametrize("key", [Pages("a").page, reader_of(Pages("a")), partial(getattr, "a")])
def test_a_key_must_be_told_apart_from_others(key):
    with pytest.raises(UsageError, match="nobody can tell what"):
        CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", key=key)


def test_lambdas_are_told_apart_by_what_they_do():
    keys = [
        *(
            lambda it: it.content,
            lambda it: it.id,
            lambda it: it.meta["a"],
            lambda it: it.meta["b"],
            lambda it, *, of="a": it.meta[of],
            lambda it, *, of="b": it.meta[of],
        ),
        *(reader_of("a"), reader_of("b"), reader_of({"a", "b"}), lambda it: it.id in {"a", "b"}),
    ]
    identities = [identity_of(key) for key in keys]
    assert len(set(map(repr, identities))) == len(keys)
    assert identity_of(reader_of("a")) == identity_of(reader_of("a"))
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://", key=keys[0])
    assert embedder.run(documents_of("tides", "tides"))["meta"]["cache"]["deduplicated"] == 1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_shares_the_store_and_nothing_else(copied, url):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url, mark_documents=True)
    made = embedder.run(documents_of("tides"))["documents"]
    other = copied(embedder)
    assert other.embedder is not embedder.embedder
    again = other.run(documents_of("tides"))
    assert again["meta"]["cache"]["hits"] == 1
    assert again["documents"][0].embedding == made[0].embedding
    assert other.to_dict() == embedder.to_dict()


def test_halves_of_a_surrogate_pair_are_not_the_whole():
    @component
    class Lengths:
        def __init__(self, meta_fields_to_embed: list[str]):
            self.meta_fields_to_embed = meta_fields_to_embed

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            return {"documents": [replace(it, embedding=[len(it.content)]) for it in documents]}

    embedder = CachedDocumentEmbedder(Lengths(["title"]), "memory://")
    documents = [Document(id=text, content=text) for text in ("\ud800\udc00", "\U00010000")]
    embedded = embedder.run(documents)["documents"]
    assert [document.embedding for document in embedded] == [[2.0], [1.0]]


@pytest.mark.parametrize("wrong", ["tides", Document(content="tides"), ["tides"], None])
async def test_wrong_input_is_a_type_error(wrong):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    with pytest.raises(TypeError, match="list of Documents"):
        embedder.run(wrong)
    with pytest.raises(TypeError, match="list of Documents"):
        await embedder.run_async(wrong)
    with pytest.raises(TypeError, match="list of Documents"):
        embedder.adopt(wrong)


def test_what_is_no_document_embedder_is_refused():
    with pytest.raises(TypeError, match="CachedTextEmbedder"):
        CachedDocumentEmbedder(CountingTextEmbedder())
    for wrong in ("all-MiniLM-L6-v2", CountingDocumentEmbedder):
        with pytest.raises(TypeError, match="wraps an embedder"):
            CachedDocumentEmbedder(wrong)


def test_no_documents_need_nothing():
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    cache = {"hits": 0, "misses": 0, "deduplicated": 0}
    assert embedder.run([]) == {"documents": [], "meta": {"cache": cache}}


@pytest.mark.parametrize("kind", [CountingDocumentEmbedder, AsyncDocumentEmbedder])
async def test_tasks_get_the_same(kind, url):
    documents = documents_of("tides", "bread", "tides")
    embedder = CachedDocumentEmbedder(kind(), url)
    made = await embedder.run_async(documents)
    assert made["meta"]["cache"] == {"hits": 0, "misses": 2, "deduplicated": 1}
    assert embedder.run(documents)["documents"] == made["documents"]
    assert embedder.embedder.warmed
    await embedder.close_async()
    assert embedder.embedder.closed == 1


async def test_tasks_that_want_the_same_compute_it_once():
    embedder = CachedDocumentEmbedder(AsyncDocumentEmbedder(), "memory://")
    documents = documents_of(*map(str, range(50)))
    await asyncio.gather(*(embedder.run_async(documents[at:] + documents[:at]) for at in range(20)))
    assert sorted(embedder.embedder.texts) == sorted(map(str, range(50)))


async def test_a_task_needs_none_of_the_threads_that_wait_for_it():
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
    begun, waiting = threading.Event(), []

    class OnceAllWait(CountingDocumentEmbedder):
        def run(self, documents):
            begun.set()
            until(lambda: len(waiting) == 4)
            return super().run(documents)

    embedder = CachedDocumentEmbedder(OnceAllWait(), "memory://")
    documents = documents_of("tides")

    def follow():
        waiting.append(threading.get_ident())
        return embedder.run(documents)

    leading = asyncio.create_task(embedder.run_async(documents))
    await until_async(begun.is_set)
    following = [asyncio.to_thread(follow) for _ in range(12)]
    await asyncio.wait_for(asyncio.gather(leading, *following), LIMIT)
    assert embedder.embedder.texts == ["tides"]


@pytest.mark.usefixtures("no_old_garbage")
async def test_the_event_loop_is_not_blocked():
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://")
    embedder.adopt([Document(content=str(at), embedding=[0.5] * 384) for at in range(8000)])
    documents = documents_of(*map(str, range(8000)))
    task, longest = asyncio.create_task(embedder.run_async(documents)), 0.0
    while not task.done():
        # Processor time of this thread, whatever else the machine is busy with.
        before = time.thread_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - before)
    assert task.result()["meta"]["cache"]["hits"] == 8000
    assert longest < 0.1, "vectors are looked up and laid into documents by another thread"


def test_a_closed_component_opens_again(url):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.warm_up()
    embedder.run(documents_of("tides"))
    embedder.close()
    embedder.close()
    assert embedder.run(documents_of("tides"))["meta"]["cache"]["hits"] == 1


def test_a_vector_is_used_no_longer_than_its_time_to_live(url, clock):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url, ttl=60)
    assert embedder.run(documents_of("tides"))["meta"]["cache"]["misses"] == 1
    assert embedder.run(documents_of("tides"))["meta"]["cache"]["hits"] == 1
    clock.advance(61)
    assert embedder.run(documents_of("tides"))["meta"]["cache"]["misses"] == 1


def test_without_a_url_vectors_lie_in_renais_folder(tmp_path):
    CachedDocumentEmbedder(CountingDocumentEmbedder()).run(documents_of("tides"))
    assert (tmp_path / "renai" / "vectors.sqlite").exists()


def test_a_secret_without_a_value_is_named(monkeypatch):
    from haystack.utils import Secret

    secret = Secret.from_env_var("RENAI_TEST_URL", strict=False)
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), secret)
    with pytest.raises(ConfigurationError, match="has no value"):
        embedder.warm_up()
    monkeypatch.setenv("RENAI_TEST_URL", "memory://")
    embedder.warm_up()


def test_numbers_that_are_no_vectors_are_refused_and_not_kept():
    @component
    class Ragged(CountingDocumentEmbedder):
        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            return {
                "documents": [
                    replace(it, embedding=[0.5] * (at + 1)) for at, it in enumerate(documents)
                ]
            }

    embedder = CachedDocumentEmbedder(Ragged(), "memory://")
    with pytest.raises(VectorError):
        embedder.run(documents_of("tides", "bread"))
    assert embedder.run(documents_of("tides"))["meta"]["cache"]["hits"] == 0


def test_a_canary_notices_other_weights_behind_a_name(url, monkeypatch):
    embedder = CountingDocumentEmbedder("m")
    cached = CachedDocumentEmbedder(embedder, url, canary=1.0, on_change="raise")
    documents = [Document(content="tides")]
    cached.run(documents)
    assert cached.run(documents)["meta"]["cache"]["hits"] == 1
    monkeypatch.setattr(embedders, "vector_of", lambda text: [1.0, -1.0, 1.0, -1.0])
    with pytest.raises(WeightsChangedError):
        cached.run(documents)
    parameters = cached.to_dict()["init_parameters"]
    assert (parameters["canary"], parameters["on_change"]) == (1.0, "raise")


def test_a_canary_that_brings_other_weights_begins_anew(url, monkeypatch, caplog):
    cached = CachedDocumentEmbedder(CountingDocumentEmbedder("m"), url, canary=1.0)
    documents = [Document(content="tides")]
    cached.run(documents)
    loaded = []

    def load(model):
        loaded.append(model)
        model.identity = Identity("those of today", {})

    monkeypatch.setattr(Model, "load", load)
    assert cached.run(documents)["meta"]["cache"]["misses"] == 1
    assert len(loaded) == 2, "the recipe was read again, and the text asked for under it"
    assert not caplog.messages


@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_the_cache_folder_is_refused_where_others_may_write_it(tmp_path):
    """A store that is named may be shared; then only the counts are left out."""
    folder = tmp_path / "renai"
    folder.mkdir()
    folder.chmod(0o777)
    cached = CachedDocumentEmbedder(CountingDocumentEmbedder())
    with pytest.raises(ConfigurationError, match="chmod go-w"):
        cached.run(documents_of("tides"))
    assert cached.embedder.calls == []
    folder.chmod(0o700)
    assert cached.run(documents_of("tides"))["meta"]["cache"]["misses"] == 1
    (folder / "vectors.sqlite").rename(tmp_path / "vectors.sqlite")
    (folder / "vectors.sqlite").symlink_to(tmp_path / "vectors.sqlite")
    with pytest.raises(ConfigurationError, match="is a link"):
        CachedDocumentEmbedder(CountingDocumentEmbedder()).run(documents_of("tides"))
    CachedDocumentEmbedder(CountingDocumentEmbedder(), "memory://").run(documents_of("tides"))
