"""Vectors for tables of Arrow: types, nulls, order, and each text computed once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from renai import EmbeddingCache, Recipe
from renai.arrow import TableEmbedder, function_of
from renai.errors import UsageError, VectorError
from waiting import LIMIT, until

WORDS = ["salt", None, "smoke", "salt", "", "grüße"]
STRINGS = {
    "string": pa.string(),
    "large": pa.large_string(),
    "view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
    "large dictionary": pa.dictionary(pa.int8(), pa.large_string()),
}


def vector_of(text):
    return [float(len(text)), float(sum(map(ord, text)))]


class Model:
    def __init__(self):
        self.batches = []
        self.before = lambda texts: None

    def __call__(self, texts):
        self.batches.append(texts)
        self.before(texts)
        return [vector_of(text) for text in texts]

    @property
    def texts(self):
        return [text for batch in self.batches for text in batch]


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def cache(tmp_path):
    with EmbeddingCache(f"sqlite:///{tmp_path}/v.sqlite", Recipe("m"), batch_size=2) as cache:
        yield cache


def embedder_of(cache, model, **options):
    asked = {"column": "text", "into": "vector", "dimension": 2, "max_batch": 2, "linger": 0.0}
    return TableEmbedder(cache, model, **(asked | options))


@pytest.fixture
def embedder(cache, model):
    return embedder_of(cache, model)


def column(table):
    return table.column("vector").to_pylist()


def expected(texts):
    return [None if text is None else vector_of(text) for text in texts]


@pytest.mark.parametrize("kind", STRINGS)
def test_every_type_of_string_is_read_and_null_stays_null(embedder, model, kind):
    table = pa.table({"id": range(6), "text": pa.array(WORDS).cast(STRINGS[kind])})
    found = embedder(table)
    assert found.drop_columns("vector") == table
    assert found.schema.field("vector").type == pa.list_(pa.float32(), 2)
    assert column(found) == expected(WORDS)
    assert sorted(model.texts) == sorted({"salt", "smoke", "", "grüße"})


def test_chunks_are_read_in_their_order(embedder):
    texts = pa.chunked_array([WORDS[:2], [], WORDS[2:]], pa.string())
    assert column(embedder(pa.table({"text": texts}))) == expected(WORDS)


@pytest.mark.parametrize("kind", [*STRINGS.values(), pa.null()])
def test_a_table_without_rows_gets_the_column(embedder, model, kind):
    found = embedder(pa.table({"text": pa.array([], kind)}))
    assert found.schema.field("vector").type == pa.list_(pa.float32(), 2)
    assert (len(found), model.batches) == (0, [])


@pytest.mark.parametrize("kind", [pa.string(), pa.null()])
def test_a_column_of_nulls_has_null_vectors(embedder, model, kind):
    assert column(embedder(pa.table({"text": pa.array([None, None], kind)}))) == [None, None]
    assert model.batches == []


def test_a_slice_of_a_table_has_its_own_texts(embedder):
    assert column(embedder(pa.table({"text": WORDS}).slice(2, 3))) == expected(WORDS[2:5])


def test_what_was_computed_is_found_by_the_next_run(cache, model, embedder):
    table = pa.table({"text": WORDS})
    first = embedder(table)
    model.batches.clear()
    assert embedder_of(cache, model)(table) == first
    assert model.batches == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"text": ["a"], "vector": [1]}, "already"),
        ({"other": ["a"]}, "not one column 'text'"),
        ({"text": [1]}, "int64"),
        ({"text": [b"a"]}, "binary"),
        ({"text": [["a"]]}, "list"),
    ],
)
def test_other_tables_are_refused(embedder, model, table, said):
    with pytest.raises(UsageError, match=said):
        embedder(pa.table(table))
    assert model.batches == []


def test_vectors_of_another_dimension_are_refused_and_not_stored(cache, model):
    with pytest.raises(VectorError, match="where 3 are due"):
        embedder_of(cache, model, dimension=3)(pa.table({"text": ["salt"]}))
    assert not cache.get(["salt"]).hits.any()


def test_stored_vectors_of_another_dimension_are_refused(cache, model):
    cache.put(["salt"], [[1.0, 2.0, 3.0]])
    with pytest.raises(VectorError, match="3 dimensions under this recipe, where 2 are due"):
        embedder_of(cache, model)(pa.table({"text": ["salt"]}))


def test_threads_fill_batches_together(cache, model):
    texts = [f"text {number}" for number in range(8)]
    embedder = embedder_of(cache, model, linger=LIMIT)
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(embedder, [pa.table({"text": [text]}) for text in texts]))
    assert [column(table)[0] for table in tables] == expected(texts)
    assert list(map(len, model.batches)) == [2, 2, 2, 2]


def test_an_error_keeps_what_was_paid_for(tmp_path, model):
    """Of one batch of the cache, the model's first succeeds and its second fails."""

    def fail(texts):
        if "c" in texts:
            raise OSError("no answer")

    model.before = fail
    with EmbeddingCache(f"sqlite:///{tmp_path}/w.sqlite", Recipe("m"), batch_size=6) as cache:
        embedder = embedder_of(cache, model)
        table = pa.table({"text": list("abcdef")})
        with pytest.raises(OSError, match="no answer"):
            embedder(table)
        assert model.batches == [["a", "b"], ["c", "d"]]
        model.before = lambda texts: None
        assert column(embedder(table)) == expected("abcdef")
    assert model.texts == list("abcdcdef")


