"""Every parameter of LangChain's and LlamaIndex's classes: what shapes vectors gives another key.

What is installed is tried; the long test makes an environment with all that can be installed, and
tries that. `adapter_judgements.py` is the table. To make those of the pages anew:

    python tests/adapters/test_matrix.py
"""

import importlib
import inspect
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path += [str(HERE), str(ROOT / "tests")]

from adapter_judgements import EMBEDDERS, FOR_TESTS, HARMLESS, SHAPES  # noqa: E402

import judging  # noqa: E402
from renai.embedders.attributes import Attributes  # noqa: E402
from renai.embedders.wrapped import WrappedEmbedder  # noqa: E402
from renai.errors import UsageError  # noqa: E402

HERE_ARE = [row for row in EMBEDDERS if judging.is_installed(row)]

all_of_them = pytest.mark.parametrize("row", HERE_ARE, ids=lambda row: row.name)

KEYS = ("AZURE_OPENAI", "CO", "COHERE", "GOOGLE", "MISTRAL", "OPENAI", "VOYAGE")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "HF_"))]:
        monkeypatch.delenv(name)
    for name in KEYS:
        monkeypatch.setenv(f"{name}_API_KEY", "x")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("NVIDIA_API_KEY", "nvapi-x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "ours")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "europe-west3")


def class_of(row):
    return getattr(importlib.import_module(row.module), row.name)


def parameters_of(kind):
    """Return what a class is made with: fields by their aliases too, and what it takes besides."""
    _, *taken = inspect.signature(kind.__init__).parameters
    return list(dict.fromkeys([*kind.model_fields, *taken]))


def wrapped(row, **changes):
    return WrappedEmbedder(class_of(row)(**{**row.given, **changes}), Attributes(), None)


def key_of(row, **changes):
    return wrapped(row, **changes).recipe("document", ()).digest


def values_to_try(row, wanted):
    """Yield a value for each parameter; one that a field renames is given by its alias."""
    kind = class_of(row)
    tried = judging.values_to_try(row, parameters_of(kind), wanted, SHAPES, HARMLESS)
    _, *taken = inspect.signature(kind.__init__).parameters
    for name, value, others in tried:
        field = kind.model_fields.get(name)
        alias = field.alias if field is not None and name not in taken else None
        yield alias or name, value, others


@all_of_them
def test_every_parameter_is_judged(row):
    assert judging.unjudged(row, parameters_of(class_of(row)), SHAPES, HARMLESS) == []


@all_of_them
def test_what_shapes_vectors_gives_other_keys(row):
    assert judging.keyed_alike(row, key_of, values_to_try(row, "shapes")) == []


@all_of_them
def test_what_cannot_shape_a_vector_leaves_the_key(row):
    tried = [(name, value) for name, value, _ in values_to_try(row, "harmless")]
    assert judging.keyed_otherwise(row, key_of, tried) == []


@all_of_them
def test_spellings_that_mean_the_same_give_the_same_key(row):
    assert judging.keyed_otherwise(row, key_of, row.same.items()) == []


@all_of_them
def test_where_the_environment_sends_requests_gives_other_keys(row, monkeypatch):
    assert judging.unheeded(row, key_of, monkeypatch) == []


@all_of_them
def test_a_client_with_code_of_ones_own_is_refused(row):
    httpx = pytest.importorskip("httpx")

    class Own(httpx.BaseTransport):
        def handle_request(self, request):
            raise AssertionError

    class AsyncOwn(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            raise AssertionError

    threads = dict.fromkeys(("http_client", "httpx_client"), (httpx.Client, Own))
    names = ("async_http_client", "http_async_client", "httpx_async_client")
    tasks = dict.fromkeys(names, (httpx.AsyncClient, AsyncOwn))
    for name, (client, transport) in (threads | tasks).items():
        if name not in parameters_of(class_of(row)):
            continue
        with pytest.raises(UsageError, match="code of your own"):
            wrapped(row, **{name: client(transport=transport())})
        assert key_of(row, **{name: client()}) == key_of(row)
        routed = client(headers={"X-Route": "b"})
        assert key_of(row, **{name: routed}) != key_of(row)


PAGES = {"langchain.md": "langchain_", "llama-index.md": "llama_index.embeddings."}


def lines_of_the_page(modules):
    """Return the table of the judged classes of a framework's packages."""
    rows = [row for row in EMBEDDERS if row.module.startswith(modules) and row.why != FOR_TESTS]
    return [
        "| class | package | its model is told |",
        "|---|---|---|",
        *(f"| `{row.name}` | {row.package.partition('>')[0]} | {row.why} |" for row in rows),
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_have_the_tables(page):
    text = (ROOT / "docs" / "frameworks" / page).read_text("utf-8")
    assert "\n".join(lines_of_the_page(PAGES[page])) in text


@pytest.mark.long
def test_all_that_can_be_installed(tmp_path):
    """In an environment of their own, with LangChain's tests and real weights."""
    others = [HERE / "test_langchain_kit.py", HERE / "test_local_weights.py"]
    files = [Path(__file__), *others]
    judging.try_all_that_can_be_installed(tmp_path, EMBEDDERS, files, ["langchain-tests"])


if __name__ == "__main__":
    for page, modules in PAGES.items():
        print(page, *lines_of_the_page(modules), sep="\n")  # noqa: T201
