"""The wheels: what is in them, and that what each asks for is all that it needs."""

import zipfile
from collections import Counter
from email import message_from_string
from pathlib import Path

import pytest

from renai.version import __version__

ROOT = Path(__file__).parents[2]

STORE_ONE_TEXT = """
from renai import EmbeddingCache, Recipe
from renai.stores import open_store

recipe = Recipe(model="m")
for place in ("sqlite:///vectors.sqlite", "file:///{folder}/vectors", "memory://"):
    with open_store(place.format(folder=__import__("os").getcwd())) as store:
        with EmbeddingCache(store, recipe) as cache:
            cache.embed(["salt"], lambda texts: [[1.0, 2.0] for _ in texts])
            assert cache.get(["salt"]).hits.all()
print("stored")
"""

STORE_ONE_DOCUMENT = """
from haystack import Document
from haystack.components.embedders import MockDocumentEmbedder
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder

embedder = CachedDocumentEmbedder(MockDocumentEmbedder(), "sqlite:///vectors.sqlite")
for hits in (0, 1):
    answer = embedder.run([Document(content="salt")])
    assert answer["meta"]["cache"]["hits"] == hits
print("stored")
"""

WRAP_LANGCHAIN = """
from langchain_core.embeddings import DeterministicFakeEmbedding
from renai.langchain import CachedEmbeddings

embeddings = CachedEmbeddings(DeterministicFakeEmbedding(size=2), "sqlite:///vectors.sqlite")
(vector,) = embeddings.embed_documents(["salt"])
assert embeddings.embed_documents(["salt"]) == [vector]
print("stored")
"""

WRAP_LLAMA_INDEX = """
from llama_index.core import MockEmbedding
from renai.llama_index import CachedEmbedding

embedding = CachedEmbedding(MockEmbedding(embed_dim=2), "sqlite:///vectors.sqlite")
assert len(embedding.get_text_embedding("salt")) == 2
print("stored")
"""

ASK_FOR_PRICES = """
from renai.configuration import load_settings
from renai.providers.prices import find_price

model = "text-embedding-3-small"
if find_price("custom", "https://api.openai.com/v1", model, load_settings().prices):
    print("known")
"""

IMPORT_THE_ENGINE = """
import importlib, pkgutil, sys

for folder in sys.argv[1:]:
    package = importlib.import_module(f"renai.{folder}")
    for module in pkgutil.walk_packages(package.__path__, f"renai.{folder}."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(error.name)
"""

ENGINE = ("keys", "codecs", "stores", "usage", "cache", "embeddings", "embedders")
OF_SOME_STORES = {"psycopg", "redis"}
OF_WHO_TESTS_A_STORE = {"pytest"}


def code_in(wheel):
    return [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]


def text_in(wheel, name):
    archive = zipfile.ZipFile(wheel)
    (path,) = (path for path in archive.namelist() if path.endswith(f".dist-info/{name}"))
    return archive.read(path).decode()


def test_every_file_of_the_source_is_in_one_wheel(wheels):
    source = ROOT / "src"
    files = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    files = [str(path) for path in files if "__pycache__" not in path.parts]
    assert Counter(files) == Counter(name for wheel in wheels.values() for name in code_in(wheel))
    assert not code_in(wheels["renai"])


def test_the_namespace_of_haystack_stays_open(wheels):
    own = "haystack_integrations/components/embedders/renai/"
    names = code_in(wheels["renai-haystack"])
    assert all(name.startswith(own) for name in names)
    assert {f"{own}__init__.py", f"{own}py.typed"} <= set(names)


def test_every_wheel_says_who_it_is(wheels):
    for name, wheel in wheels.items():
        metadata = message_from_string(text_in(wheel, "METADATA"))
        assert (metadata["Name"], metadata["Version"]) == (name, __version__)
        assert metadata["Description-Content-Type"] == "text/markdown"
        assert f"# {name}\n" in metadata.get_payload()
        assert text_in(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_only_the_program_has_a_command(wheels):
    assert text_in(wheels["renai"], "entry_points.txt").split() == [
        *("[console_scripts]", "renai", "=", "renai.__main__:main")
    ]
    for name in ("renai-core", "renai-haystack"):
        names = zipfile.ZipFile(wheels[name]).namelist()
        assert not [path for path in names if path.endswith("entry_points.txt")]


def test_the_core_needs_nothing_but_what_it_asks_for(core):
    ran = core.run("-c", STORE_ONE_TEXT)
    assert ran.stdout == "stored\n", ran.stderr


def test_all_of_the_engine_can_be_imported_with_what_the_core_asks_for(core):
    ran = core.run("-c", IMPORT_THE_ENGINE, *ENGINE)
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) == OF_SOME_STORES | OF_WHO_TESTS_A_STORE


