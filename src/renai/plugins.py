"""Find and load what other packages add to renai's tables of stores, providers and formats.

A package declares what it adds as an entry point in its own `pyproject.toml`:

    [project.entry-points."renai.providers"]
    toy = "renai_toy:TOY"

The object is a row of the table in question. Names are looked up when they are needed, and a
package is imported only when what it adds is used.
"""

# There may be hundreds of packages, and every run looks at each.
# ruff: noqa: PTH118, PTH123, PTH208
from __future__ import annotations

import os
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
    """Return the entry points that installed packages add to a table; no package is imported.

    If two packages add the same name, the first on `sys.path` counts, as with modules.

    Args:
        group: the name of the table, such as `renai.providers`.

    Returns:
        The entry points by name, sorted by name.
    """
    folders = _packages_that_add()
    if not folders:
        return {}
    from importlib.metadata import Distribution  # slow, and most people have no such package

    found: dict[str, EntryPoint] = {}
    for folder in folders:
        for point in Distribution.at(folder).entry_points.select(group=group):
            found.setdefault(point.name, point)
    return dict(sorted(found.items()))


def load_plugin(point: EntryPoint, kind: type[Row]) -> Row:
    """Import the object that an entry point names, and return it.

    Args:
        point: one of the entry points that `find_plugins` returned.
        kind: the class of the table's rows.

    Raises:
        ConfigurationError: the import fails, or the object is not such a row; the message names the
            package and the reason.
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
    """Return the name of the package that an entry point belongs to."""
    return point.dist.name if point.dist else point.module


def _refused(point: EntryPoint, reason: str) -> str:
    return (
        f"{point.name!r} of {point.group}, which the package {package_of(point)} adds, {reason}; "
        "mend that package, or uninstall it"
    )


@cache
def _packages_that_add() -> tuple[Path, ...]:
    """Return the metadata folders of the installed packages that add anything to renai.

    Reading these files directly takes next to no time; importing `importlib.metadata` to ask it
    would noticeably delay every start.
    """
    return tuple(Path(folder) for folder in _metadata_folders() if _adds_to_renai(folder))


def _metadata_folders() -> Iterator[str]:
    for folder in sys.path:
        try:
            names = sorted(name for name in os.listdir(folder or ".") if name.endswith(_METADATA))
        except OSError:  # not a folder, or not readable
            continue
        yield from (os.path.join(folder, name) for name in names)


def _adds_to_renai(folder: str) -> bool:
    try:
        with open(f"{folder}{os.sep}entry_points.txt", "rb", buffering=0) as points:
            return _MARK in points.read()
    except OSError:  # the package has no entry points
        return False
