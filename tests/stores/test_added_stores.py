"""Stores that other packages add, from the command line and from Python, whole and broken."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import distribution
from program import Program
from renai import plugins
from renai.errors import ConfigurationError, StoreError
from renai.stores import open_store
from renai.stores.memory import MemoryStore
from renai.stores.registry import GROUP, STORES, added_stores, store_schemes

PAGE = Path(__file__).parents[2] / "docs/stores/own.md"

EMBED = """
import sys
import numpy as np
from renai import EmbeddingCache, Recipe
with EmbeddingCache(sys.argv[1], Recipe("toy")) as cache:
    print(cache.embed(["salt", "smoke"], lambda texts: np.ones((len(texts), 3))).hits.sum())
"""


@pytest.fixture
def toy_package(tmp_path):
    """The store of the documentation, installed for other processes."""
    (source,) = re.findall(r"```python\n(# toy_store\.py\n.*?)```", PAGE.read_text("utf-8"), re.S)
    site = tmp_path / "site"
    distribution.install(
        site, "renai-toy", {"toy_store": source}, {GROUP: {"toy": "toy_store:TOY"}}
    )
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(site), before]))}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that comes first on this process's `sys.path`."""

    def forget():
        plugins.find_plugins.cache_clear()
        plugins._packages_that_add.cache_clear()

    forget()
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    forget()
    sys.modules.pop("added", None)


def add(site, source, scheme="toy"):
    distribution.install(site, "renai-toy", {"added": source}, {GROUP: {scheme: "added:ROW"}})


def test_the_command_line_uses_it_and_a_second_run_hits_everything(tmp_path, toy_package):
    program = Program(tmp_path / "home")
    books = tmp_path / "books"
    books.mkdir()
    for number in range(3):
        (books / f"{number}.txt").write_text(f"A Book of Bridges\nby Tobias Quill\n{number}\n" * 9)
    url = f"toy://{tmp_path}/toy"
    program.home.mkdir()

    def run():
        done = program(books, "--dry-run", "--json", "--cache-url", url, **toy_package)
        assert done.code == 0, done.err
        return done

    run()
    kept = len(list(open_and_list(url, toy_package)))
    assert kept >= 6, "texts and metadata"
    assert program.entries("text") == program.entries("metadata") == {}
    second = run()
    assert sum("Using cached metadata" in line for line in second.logs) == 3, second.err
    assert len(list(open_and_list(url, toy_package))) == kept


def test_the_doctor_lists_it(tmp_path, toy_package):
    said = Program(tmp_path)("doctor", **toy_package)
    assert said.code == 0
    assert re.search(r"^store toy://\s+of the package renai-toy *$", said.out, re.MULTILINE)


def open_and_list(url, environment):
    program = (
        "import sys; from renai.stores import open_store\n"
        "print(*(stat.name for stat in open_store(sys.argv[1]).scan()))"
    )
    return run_python(program, url, environment).split()


def run_python(source, url, environment):
    done = subprocess.run(
        [sys.executable, "-c", source, url],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_embedding_cache_uses_it(tmp_path, toy_package):
    url = f"toy://{tmp_path}/toy"
    assert run_python(EMBED, url, toy_package) == "0\n"
    assert run_python(EMBED, url, toy_package) == "2\n"


def test_its_rows_are_listed_without_importing_it(site):
    add(site, "raise RuntimeError('imported')")
    assert store_schemes() == (*STORES, "toy")
    with pytest.raises(ConfigurationError, match=r"no store for joy://; known are .*, toy://$"):
        open_store("joy://somewhere")


def test_no_package_is_looked_for_where_renai_has_a_store(tmp_path):
    program = (
        "import sys; from renai.stores import open_store; from renai import plugins\n"
        "open_store('memory://'); open_store(sys.argv[1])\n"
        "assert 'importlib.metadata' not in sys.modules\n"
        "assert not plugins.find_plugins.cache_info().misses"
    )
    run_python(program, f"sqlite:///{tmp_path}/vectors.sqlite", {})


def test_a_store_of_renais_own_is_not_replaced(site):
    add(site, "from renai.stores import StoreKind\nROW = StoreKind(None)", scheme="memory")
    assert isinstance(open_store("memory://"), MemoryStore)
    with pytest.raises(ConfigurationError) as refused:
        open_store("joy://somewhere")
    assert str(refused.value).endswith(
        "postgresql://; the memory:// of the package renai-toy is ignored, for renai has its own"
    )


def test_all_of_them_are_told_of(site):
    entry_points = {"toy": "added:ROW", "joy": "added:NONE", "memory": "added:ROW"}
    source = "from renai.stores import StoreKind\nROW = StoreKind(None)"
    distribution.install(site, "renai-toy", {"added": source}, {GROUP: entry_points})
    remarks = dict(added_stores())
    assert "cannot be loaded (AttributeError" in remarks.pop("joy")
    assert remarks == {
        "memory": "stays renai's own; that of the package renai-toy is ignored",
        "toy": "of the package renai-toy",
    }


ROW = "from renai.stores import StoreKind\nROW = StoreKind(open_toy)\n"


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("1 / 0", ConfigurationError, r"'toy' of renai\.stores, .* cannot be loaded \(Zero"),
        ("ROW = dict", ConfigurationError, r"is no renai\.stores\.registry\.StoreKind"),
        (
            f"def open_toy(url, max_bytes): return {{}}\n{ROW}",
            ConfigurationError,
            "^the toy:// of the package renai-toy is no store, but a dict$",
        ),
        (
            f"def open_toy(url, max_bytes): raise LookupError('no disk')\n{ROW}",
            StoreError,
            r"^the toy:// of the package renai-toy cannot be opened \(LookupError: no disk\)$",
        ),
        (
            f"def open_toy(url): pass\n{ROW}",
            StoreError,
            r"^the toy:// of the package renai-toy cannot be opened \(TypeError: open_toy\(\)",
        ),
        (
            f"def open_toy(url, max_bytes): import no_such_driver\n{ROW[:-2]}, package='driver')",
            ConfigurationError,
            r"^toy:// needs a driver, which is missing: pip install 'driver'$",
        ),
    ],
)
def test_one_that_is_broken_is_one_sentence(site, source, kind, said):
    add(site, source)
    with pytest.raises(kind, match=said):
        open_store("toy:///somewhere")


def test_a_password_is_not_repeated(site):
    add(site, f"def open_toy(url, max_bytes): raise LookupError(url)\n{ROW}")
    with pytest.raises(StoreError, match="LookupError") as refused:
        open_store("toy://user:secret@host")
    assert "secret" not in str(refused.value)


def test_a_limit_is_refused_where_it_would_not_be_kept(site):
    add(site, f"def open_toy(url, max_bytes): raise AssertionError\n{ROW}")
    with pytest.raises(ConfigurationError, match=r"^toy:// cannot keep to max_bytes$"):
        open_store("toy:///somewhere", max_bytes=1000)