def test_the_program_without_what_it_needs_is_one_line(core):
    ran = core.run("-m", "renai", "--version")
    assert ran.returncode == 3
    assert ran.stderr == "[ERROR] renai needs typer, which is missing: pip install renai\n"


def test_a_part_of_what_the_program_needs_does_not_suffice(environment_with):
    ran = environment_with("renai-core", others=["typer"]).run("-m", "renai", ".")
    assert ran.returncode == 3
    assert ran.stderr == "[ERROR] renai needs pypdfium2, which is missing: pip install renai\n"


@pytest.mark.parametrize(
    ("code", "lacking", "brings"),
    [
        ("from renai import BookProcessor", "renai.BookProcessor needs pypdfium2", "renai"),
        (
            "from renai.stores import open_store; open_store('redis://localhost')",
            "redis:// needs a driver",
            "'renai-core[redis]'",
        ),
        (
            "from renai.stores import open_store; open_store('postgresql://localhost/a')",
            "postgresql:// needs a driver",
            "'renai-core[postgres]'",
        ),
        (
            "import sys; sys.modules['numpy'] = None; from renai import EmbeddingCache",
            "embeddings need numpy",
            "renai-core",
        ),
        ("import renai.langchain", "this needs LangChain", "langchain-core"),
        ("import renai.litellm", "this needs LiteLLM", "litellm"),
        ("import renai.llama_index", "this needs LlamaIndex", "llama-index-core"),
        ("import renai.openai", "this needs OpenAI's SDK", "openai"),
        (
            "import renai.sentence_transformers",
            "this needs sentence-transformers",
            "sentence-transformers",
        ),
    ],
)
def test_the_core_says_what_to_install(core, code, lacking, brings):
    said = core.run("-c", code).stderr.splitlines()[-1]
    assert said.endswith(f"Error: {lacking}, which is missing: pip install {brings}")


@pytest.mark.parametrize(
    ("framework", "code"),
    [
        ("langchain-core", WRAP_LANGCHAIN),
        pytest.param("llama-index-core", WRAP_LLAMA_INDEX, marks=pytest.mark.long),
    ],
)
def test_other_frameworks_need_nothing_but_the_core(environment_with, framework, code):
    ran = environment_with("renai-core", others=[framework]).run("-c", code)
    assert ran.stdout == "stored\n", ran.stderr


def test_the_components_say_that_haystack_is_missing(core, wheels, tmp_path):
    with zipfile.ZipFile(wheels["renai-haystack"]) as archive:
        archive.extractall(tmp_path)
    wanted = "haystack_integrations.components.embedders.renai"
    ran = core.run("-c", f"import sys; sys.path.append({str(tmp_path)!r}); import {wanted}")
    assert ran.stderr.splitlines()[-1] == (
        "ImportError: this needs Haystack, which is missing: pip install renai-haystack"
    )


def test_the_components_need_nothing_but_what_they_ask_for(environment_with):
    environment = environment_with("renai-core", "renai-haystack")
    ran = environment.run("-c", STORE_ONE_DOCUMENT)
    assert ran.stdout == "stored\n", ran.stderr
    ran = environment.run("-c", ASK_FOR_PRICES)
    assert ran.stdout == "known\n", ran.stderr


def test_the_program_needs_nothing_but_what_it_asks_for(environment_with):
    environment = environment_with("renai-core", "renai")
    assert environment.run("-m", "renai", "--version").stdout == f"renai {__version__}\n"
    (environment.folder / "notes.txt").write_text("A Short History of Wooden Bridges\n")
    ran = environment.run("-m", "renai", "notes.txt", "--dry-run")
    assert ran.returncode == 0, ran.stderr
