"""What cannot be seen is refused: code that may change unnoticed, parameters that nobody shows."""

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial, singledispatch, wraps
from operator import attrgetter
from types import SimpleNamespace

import pytest
from haystack import Document, component
from haystack.components.embedders import (
    MockDocumentEmbedder,
    MockTextEmbedder,
    OpenAIDocumentEmbedder,
)
from haystack.utils import Secret

from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.embedders.house_code import _brings, is_released
from renai.errors import UsageError


@component
class House:
    """As people write them: private attributes, no to_dict."""

    def __init__(self, model="small", prefix="", meta_fields_to_embed=None):
        self._model, self._prefix = model, prefix
        self.meta_fields_to_embed = meta_fields_to_embed or []

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]):
        size = [float(len(self._model)), float(len(self._prefix))]
        return {"documents": [replace(it, embedding=size) for it in documents]}


def wrap(embedder, url="memory://", **options):
    return CachedDocumentEmbedder(embedder, url, **options)


def test_code_of_ones_own_needs_a_revision():
    with pytest.raises(UsageError, match=r"House is code of your own .* give revision="):
        wrap(House())
    assert wrap(House(), revision="1").run([Document(content="tides")])["documents"]


def test_a_released_class_is_taken_as_it_is():
    wrap(MockDocumentEmbedder())
    CachedTextEmbedder(MockTextEmbedder(), "memory://")
    wrap(OpenAIDocumentEmbedder(api_key=Secret.from_token("sk-1")))


def test_a_class_of_ones_own_on_a_released_one_is_ones_own():
    @component
    class Sharper(MockDocumentEmbedder):
        pass

    with pytest.raises(UsageError, match="Sharper is code of your own"):
        wrap(Sharper())


def by_length(text):
    return [float(len(text))]


class Caller:
    def by_length(self, text):
        return by_length(text)


def decorated(function):
    @wraps(function)
    def inner(text):
        return function(text)

    return inner


def as_of_python(function):
    """Make what a decorator returned look as if the standard library had made it."""
    function.__module__ = "json"
    return function


@pytest.mark.parametrize(
    "function",
    [
        by_length,
        partial(by_length),
        lambda text: [1.0],
        cache(by_length),
        partial(map, by_length),
        partial(sorted, key=by_length),
        partial(cache(by_length)),
        Caller().by_length,
        decorated(by_length),
        as_of_python(decorated(by_length)),
        contextmanager(by_length),
        singledispatch(by_length),
        [{"function": cache(by_length)}],
    ],
)
def test_a_function_of_ones_own_in_a_released_class_needs_a_revision(function):
    with pytest.raises(UsageError, match=r"MockDocumentEmbedder calls .* code of your own"):
        wrap(MockDocumentEmbedder(embedding_fn=function))


def test_another_revision_gives_other_vectors(url):
    documents = [Document(content="tides")]
    assert wrap(House(), url, revision="1").run(documents)["meta"]["cache"]["misses"] == 1
    assert wrap(House(), url, revision="1").run(documents)["meta"]["cache"]["hits"] == 1
    assert wrap(House(), url, revision="2").run(documents)["meta"]["cache"]["misses"] == 1


def test_with_a_revision_private_attributes_count_as_well(url):
    documents = [Document(content="tides")]
    for options in ({}, {"model": "large-v2"}, {"prefix": "passage: "}):
        answer = wrap(House(**options), url, revision="1").run(documents)
        assert answer["meta"]["cache"]["misses"] == 1
        assert (
            answer["documents"][0].embedding
            == House(**options).run(documents)["documents"][0].embedding
        )


def installed(folder, name, source, *, origin=None, listed=True):
    """Lay a distribution with one module out as pip does."""
    (folder / f"{name}.py").write_text(source)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "RECORD").write_text(f"{name}.py,,\n" if listed else "")
    if origin is not None:
        (about / "direct_url.json").write_text(origin)


