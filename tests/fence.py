"""Keep what a test runs from changing anything outside one folder.

Python tells of every change that it asks the system for (`sys.addaudithook`); the rename that never
replaces is called past Python, and is fenced by itself.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renai.renaming import no_replace

if TYPE_CHECKING:
    from collections.abc import Iterator

_fences: list[Path] = []
_CHANGES = {"os.rename": 2, "os.link": 2, "os.mkdir": 1, "os.rmdir": 1, "os.remove": 1}


@contextmanager
def fenced(folder: Path) -> Iterator[None]:
    """Raise `OutsideError` at the first change outside a folder."""
    real = no_replace._rename_exclusively()

    def rename(source: Path, target: Path) -> None:
        _check(source, target)
        real(source, target)

    kept = no_replace._rename_exclusively
    no_replace._rename_exclusively = lambda: rename  # type: ignore[assignment]
    _fences.append(folder.resolve())
    if len(_fences) == 1 and not _hooked:
        sys.addaudithook(_watch)
        _hooked.append(True)
    try:
        yield
    finally:
        _fences.pop()
        no_replace._rename_exclusively = kept


class OutsideError(BaseException):
    """Something outside the fence was about to be changed."""


_hooked: list[bool] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _fences and event in _CHANGES:
        _check(*arguments[: _CHANGES[event]])


def _check(*paths: str | bytes | os.PathLike[str]) -> None:
    for path in paths:
        parent = Path(os.fsdecode(path)).absolute().parent.resolve()
        if not parent.is_relative_to(_fences[-1]):
            raise OutsideError(f"{path!r} is outside of {_fences[-1]}")