def test_an_error_reaches_every_table_with_a_text_in_the_batch(cache, model):
    def fail(texts):
        raise OSError("no answer")

    model.before = fail
    embedder = embedder_of(cache, model, linger=LIMIT)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(embedder, pa.table({"text": [text]})) for text in "ab"]
        assert [str(call.exception(LIMIT)) for call in calls] == ["no answer"] * 2
    assert len(model.batches) == 1


def test_what_another_process_computes_holds_up_only_those_who_need_it(tmp_path, model):
    """The one that has claimed a text is kept at it until others are through."""
    url = f"sqlite:///{tmp_path}/shared.sqlite"
    elsewhere, begun, may_end = Model(), threading.Event(), threading.Event()

    def hold(texts):
        begun.set()
        assert may_end.wait(LIMIT)

    elsewhere.before = hold
    with (
        EmbeddingCache(url, Recipe("m"), batch_size=2) as theirs,
        EmbeddingCache(url, Recipe("m"), batch_size=2) as ours,
        ThreadPoolExecutor(3) as pool,
    ):
        claimed = pool.submit(embedder_of(theirs, elsewhere), pa.table({"text": ["shared"]}))
        assert begun.wait(LIMIT)
        embedder = embedder_of(ours, model)
        waits = pool.submit(embedder, pa.table({"text": ["shared", "own"]}))
        until(lambda: model.texts == ["own"])
        assert column(embedder(pa.table({"text": ["free"]}))) == expected(["free"])
        assert not waits.done()
        may_end.set()
        assert column(claimed.result(LIMIT)) == expected(["shared"])
        assert column(waits.result(LIMIT)) == expected(["shared", "own"])
    assert (elsewhere.texts, model.texts) == (["shared"], ["own", "free"])


class Tensor:
    """As torch has them, on a GPU."""

    def __init__(self, rows):
        self.rows = rows

    def detach(self):
        return self

    cpu = float = detach

    def numpy(self):
        return np.array(self.rows)


class Named:
    """An object that is no function, with one method."""

    def __init__(self, name):
        setattr(self, name, lambda texts: [vector_of(text) for text in texts])


class CalledToo(Named):
    def __call__(self, texts):
        return "called"


@pytest.mark.parametrize("name", ["embed_documents", "get_text_embedding_batch", "encode"])
def test_embedders_of_frameworks_are_understood(name):
    assert function_of(Named(name))(["salt"]) == [vector_of("salt")]


def test_a_function_with_a_method_encode_is_called_itself():
    assert function_of(CalledToo("encode"))(["salt"]) == "called"
    assert function_of(CalledToo("embed_documents"))(["salt"]) == [vector_of("salt")]


def test_tensors_are_brought_to_this_processor():
    answer = function_of(lambda texts: Tensor([vector_of(text) for text in texts]))(["salt"])
    assert answer.tolist() == [vector_of("salt")]


class Awaited:
    async def __call__(self, texts):
        await asyncio.sleep(0)


@pytest.mark.parametrize("thing", [object(), 3, Awaited(), Awaited().__call__])
def test_what_cannot_be_called_is_refused(cache, thing):
    with pytest.raises(TypeError, match=r"no embedder|asynchronous"):
        embedder_of(cache, thing)
