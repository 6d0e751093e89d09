"""What is said when a package is missing, and when that is not the reason."""

import pytest

from renai.missing import to_install, what_is_missing


def test_it_names_the_package_and_the_way_out():
    error = ModuleNotFoundError("No module named 'rich'", name="rich.table")
    said = what_is_missing(error, "renai")
    assert said == "renai needs rich, which is missing: pip install renai"


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'renai.nothing'", name="renai.nothing"),
        ModuleNotFoundError("No module named '_sqlite3'", name="_sqlite3"),
        ModuleNotFoundError("it says no name"),
        ImportError("cannot import name 'Table' from 'rich.table'", name="rich.table"),
    ],
)
def test_no_other_fault_is_called_a_missing_package(error):
    assert what_is_missing(error, "renai") is None


INSTALLED = {
    "a clone": {"renai"},
    "the program": {"renai", "renai-core"},
    "the core": {"renai-core"},
    "a bare folder": set(),
}


@pytest.mark.parametrize(
    ("installed", "redis", "embeddings", "haystack"),
    [
        ("a clone", "'renai[redis]'", "'renai[embeddings]'", "'renai[haystack]'"),
        ("the program", "'renai[redis]'", "'renai[embeddings]'", "'renai[haystack]'"),
        ("the core", "'renai-core[redis]'", "renai-core", "renai-haystack"),
        ("a bare folder", "'renai[redis]'", "'renai[embeddings]'", "'renai[haystack]'"),
    ],
)
def test_nobody_is_told_to_install_more_than_is_wanted(
    monkeypatch, installed, redis, embeddings, haystack
):
    monkeypatch.setattr("renai.missing._has", INSTALLED[installed].__contains__)
    said = [to_install(extra) for extra in ("redis", "embeddings", "haystack")]
    assert said == [f"pip install {wanted}" for wanted in (redis, embeddings, haystack)]


def test_what_only_the_program_has_comes_with_the_program(monkeypatch):
    monkeypatch.setattr("renai.missing._has", INSTALLED["the core"].__contains__)
    assert to_install("plot") == "pip install 'renai[plot]'"
