"""Each part as a user installs it: into a fresh environment, with what it needs from an index."""

import subprocess
import sys
from pathlib import Path

import pytest

from renai.version import __version__

ROOT = Path(__file__).parents[2]
MOST_BYTES_BESIDE_NUMPY = 40_000_000

STORE_ONE_TEXT = """
from renai import EmbeddingCache, Recipe

with EmbeddingCache("sqlite:///vectors.sqlite", Recipe(model="m")) as cache:
    cache.embed(["salt"], lambda texts: [[1.0, 2.0] for _ in texts])
    print(cache.get(["salt"]).hits.all())
"""

STORE_ONE_DOCUMENT = """
from haystack import Document
from haystack.components.embedders import MockDocumentEmbedder
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder

embedder = CachedDocumentEmbedder(MockDocumentEmbedder(), "sqlite:///vectors.sqlite")
embedder.run([Document(content="salt")])
print(embedder.run([Document(content="salt")])["meta"]["cache"]["hits"])
"""

pytestmark = pytest.mark.long


@pytest.fixture
def install(tmp_path, wheels):
    """Install requirements into a fresh environment; gives what runs a program of it."""

    def made(*requirements):
        environment = tmp_path / "environment"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        folders = [f"--find-links={wheel.parent}" for wheel in wheels.values()]
        pip = [environment / "bin/pip", "install", "--quiet", *folders, *requirements]
        subprocess.run(pip, check=True)

        def run(program, *words):
            return subprocess.run(
                [environment / "bin" / program, *words],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()

        return run

    return made


def test_the_core_keeps_a_vector_and_is_small(install, tmp_path):
    run = install(f"renai-core=={__version__}")
    assert run("python", "-c", STORE_ONE_TEXT) == "True"
    (site,) = (tmp_path / "environment").glob("lib/python*/site-packages")
    others = ("numpy", "pip", "setuptools", "pkg_resources", "_distutils_hack")
    sizes = [
        path.stat().st_size
        for path in site.rglob("*")
        if path.is_file() and not path.relative_to(site).parts[0].startswith(others)
    ]
    assert sum(sizes) < MOST_BYTES_BESIDE_NUMPY


def test_the_program_runs(install, tmp_path):
    run = install(f"renai=={__version__}")
    assert run("renai", "--version") == f"renai {__version__}"
    assert run("python", "-c", STORE_ONE_TEXT) == "True"
    (tmp_path / "notes.txt").write_text("A Short History of Wooden Bridges\n")
    assert "notes.txt" in run("renai", "notes.txt", "--dry-run")


def test_the_components_keep_a_vector(install):
    run = install(f"renai-haystack=={__version__}")
    assert run("python", "-c", STORE_ONE_DOCUMENT) == "1"


def test_an_extra_of_the_program_brings_the_components_and_drivers(install):
    run = install(f"renai[embeddings,haystack,redis,postgres]=={__version__}")
    assert run("python", "-c", STORE_ONE_DOCUMENT) == "1"
    assert run("python", "-c", "import redis, psycopg; print(1)") == "1"


def test_a_clone_installs_whole_and_without_its_parts(tmp_path, install):
    run = install(str(ROOT))
    assert run("renai", "--version") == f"renai {__version__}"
    assert "renai-core" not in run("pip", "list")
