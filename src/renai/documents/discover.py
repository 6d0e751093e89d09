"""Find the files to read under the paths a user named.

A warm run over a large library is mostly this walk, so it stays with strings and directory
entries, and asks the system once for each file that is of use.
"""

# A Path for every step would cost several times the walk itself.
# ruff: noqa: PTH100, PTH112, PTH114, PTH116, PTH118
from __future__ import annotations

import logging
import os
import stat
from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from renai.documents.formats import kinds
from renai.documents.other_libraries import NAS_FOLDERS, library_around, library_in
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from renai.documents.formats import Kind
    from renai.documents.other_libraries import OtherLibrary

_log = logging.getLogger("renai")

_Identity = tuple[int, int]
"""Device and inode."""

HIDDEN = "hidden"
LINKS = "links"
SYSTEM_FOLDERS = "system folders"
NO_SUFFIX = "no suffix"
"""What is counted in place of a suffix."""

_NOT_ENTERED = NAS_FOLDERS | {
    *("__macosx", ".appledouble", "network trash folder", "temporary items"),  # macOS, netatalk
    *("$recycle.bin", "system volume information", "lost+found"),
}
"""Folders in which storage systems keep thumbnails, deleted files and forks, in lower case."""

_LONGEST_SUFFIX = 12  # with its dot; what is longer is a name with a dot in it

_TAG = "CACHEDIR.TAG"
# https://bford.info/cachedir/
_TAG_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"


class Found(NamedTuple):
    """One file that was found.

    Attributes:
        location: its absolute path; symbolic links among its folders are not resolved.
        kind: of a file the user named also `link`, for a symbolic link, and `other`, for what renai
            has no use for.
        stat: as the walk saw it.
        root: the folder the user named and it was found under; its own folder for a file the
            user named.
    """

    location: str
    kind: Kind | Literal["link", "other"]
    stat: os.stat_result
    root: Path

    @property
    def path(self) -> Path:
        """The absolute path."""
        return Path(self.location)


class Discovery(Iterator[Found]):
    """The files under some paths, and how many others there were.

    Attributes:
        not_read: how many files in folders were passed over so far, by suffix in lower case, or
            as one of `HIDDEN`, `LINKS`, `SYSTEM_FOLDERS` and `NO_SUFFIX`. A folder that was not
            entered counts once.
        libraries: the libraries of other programs that were met so far, if they are looked for;
            no folder in them is entered.
    """

    def __init__(
        self,
        named: list[tuple[Path, os.stat_result]],
        entered: set[_Identity],
        *,
        notice_libraries: bool,
    ) -> None:
        self.not_read: Counter[str] = Counter()
        self.libraries: list[OtherLibrary] = []
        noticed = self.libraries if notice_libraries else None
        self._found = _each_once(named, entered, kinds(), self.not_read, noticed)

    def __next__(self) -> Found:
        return next(self._found)

    def __iter__(self) -> Iterator[Found]:
        return self._found  # saves whoever takes all a call for each


def discover(
    paths: Sequence[Path], *, exclude: Collection[Path] = (), notice_libraries: bool = False
) -> Discovery:
    """Walk the paths, folders recursively, each file once, in a stable order.

    In a folder, hidden files and folders, symbolic links, folders marked by a CACHEDIR.TAG,
    folders of storage systems and files of unknown kinds are passed over. A link to a folder the
    user named is followed.

    Args:
        paths: files and folders.
        exclude: folders not to enter.
        notice_libraries: whether to look for libraries of other programs, also above the paths.

    Raises:
        UsageError: a path does not exist; raised before the first file is yielded.
    """
    named = [(_absolute(path), _stat_named(path)) for path in paths]
    entered = {_identity(os.stat(folder)) for folder in exclude if os.path.isdir(folder)}
    return Discovery(named, entered, notice_libraries=notice_libraries)


def _each_once(
    named: list[tuple[Path, os.stat_result]],
    entered: set[_Identity],
    known: Mapping[str, Kind],
    not_read: Counter[str],
    libraries: list[OtherLibrary] | None,
) -> Iterator[Found]:
    """Yield files before folders, so that a file named besides its folder comes once, as named.

    Args:
        named: absolute paths.
        entered: identities of folders not to enter.
        known: kinds by suffix.
        not_read: counts what is passed over.
        libraries: collects libraries of other programs; None not to look for them.
    """
    if libraries is not None:
        around = (
            library_around(os.fspath(path), is_folder=stat.S_ISDIR(status.st_mode))
            for path, status in named
        )
        libraries += dict.fromkeys(filter(None, around))
    files = {path: status for path, status in named if not stat.S_ISDIR(status.st_mode)}
    for path, status in files.items():
        kind = _kind_of_named(path, status, known)
        yield Found(os.fspath(path), kind, status, path.parent)
    named_so = set(map(os.fspath, files))
    for path, status in named:
        if stat.S_ISDIR(status.st_mode):
            walked = _walk(path, entered, known, not_read, libraries)
            yield from (x for x in walked if x.location not in named_so) if files else walked


def _absolute(path: Path) -> Path:
    """Return the absolute path of what the system finds under a path, where that says `..`.

    `link/..` is the folder that the link's target is in, and not the one that the link is in.
    """
    parts = path.parts
    after = len(parts) - parts[::-1].index("..") if ".." in parts else 0
    return Path(os.path.abspath(Path(os.path.realpath(Path(*parts[:after])), *parts[after:])))


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


def _walk(
    root: Path,
    entered: set[_Identity],
    known: Mapping[str, Kind],
    not_read: Counter[str],
    libraries: list[OtherLibrary] | None,
) -> Iterator[Found]:
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
        folders, others = [], []
        prefix = os.path.join(folder, "")
        for entry in entries:
            name = entry.name
            is_shown = not name.startswith(".")
            kind = known.get(name[name.rfind(".") :].lower())
            # Both are answered from the directory itself, and neither is true of a link.
            if is_shown and kind and entry.is_file(follow_symlinks=False):
                try:
                    # Unlike DirEntry.stat, this gives device and inode on Windows, too.
                    status = os.stat(entry.path, follow_symlinks=False)
                except OSError:
                    continue  # gone since the folder was listed
                yield Found(prefix + name, kind, status, root)
                continue
            others.append(name)
            if is_shown and entry.is_dir(follow_symlinks=False) and not _is_system_folder(name):
                folders.append(folder / name)
            else:
                not_read[_why_passed_over(entry)] += 1
        if libraries is not None and (library := library_in(os.fspath(folder), others)):
            if library not in libraries:
                libraries.append(library)
            continue
        waiting += reversed(folders)


def _is_system_folder(name: str) -> bool:
    return name.lower() in _NOT_ENTERED


def _why_passed_over(entry: os.DirEntry[str]) -> str:
    """Return as what an entry is counted that is neither read nor entered."""
    if _is_system_folder(entry.name):
        return SYSTEM_FOLDERS
    if entry.name.startswith("."):
        return HIDDEN
    if entry.is_symlink():
        return LINKS
    stem, dot, suffix = entry.name.rpartition(".")
    is_one = stem and suffix.isalnum() and len(suffix) < _LONGEST_SUFFIX
    return (dot + suffix).lower() if is_one else NO_SUFFIX


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _is_cache(folder: Path, entries: list[os.DirEntry[str]]) -> bool:
    if all(entry.name != _TAG for entry in entries):
        return False
    try:
        with open(folder / _TAG, "rb", opener=_open_without_waiting) as tag:
            return tag.read(len(_TAG_SIGNATURE)) == _TAG_SIGNATURE
    except OSError:
        return False


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file that may be a pipe, for which nobody waits."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
