"""Find the files to read under the paths a user named.

A warm run over a large library is mostly this walk, so it stays with strings and directory
entries, asks the system once for each file that is of use, and builds a `Path` last.
"""

# A Path for every step would cost several times the walk itself.
# ruff: noqa: PTH100, PTH112, PTH116, PTH118, PTH122, PTH123
from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from renai.documents.formats import FORMATS, Kind
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

FoundKind = Kind | Literal["other"]

_log = logging.getLogger("renai")

_TAG = "CACHEDIR.TAG"
# https://bford.info/cachedir/
_TAG_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"


@dataclass(frozen=True, slots=True)
class Found:
    """One file.

    Attributes:
        path: absolute; symbolic links in it are not resolved.
        kind: `other` for a file named by the user that renai has no use for.
        stat: as the walk saw it.
    """

    path: Path
    kind: FoundKind
    stat: os.stat_result


_KINDS: dict[str, Kind] = {suffix: form.kind for suffix, form in FORMATS.items()}


def discover(paths: Sequence[Path], *, exclude: Collection[Path] = ()) -> Iterator[Found]:
    """Walk the paths, folders recursively, each file once, in a stable order.

    In a folder, hidden files and folders, symbolic links, folders marked by a CACHEDIR.TAG and
    files of unknown kinds are passed over. A link the user named is followed.

    Args:
        paths: files and folders.
        exclude: folders not to enter.

    Raises:
        UsageError: a path does not exist; raised before the first file is yielded.
    """
    named = [(os.path.abspath(path), _stat_named(path)) for path in paths]
    entered = {_identity(os.stat(folder)) for folder in exclude if os.path.isdir(folder)}
    return _each_once(named, entered)


def _each_once(
    named: list[tuple[str, os.stat_result]], entered: set[tuple[int, int]]
) -> Iterator[Found]:
    yielded: set[str] = set()
    for path, status in named:
        files: Iterable[tuple[str, FoundKind, os.stat_result]] = (
            _walk(path, entered)
            if stat.S_ISDIR(status.st_mode)
            else [(path, _kind_of_named(path, status), status)]
        )
        for file, kind, file_status in files:
            if file not in yielded:
                yielded.add(file)
                yield Found(Path(file), kind, file_status)


def _stat_named(path: Path) -> os.stat_result:
    try:
        return os.stat(path)
    except FileNotFoundError:
        raise UsageError(f"no such file or folder: {str(path)!r}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot look at {str(path)!r}: {error}") from error


def _kind_of_named(path: str, status: os.stat_result) -> FoundKind:
    """A FIFO or a device is of no use whatever its name: reading it could wait for ever."""
    return _kind(path) or "other" if stat.S_ISREG(status.st_mode) else "other"


def _kind(name: str) -> Kind | None:
    return _KINDS.get(os.path.splitext(name)[1].lower())


def _walk(folder: str, entered: set[tuple[int, int]]) -> Iterator[tuple[str, Kind, os.stat_result]]:
    """Files of a folder by name, then its folders by name.

    Args:
        folder: an absolute path.
        entered: identities of folders not to enter; every folder entered is added, so that a
            mount of a folder inside itself ends.
    """
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            identity = _identity(os.stat(folder))
            if identity in entered:
                continue
            entered.add(identity)
            with os.scandir(folder) as entries:
                visible = sorted(
                    (entry for entry in entries if not entry.name.startswith(".")),
                    key=attrgetter("name"),
                )
        except OSError as error:
            _log.warning("Skipped a folder that cannot be read: %r (%s)", folder, error.strerror)
            continue
        if any(entry.name == _TAG for entry in visible) and _is_cache(folder):
            continue
        folders = []
        for entry in visible:
            # Both are answered from the directory itself, and neither is true of a link.
            if entry.is_file(follow_symlinks=False):
                if kind := _kind(entry.name):
                    try:
                        # Unlike DirEntry.stat, this gives device and inode on Windows, too.
                        status = os.stat(entry.path, follow_symlinks=False)
                    except OSError:
                        continue  # gone since the folder was listed
                    yield entry.path, kind, status
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
        waiting += reversed(folders)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _is_cache(folder: str) -> bool:
    try:
        with open(os.path.join(folder, _TAG), "rb") as tag:
            return tag.read(len(_TAG_SIGNATURE)) == _TAG_SIGNATURE
    except OSError:
        return False