KINDS = {
    "from an index": (True, {}),
    "from an archive": (True, {"origin": '{"url": "https://a/a.whl", "archive_info": {}}'}),
    "from a repository": (True, {"origin": '{"url": "https://a/a", "vcs_info": {}}'}),
    "from a folder": (False, {"origin": '{"url": "file:///a", "dir_info": {}}'}),
    "editable": (
        False,
        {"listed": False, "origin": '{"url": "file:///a", "dir_info": {"editable": true}}'},
    ),
    "damaged": (False, {"origin": "{"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_as_released(kind, tmp_path, monkeypatch):
    released, options = KINDS[kind]
    name = "brought_" + kind.replace(" ", "_")
    installed(tmp_path, name, "", **options)
    monkeypatch.syspath_prepend(tmp_path)
    _brings.cache_clear()
    __import__(name)
    assert is_released(name) is released
    del sys.modules[name]


def test_python_and_its_standard_library_are_released_and_a_script_is_not():
    assert is_released("json.encoder")
    assert is_released("builtins")
    assert not is_released("__main__")
    assert not is_released("no_such_module")


HIDING = """
from dataclasses import replace
from haystack import Document, component

@component
class Private:
    def __init__(self, meta_fields_to_embed=None, prefix=""):
        self.meta_fields_to_embed, self._prefix = meta_fields_to_embed or [], prefix
    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]):
        return {"documents": [replace(it, embedding=[1.0]) for it in documents]}

@component
class OfTheClass(Private):
    prefix = "looks like the parameter"
    def __init__(self, meta_fields_to_embed=None, prefix=""):
        self.meta_fields_to_embed, self.put_away = meta_fields_to_embed or [], prefix

@component
class Keywords(Private):
    def __init__(self, meta_fields_to_embed=None, **more):
        self.meta_fields_to_embed, self.more = meta_fields_to_embed or [], more

@component
class Positions(Private):
    def __init__(self, *all):
        self.meta_fields_to_embed, self.all = [], all

@component
class Required(Private):
    def __init__(self, prefix):
        self.meta_fields_to_embed, self._prefix = [], prefix

@component
class Forgetful(Private):
    def __init__(self, meta_fields_to_embed=None, prefix=""):
        self.meta_fields_to_embed, self.put_away = meta_fields_to_embed or [], prefix
    def to_dict(self):
        return {"type": "Forgetful", "init_parameters": {"meta_fields_to_embed": []}}

@component
class HalfForgetful(Forgetful):
    def __init__(self, meta_fields_to_embed=None, prefix=""):
        self.meta_fields_to_embed, self._prefix = meta_fields_to_embed or [], prefix

@component
class Open(Private):
    def __init__(self, meta_fields_to_embed=None, prefix="", timeout=3):
        self.meta_fields_to_embed, self.prefix = meta_fields_to_embed or [], prefix
"""


@pytest.fixture(scope="module")
def hiding(tmp_path_factory):
    """Embedders that a distribution brings; each keeps its parameters in its own way."""
    folder = tmp_path_factory.mktemp("site")
    installed(folder, "hiding", HIDING)
    sys.path.insert(0, str(folder))
    _brings.cache_clear()
    try:
        yield __import__("hiding")
    finally:
        sys.path.remove(str(folder))
        del sys.modules["hiding"]


def by_content(document):
    return document.content


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("Private", {}, "prefix"),
        ("OfTheClass", {"prefix": "p: "}, "prefix"),
        ("Keywords", {"prefix": "p: "}, r"\*\*more"),
        ("Positions", {}, r"\*all"),
        ("Forgetful", {"prefix": "p: "}, "prefix"),
    ],
)
def test_what_a_component_hides_is_refused_with_the_ways_out(name, given, said, hiding):
    kind = getattr(hiding, name)
    with pytest.raises(UsageError, match=rf"does not show its {said}: .*to_dict.* revision="):
        wrap(kind(**given))
    vouched = wrap(kind(**given), revision="1", key=by_content)
    assert vouched.run([Document(content="tides")])["documents"]


def test_a_parameter_that_must_be_given_and_is_hidden_needs_a_revision(hiding):
    with pytest.raises(UsageError, match="prefix"):
        wrap(hiding.Required("p: "))
    vouched = wrap(hiding.Required("p: "), revision="1", key=by_content)
    assert vouched.run([Document(content="tides")])["documents"]


@pytest.mark.parametrize("name", ["Open", "HalfForgetful"])
def test_what_stands_in_an_attribute_counts(name, hiding, url):
    kind, documents = getattr(hiding, name), [Document(content="tides")]
    for prefix in ("", "p: ", "q: "):
        assert wrap(kind(prefix=prefix), url).run(documents)["meta"]["cache"]["misses"] == 1
        assert wrap(kind(prefix=prefix), url).run(documents)["meta"]["cache"]["hits"] == 1


def test_inputs_of_a_run_that_are_not_in_the_key_are_not_taken():
    @component
    class Asking(MockDocumentEmbedder):
        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document], language: str):
            return {"documents": documents}

        @component.output_types(documents=list[Document])
        async def run_async(self, documents: list[Document], language: str):
            return {"documents": documents}

    with pytest.raises(UsageError, match="takes language at every run"):
        wrap(Asking(), revision="1")


