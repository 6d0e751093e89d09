"""The text layer in a folder."""

from pathlib import Path

import platformdirs
import pytest

from renai.codecs.entry import Entry
from renai.metadata.text_cache import get_text_cache_path, open_text_cache, text_key, text_recipe
from renai.stores.files import FileStore

FILE = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
RECIPE = text_recipe("pdf", 1, text_limit=10_000)


def test_an_entry_lies_where_its_path_says(tmp_path):
    cache = open_text_cache(FileStore(tmp_path))
    key = text_key(FILE, RECIPE)
    cache.record({key: Entry.made_by(RECIPE, "the text")})
    path = get_text_cache_path(FILE, cache_dir=tmp_path)
    assert path == tmp_path / f"text/{FILE}_basic.txt"
    assert path.read_text("utf-8").endswith("}\nthe text")
    assert cache.look_up([key]).hits[key].value == "the text"


def test_every_way_of_extracting_has_its_path(tmp_path):
    names = {
        get_text_cache_path(FILE, enhanced=enhanced, mutool=mutool, cache_dir=tmp_path).name
        for enhanced in (False, True)
        for mutool in (False, True)
    }
    assert names == {
        f"{FILE}_basic.txt",
        f"{FILE}_enhanced.txt",
        f"{FILE}_basic_mutool.txt",
        f"{FILE}_enhanced_mutool.txt",
    }


def test_the_environment_moves_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "there"))
    assert get_text_cache_path(FILE).parent == tmp_path / "there/text"
    monkeypatch.setenv("RENAI_CACHE_DIR", "~/there")
    assert get_text_cache_path(FILE).parent == Path.home() / "there/text"
    for folder in (tmp_path, str(tmp_path)):
        assert get_text_cache_path(FILE, cache_dir=folder).parent == tmp_path / "text"


def test_without_a_wish_the_system_says_where(monkeypatch):
    folder = platformdirs.user_cache_path("renAI", appauthor=False)
    monkeypatch.setenv("RENAI_CACHE_DIR", "")
    assert get_text_cache_path(FILE).parent == folder / "text"
    monkeypatch.delenv("RENAI_CACHE_DIR")
    assert get_text_cache_path(FILE).parent == folder / "text"


@pytest.mark.parametrize(
    "other",
    [
        text_recipe("pdf", 2, text_limit=10_000),
        text_recipe("pdf", 1, text_limit=9_999),
        text_recipe("epub", 1, text_limit=10_000),
    ],
    ids=repr,
)
def test_another_way_of_extracting_makes_a_text_stale(tmp_path, other):
    cache = open_text_cache(FileStore(tmp_path))
    cache.record({text_key(FILE, RECIPE): Entry.made_by(RECIPE, "the text")})
    (miss,) = cache.look_up([text_key(FILE, other)]).misses.values()
    assert (miss.reason, miss.stale.value) == ("stale", "the text")
