"""What other packages add to renai's tables of stores, providers and formats.

A package names what it adds as an entry point in its own `pyproject.toml`:

    [project.entry-points."renai.providers"]
    toy = "renai_toy:TOY"

The object is a row of the table in question. Names are looked up when they are needed, and a
package is imported when what it adds is used.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import EntryPoint

Row = TypeVar("Row")

_METADATA = (".dist-info", ".egg-info")
_MARK = b"[renai."


@cache
def find_plugins(group: str) -> Mapping[str, EntryPoint]:
    """Find what installed packages add to a table; none of them is imported.

    Of two packages that add the same name the first on `sys.path` counts, as with modules.

    Args:
        group: the table, such as `renai.providers`.

    Returns:
        Entry points by name, sorted.
    """
    folders = _packages_that_add()
    if not folders:
        return {}
    from importlib.metadata import Distribution  # most people have no such package

    found: dict[str, EntryPoint] = {}
    for folder in folders:
        for point in Distribution.at(folder).entry_points.select(group=group):
            found.setdefault(point.name, point)
    return dict(sorted(found.items()))


def load_plugin(point: EntryPoint, kind: type[Row]) -> Row:
    """Import what an entry point leads to.

    Args:
        point: one of `find_plugins`.
        kind: the class of the table's rows.

    Raises:
        ConfigurationError: that fails, or is no such row; says whose it is, and why.
    """
    try:
        row = point.load()
    except Exception as error:
        reason = f"cannot be loaded ({type(error).__name__}: {error})"
        raise ConfigurationError(_refused(point, reason)) from error
    if not isinstance(row, kind):
        raise ConfigurationError(_refused(point, f"is no {kind.__module__}.{kind.__name__}"))
    return row


def package_of(point: EntryPoint) -> str:
    """Name the package that an entry point belongs to."""
    return point.dist.name if point.dist else point.module


def _refused(point: EntryPoint, reason: str) -> str:
    return (
        f"{point.name!r} of {point.group}, which the package {package_of(point)} adds, {reason}; "
        "mend that package, or uninstall it"
    )


@cache
def _packages_that_add() -> tuple[Path, ...]:
    """The metadata folders of installed packages that add anything to renai.

    To import `importlib.metadata` and ask it takes a tenth of the time of `renai --help`; to look
    into these files takes next to none.
    """
    return tuple(folder for folder in _metadata_folders() if _adds_to_renai(folder))


def _metadata_folders() -> Iterator[Path]:
    for folder in map(Path, sys.path):
        try:
            names = [path for path in folder.iterdir() if path.name.endswith(_METADATA)]
        except OSError:  # no folder
            continue
        yield from sorted(names)


def _adds_to_renai(folder: Path) -> bool:
    try:
        return _MARK in (folder / "entry_points.txt").read_bytes()
    except OSError:  # it has none
        return False
