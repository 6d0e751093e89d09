"""What is known of the parameters of embedders, and a try of all that can be installed.

The tables are the `judgements.py` beside each matrix.
"""

from __future__ import annotations

import faulthandler
import importlib.util
import os
import subprocess
import sys
import venv
import warnings
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pytest

ROOT = Path(__file__).parents[1]
EXPECTED = os.environ.get("RENAI_MATRIX_PACKAGES", "").split()

KEPT = frozenset(
    {
        *("haystack-ai", "langchain-core", "llama-index-core", "numpy", "sentence-transformers"),
        "torch",
    }
)
"""What stays as it is installed, also where another package asks for older releases of the rest."""


@dataclass(frozen=True)
class Beside:
    """A value that matters only beside others."""

    value: Any
    others: dict[str, Any]


@dataclass(frozen=True)
class Embedder:
    """A class of embedders.

    Attributes:
        name: the name of the class.
        package: the distribution that brings it.
        module: the module it is imported from.
        given: the parameters that it must have.
        shapes: parameters that shape its vectors, beyond `SHAPES`, or other values to try.
        harmless: parameters that cannot shape its vectors, beyond `HARMLESS`.
        same: spellings of a parameter that give the same key as none.
        refused: why it is refused, in the words of the message; empty if it is accepted.
        revision: whether the weights are on this machine: then tests state them.
        runtime: inputs of `run` besides the texts, which the cache does not take.
        environment: variables with which requests go elsewhere, each with a value to try.
        why: a remark for the page.
    """

    name: str
    package: str
    module: str
    given: dict[str, Any] = field(default_factory=dict)
    shapes: dict[str, Any] = field(default_factory=dict)
    harmless: dict[str, Any] = field(default_factory=dict)
    same: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    revision: bool = False
    runtime: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)
    why: str = ""


def is_installed(row: Embedder) -> bool:
    """Return whether a class can be tried here, or must be."""
    if EXPECTED:  # what was found not to work is there all the same
        return row.package in EXPECTED
    if row.module in sys.modules:
        return True
    try:
        return importlib.util.find_spec(row.module) is not None
    except ImportError:
        return False


def judged(
    row: Embedder, name: str, shapes: Mapping[str, Any], harmless: Mapping[str, Any]
) -> tuple[str | None, Any]:
    """Return the table a parameter stands in, and the value to try; a class's own go first."""
    for table, its in (("shapes", row.shapes), ("harmless", row.harmless)):
        if name in its:
            return table, its[name]
    for table, its in (("shapes", shapes), ("harmless", harmless)):
        if name in its:
            return table, its[name]
    return None, None


def values_to_try(
    row: Embedder,
    names: Iterable[str],
    wanted: str,
    shapes: Mapping[str, Any],
    harmless: Mapping[str, Any],
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the parameters of one table, each with a value, and with others beside it."""
    for name in names:
        table, value = judged(row, name, shapes, harmless)
        if table == wanted and value is not None:
            if isinstance(value, Beside):
                yield name, value.value, value.others
            else:
                yield name, value, {}


def unjudged(
    row: Embedder, names: Iterable[str], shapes: Mapping[str, Any], harmless: Mapping[str, Any]
) -> list[str]:
    """Return the parameters that stand in no table."""
    return [name for name in names if judged(row, name, shapes, harmless)[0] is None]


def keyed_alike(
    row: Embedder, key_of: Callable[..., str], tried: Iterable[tuple[str, Any, dict[str, Any]]]
) -> list[str]:
    """Return the parameters that make no difference to the key, though they shape vectors.

    A value that is to be refused may be.
    """
    alike = []
    for name, value, others in tried:
        try:
            if key_of(row, **{**others, name: value}) == key_of(row, **others):
                alike.append(name)
        except UsageError:
            assert value == "refused" or name == "quantization_ranges", name
    return alike


def keyed_otherwise(
    row: Embedder, key_of: Callable[..., str], changes: Iterable[tuple[str, Any]]
) -> list[str]:
    """Return the parameters that make a difference to the key, though they shape no vector."""
    usual = key_of(row)
    return [name for name, value in changes if key_of(row, **{name: value}) != usual]


def unheeded(
    row: Embedder, key_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the variables that make no difference to the key, though requests go elsewhere."""
    usual, alike = key_of(row), []
    for name, value in row.environment.items():
        with monkeypatch.context() as there:
            there.setenv(name, value)
            if key_of(row) == usual:
                alike.append(name)
    return alike


def try_all_that_can_be_installed(
    folder: Path, rows: list[Embedder], files: Iterable[Path], beside: Iterable[str] = ()
) -> None:
    """Run tests in an environment of their own, in which what this one has is seen, and stays.

    Args:
        folder: an empty folder.
        rows: the classes, whose packages are installed.
        files: the files with the tests.
        beside: packages that the tests need besides.
    """
    faulthandler.cancel_dump_traceback_later()  # it takes longer than a test that hangs may
    inner = folder / "environment"
    venv.create(inner, with_pip=True)
    python = inner / "bin" / "python"
    (site,) = inner.glob("lib/python*/site-packages")
    (site / "outer.pth").write_text("\n".join(path for path in sys.path if "site-packages" in path))
    outer = {each.name: each.version for each in distributions() if each.name != "renai"}
    pins = [
        _pins(folder / "all.txt", outer),
        _pins(folder / "kept.txt", {name: outer[name] for name in KEPT & outer.keys()}),
    ]
    present, missing = [], []
    for package in dict.fromkeys([*beside, *(row.package for row in rows)]):
        install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", package]
        modules = dict.fromkeys(row.module for row in rows if row.package == package)
        look = [python, "-c", "".join(f"import {module};" for module in modules)]
        works = any(_succeeds([*install, "--constraint", each]) for each in pins)
        (present if works and _succeeds(look) else missing).append(package)
    if missing:
        warnings.warn(f"does not work here: {', '.join(missing)}", stacklevel=1)
    environment = {
        **os.environ,
        "RENAI_MATRIX_PACKAGES": " ".join(present),
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = [python, "-m", "pytest", "-q", "-m", "not long", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-20_000:]


def _pins(file: Path, releases: Mapping[str, str]) -> Path:
    """Write down that these releases stay, as pip reads it."""
    file.write_text("".join(f"{name}=={release}\n" for name, release in releases.items()))
    return file


def _succeeds(command: list[Any]) -> bool:
    """Run a command; an installation that searches too long for versions that fit has failed."""
    try:
        return subprocess.run(command, capture_output=True, timeout=5 * 60).returncode == 0
    except subprocess.TimeoutExpired:
        return False
