"""Find the files to read under the paths a user named.

A warm run over a large library is mostly this walk, so it stays with strings and directory
entries, and asks the system once for each file that is of use.
"""

# A Path for every step would cost several times the walk itself.
# ruff: noqa: PTH100, PTH112, PTH114, PTH116, PTH123
from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from renai.documents.formats import kinds
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from renai.documents.formats import Kind

_log = logging.getLogger("renai")

_TAG = "CACHEDIR.TAG"
# https://bford.info/cachedir/
_TAG_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"


@dataclass(frozen=True, slots=True)
class Found:
    """One file that was found.

    Attributes:
        path: absolute; symbolic links among its folders are not resolved.
        kind: of a file the user named also `link`, for a symbolic link, and `other`, for what renai
            has no use for.
        stat: as the walk saw it.
        root: the folder the user named and it was found under; its own folder for a file the
            user named.
    """

    path: Path
    kind: Kind | Literal["link", "other"]
    stat: os.stat_result
    root: Path


def discover(paths: Sequence[Path], *, exclude: Collection[Path] = ()) -> Iterator[Found]:
    """Walk the paths, folders recursively, each file once, in a stable order.

    In a folder, hidden files and folders, symbolic links, folders marked by a CACHEDIR.TAG and
    files of unknown kinds are passed over. A link to a folder the user named is followed.

    Args:
        paths: files and folders.
        exclude: folders not to enter.

    Raises:
        UsageError: a path does not exist; raised before the first file is yielded.
    """
    named = [(Path(os.path.abspath(path)), _stat_named(path)) for path in paths]
    entered = {_identity(os.stat(folder)) for folder in exclude if os.path.isdir(folder)}
    return _each_once(named, entered, kinds())


def _each_once(
    named: list[tuple[Path, os.stat_result]],
    entered: set[tuple[int, int]],
    known: Mapping[str, Kind],
) -> Iterator[Found]:
    """Yield files before folders, so that a file named besides its folder comes once, as named.

    Args:
        named: absolute paths.
        entered: identities of folders not to enter.
        known: kinds by suffix.
    """
    files = {path: status for path, status in named if not stat.S_ISDIR(status.st_mode)}
    for path, status in files.items():
        yield Found(path, _kind_of_named(path, status, known), status, path.parent)
    for path, status in named:
        if stat.S_ISDIR(status.st_mode):
            walked = _walk(path, entered, known)
            yield from (x for x in walked if x.path not in files) if files else walked


def _stat_named(path: Path) -> os.stat_result:
    try:
        return os.stat(path)
    except FileNotFoundError:
        raise UsageError(f"no such file or folder: {str(path)!r}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot look at {str(path)!r}: {error}") from error


def _kind_of_named(
    path: Path, status: os.stat_result, known: Mapping[str, Kind]
) -> Kind | Literal["link", "other"]:
    """Return the kind by suffix; a FIFO or a device is `other`, for reading it may never end."""
    if os.path.islink(path):
        return "link"
    return known.get(path.suffix.lower(), "other") if stat.S_ISREG(status.st_mode) else "other"


def _walk(root: Path, entered: set[tuple[int, int]], known: Mapping[str, Kind]) -> Iterator[Found]:
    """Yield the files of a folder by name, then those of its folders by name.

    Every folder entered is added to `entered`: a folder mounted inside itself comes to an end,
    and one inside another the user named comes once.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            identity = _identity(os.stat(folder))
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=attrgetter("name"))
        except OSError as error:
            _log.warning(
                "Skipped a folder that cannot be read: %r (%s)", str(folder), error.strerror
            )
            continue
        if identity in entered or _is_cache(folder, entries):
            continue
        entered.add(identity)
        folders = []
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            # Both are answered from the directory itself, and neither is true of a link.
            if entry.is_file(follow_symlinks=False):
                if kind := known.get(name[name.rfind(".") :].lower()):
                    try:
                        # Unlike DirEntry.stat, this gives device and inode on Windows, too.
                        status = os.stat(entry.path, follow_symlinks=False)
                    except OSError:
                        continue  # gone since the folder was listed
                    yield Found(folder / name, kind, status, root)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(folder / name)
        waiting += reversed(folders)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _is_cache(folder: Path, entries: list[os.DirEntry[str]]) -> bool:
    if all(entry.name != _TAG for entry in entries):
        return False
    try:
        with open(folder / _TAG, "rb") as tag:
            return tag.read(len(_TAG_SIGNATURE)) == _TAG_SIGNATURE
    except OSError:
        return False