def test_with_a_revision_what_stands_under_a_longer_name_counts_too(url):
    @component
    class Longer(House):
        def __init__(self, model="small", meta_fields_to_embed=None):
            House.__init__(self, model, "", meta_fields_to_embed)
            del self._model
            self.model_name = model

        @component.output_types(documents=list[Document])
        def run(self, documents: list[Document]):
            size = [float(len(self.model_name))]
            return {"documents": [replace(it, embedding=size) for it in documents]}

    for model in ("small", "large-v2"):
        answer = wrap(Longer(model), url, revision="1").run([Document(content="tides")])
        assert answer["documents"][0].embedding == [float(len(model))]


def test_a_method_that_was_replaced_is_code_of_ones_own(monkeypatch):
    """In one object, in its client, or in the class for all."""

    def louder(documents):
        return {it.id: it.content.upper() for it in documents}

    def made():
        return OpenAIDocumentEmbedder(api_key=Secret.from_token("sk-1"))

    embedder = made()
    embedder._prepare_texts_to_embed = louder
    with pytest.raises(UsageError, match=r"OpenAIDocumentEmbedder calls .*louder"):
        wrap(embedder)
    wrap(embedder, revision="1")
    embedder = made()
    embedder.warm_up()
    embedder.client.embeddings.create = louder
    with pytest.raises(UsageError, match="louder"):
        wrap(embedder)
    wrap(made())
    monkeypatch.setattr(OpenAIDocumentEmbedder, "_prepare_texts_to_embed", louder)
    with pytest.raises(UsageError, match="louder"):
        wrap(made())


@pytest.mark.parametrize("way", ["run", "client.embeddings.create"])
def test_a_method_that_is_replaced_after_wrapping_is_refused(way):
    embedder = OpenAIDocumentEmbedder(api_key=Secret.from_token("sk-1"))
    embedder.warm_up()
    cached = wrap(embedder)
    holder, _, name = f"it.{way}".rpartition(".")
    setattr(attrgetter(holder)(SimpleNamespace(it=embedder)), name, by_length)
    for _ in range(2):
        with pytest.raises(UsageError, match="calls by_length, which is code of your own"):
            cached.run([Document(content="tides")])


def test_a_function_that_bears_another_one_s_name_is_whose_code_it_is():
    @wraps(json.dumps)
    def mine(_text):
        return [1.0]

    del mine.__wrapped__
    with pytest.raises(UsageError, match="code of your own"):
        wrap(MockDocumentEmbedder(embedding_fn=mine))
