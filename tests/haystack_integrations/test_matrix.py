"""Every parameter of every embedder: what shapes vectors gives another key, what cannot does not.

What is installed is tried; the long test makes an environment with all that can be installed, and
tries that. `judgements.py` is the table. To make that of the page anew:

    python tests/haystack_integrations/test_matrix.py
"""

import importlib
import inspect
import json
import os
import pkgutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path += [str(HERE), str(ROOT / "tests")]

from judgements import EMBEDDERS, GIVEN_UP, HARMLESS, SHAPES, Embedder  # noqa: E402

import judging  # noqa: E402
from haystack_integrations.components.embedders.renai import (  # noqa: E402
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.renai.framework import Haystack  # noqa: E402
from haystack_integrations.components.embedders.renai.inputs import input_of  # noqa: E402
from haystack_integrations.components.embedders.renai.shapes import shapes_of  # noqa: E402
from renai.embedders.declared import Declared  # noqa: E402
from renai.embedders.wrapped import WrappedEmbedder  # noqa: E402
from renai.errors import UsageError  # noqa: E402

FROZEN = json.loads((HERE / "frozen_recipes.json").read_text("utf-8"))
KEYS = ("AZURE_OPENAI", "COHERE", "EDENAI", "GOOGLE", "ISAACUS", "JINA", "MISTRAL", "MXBAI")
KEYS += ("NVIDIA", "OPENAI", "PERPLEXITY", "STACKIT", "TWELVELABS", "VLLM", "VOYAGE", "WATSONX")


HERE_ARE = [row for row in EMBEDDERS if judging.is_installed(row)]

accepted = pytest.mark.parametrize(
    "row", [row for row in HERE_ARE if not row.refused], ids=lambda row: row.name
)
all_of_them = pytest.mark.parametrize("row", HERE_ARE, ids=lambda row: row.name)


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "HF_"))]:
        monkeypatch.delenv(name)
    for name in KEYS:
        monkeypatch.setenv(f"{name}_API_KEY", "x")
    for name in ("AWS_DEFAULT_REGION", "WATSONX_PROJECT_ID", "A_PROJECT"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("OTHER_REGION", "other")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)


def class_of(row: Embedder):
    return getattr(importlib.import_module(row.module), row.name)


def is_of_documents(row):
    return "Text" not in row.name


def parameters_of(kind):
    _, *parameters = inspect.signature(kind.__init__).parameters
    return parameters


def made(row, changes):
    given = {**row.given, **changes}
    rest = given.pop("kwargs", {})
    return class_of(row)(**given, **rest)


def wrapped(row, changes):
    return WrappedEmbedder(made(row, changes), Haystack(), "r" if row.revision else None)


def key_of(row, **changes):
    it = wrapped(row, changes)
    documents = is_of_documents(row)
    reads = input_of(it.embedder, it.parameters, None).described if documents else "text"
    return it.recipe("document" if documents else "query", reads).digest


def values_to_try(row, wanted):
    return judging.values_to_try(row, parameters_of(class_of(row)), wanted, SHAPES, HARMLESS)


@accepted
def test_every_parameter_is_judged(row):
    assert judging.unjudged(row, parameters_of(class_of(row)), SHAPES, HARMLESS) == []


@accepted
def test_what_shapes_vectors_gives_other_keys(row):
    assert judging.keyed_alike(row, key_of, values_to_try(row, "shapes")) == []


@accepted
def test_what_cannot_shape_a_vector_leaves_the_key(row):
    tried = [(name, value) for name, value, _ in values_to_try(row, "harmless")]
    assert judging.keyed_otherwise(row, key_of, tried) == []


@accepted
def test_spellings_that_mean_the_same_give_the_same_key(row):
    assert judging.keyed_otherwise(row, key_of, row.same.items()) == []


@accepted
def test_where_the_environment_sends_requests_gives_other_keys(row, monkeypatch):
    assert judging.unheeded(row, key_of, monkeypatch) == []


@accepted
def test_what_nobody_knows_counts(row):
    embedder = made(row, {})
    parameters = wrapped(row, {}).parameters
    assert shapes_of(embedder, {**parameters, "novel": 1}, {})["novel"] == 1


@accepted
def test_it_is_accepted_without_a_revision(row):
    Declared(made(row, {}), Haystack(), vouched=False)


@all_of_them
def test_it_is_refused_or_not_as_the_page_says(row):
    wrapper = CachedDocumentEmbedder if is_of_documents(row) else CachedTextEmbedder
    if not row.refused:
        wrapper(made(row, {}), "memory://")
        return
    with pytest.raises((UsageError, TypeError), match=row.refused):
        wrapper(made(row, {}), "memory://")


@all_of_them
def test_inputs_of_a_run_are_judged_and_not_taken(row):
    if "takes documents" in row.refused:
        return
    inputs = inspect.signature(class_of(row).run).parameters.keys() - {"self"}
    assert inputs - row.runtime == {"documents" if is_of_documents(row) else "text"}
    wrapper = CachedDocumentEmbedder if is_of_documents(row) else CachedTextEmbedder
    assert not inspect.signature(wrapper.run).parameters.keys() & row.runtime


@accepted
@pytest.mark.parametrize("changed", ["", "fields", "prefix"])
def test_keys_of_before_are_those_of_today(row, changed):
    """What was written once is never written anew: people paid for the vectors."""
    changes = {"fields": {"meta_fields_to_embed": ["title"]}, "prefix": {"prefix": "p: "}}
    if row.name + changed in FROZEN:
        assert key_of(row, **changes.get(changed, {})) == FROZEN[row.name + changed]


def embedders_in(package):
    """Yield the name of every embedder that a package has, and the module it is in."""
    top = importlib.import_module(package)
    for found in pkgutil.iter_modules(top.__path__, f"{package}."):
        if found.name.endswith(".renai"):
            continue
        try:
            module = importlib.import_module(found.name)
        except ImportError:
            continue
        for name in dir(module):
            kind = getattr(module, name)
            is_class = isinstance(kind, type) and not getattr(kind, "_is_protocol", False)
            if name.endswith("Embedder") and is_class:
                yield name


@pytest.mark.parametrize(
    "package", ["haystack.components.embedders", "haystack_integrations.components.embedders"]
)
def test_every_embedder_that_is_installed_is_in_the_table(package):
    known = {row.name for row in EMBEDDERS} | GIVEN_UP
    assert set(embedders_in(package)) - known == set()


def lines_of_the_page():
    rows = {}
    for row in EMBEDDERS:
        answer = "refused" if row.refused else "accepted"
        rows.setdefault((row.package, answer, row.why), []).append(f"`{row.name}`")
    return [
        "| package | embedders | | |",
        "|---|---|---|---|",
        *(
            f"| {package} | {', '.join(names)} | {answer} | {why} |"
            for (package, answer, why), names in rows.items()
        ),
    ]


def test_the_page_has_the_table():
    page = (ROOT / "docs" / "haystack.md").read_text("utf-8")
    assert "\n".join(lines_of_the_page()) in page


@pytest.mark.long
def test_all_that_can_be_installed(tmp_path):
    """In an environment of its own, in which what this one has is seen as well, and stays."""
    judging.try_all_that_can_be_installed(tmp_path, EMBEDDERS, [Path(__file__)])


if __name__ == "__main__":
    print("\n".join(lines_of_the_page()))  # noqa: T201
