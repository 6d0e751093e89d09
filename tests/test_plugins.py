"""What other packages add is found without importing them, and told apart from what is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import distribution
from renai import plugins
from renai.errors import ConfigurationError
from renai.plugins import find_plugins, load_plugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "renai.toys"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that comes first on `sys.path`."""
    forget()
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    forget()


def forget() -> None:
    find_plugins.cache_clear()
    plugins._packages_that_add.cache_clear()


def test_nobody_adds_anything() -> None:
    assert find_plugins("renai.nothing-of-this-name") == {}


def test_names_are_found_without_an_import(site: Path) -> None:
    broken = {"toys": "raise RuntimeError('imported')"}
    distribution.install(site, "b-toys", broken, {GROUP: {"top": "toys:TOP", "ball": "toys:BALL"}})
    distribution.install(site, "other", {}, {"console_scripts": {"renai.toys": "toys:main"}})
    assert list(find_plugins(GROUP)) == ["ball", "top"]
    assert plugins.package_of(find_plugins(GROUP)["top"]) == "b-toys"


def test_a_row_is_loaded(site: Path) -> None:
    distribution.install(site, "toys", {"rows": "ROW = 'row'"}, {GROUP: {"row": "rows:ROW"}})
    assert load_plugin(find_plugins(GROUP)["row"], str) == "row"


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("1 / 0", "broken_toys:ROW", r"cannot be loaded \(ZeroDivisionError: division by zero\)"),
        ("", "broken_toys:ROW", r"cannot be loaded \(AttributeError: "),
        ("", "no_such_toys:ROW", r"cannot be loaded \(ModuleNotFoundError: "),
        ("ROW = 1", "broken_toys:ROW", r"is no builtins\.str;"),
    ],
)
def test_what_is_broken_is_named(
    site: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str, reason: str
) -> None:
    distribution.install(site, "toys", {"broken_toys": source}, {GROUP: {"row": target}})
    monkeypatch.delitem(plugins.sys.modules, "broken_toys", raising=False)
    with pytest.raises(ConfigurationError, match=rf"^'row' of {GROUP}, .* toys adds, {reason}"):
        load_plugin(find_plugins(GROUP)["row"], str)


def test_the_first_on_the_path_counts(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site / "first"
    monkeypatch.syspath_prepend(first)
    for folder, package in ((site, "late"), (first, "early")):
        distribution.install(folder, package, {}, {GROUP: {"row": "rows:ROW"}})
    assert plugins.package_of(find_plugins(GROUP)["row"]) == "early"
