"""Rename a file so that no other file can be lost by it, not even in a race.

Asking whether a name is free and then renaming leaves a gap in which another program takes the
name and loses its file. Every platform has one call that asks and renames at once; where a
filesystem refuses it, a second hard link does the same, for a link never replaces. Where that is
refused as well, nothing is renamed.

Sources: renameat2(2), renamex_np(2), MoveFileExW (which `os.rename` calls on Windows, without
the flag that replaces), link(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import NameTakenError, RenameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1  # linux/fs.h
_RENAME_EXCL = 4  # sys/stdio.h of macOS

_NOT_OFFERED = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK}
)
"""The errors of a filesystem that does not know a call. EPERM is one only for hard links."""

_REASONS = {
    errno.EACCES: "not permitted; make its folder writable, and close what has it open",
    errno.EPERM: "not permitted; make its folder writable, and close what has it open",
    errno.EROFS: "the disk is read-only; copy the files to another",
    errno.ENAMETOOLONG: "the new name is too long for this disk; use a shorter template",
    errno.EILSEQ: "this disk cannot spell the new name; use a simpler template",
    errno.EXDEV: "the new folder is on another disk; files are moved within one disk only",
    errno.ENOENT: "the file or the new folder has vanished; run again",
    errno.ENOTDIR: "a file stands where the new folder should be; move it away",
    errno.EBUSY: "another program is using it; close that and run again",
    errno.ENOSPC: "the disk is full; make room and run again",
    errno.EDQUOT: "the disk quota is used up; make room and run again",
    errno.EIO: "the disk reports an error; check it",
}


class Linking(NamedTuple):
    """A rename by way of a second link, of which the first half is about to be done.

    Attributes:
        source: the old name.
        target: the new name, which does not exist.
        links: how many links the file has without the second one.
    """

    source: Path
    target: Path
    links: int

    def is_half_done(self) -> bool:
        """Return whether the file has both names, and has the second one from this rename."""
        try:
            stat, other = self.source.lstat(), self.target.lstat()
        except OSError:
            return False
        return os.path.samestat(stat, other) and stat.st_nlink == self.links + 1


def rename_no_replace(
    source: Path, target: Path, on_link: Callable[[Linking], None] = lambda _: None
) -> None:
    """Rename a file, atomically, unless the new name exists.

    Args:
        source: the old name.
        target: the new name.
        on_link: called before the file gets both names for a moment, where the disk offers no
            better way.

    Raises:
        NameTakenError: the new name exists, if only as another spelling of the old one.
        RenameError: it cannot be done; the file still has its old name.
    """
    try:
        try:
            _rename_exclusively()(source, target)
        except OSError as error:
            if error.errno not in _NOT_OFFERED - {errno.EPERM}:
                raise
            _link_and_unlink(source, target, on_link)
    except FileExistsError as error:
        raise NameTakenError(source, f"there is a {target.name} already") from error
    except OSError as error:
        raise RenameError(source, reason_for(error)) from error


def are_one_entry(path: Path, other: Path) -> bool:
    """Return whether two spellings name one and the same entry of a folder.

    So it is for `dune.pdf` and `Dune.pdf` where case does not count. Two hard links are two
    entries: both of their names are listed.
    """
    try:
        if path.parent != other.parent or not os.path.samestat(path.lstat(), other.lstat()):
            return False
        listed = set(os.listdir(path.parent))  # noqa: PTH208 - names, not paths
    except OSError:
        return False
    return not {path.name, other.name} <= listed


def flush_folders(folders: Iterable[Path]) -> None:
    """Flush the names in folders to the disk, where a platform lets a folder be flushed."""
    if sys.platform == "win32":
        return
    for folder in folders:
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:  # the folder was renamed or removed since; nothing is left to flush
            continue
        try:
            os.fsync(descriptor)
        except OSError:  # some network filesystems cannot flush folders
            continue
        finally:
            os.close(descriptor)


def reason_for(error: OSError) -> str:
    """Return what an error of the system means for a person, and what to do."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def _link_and_unlink(source: Path, target: Path, on_link: Callable[[Linking], None]) -> None:
    links = source.lstat().st_nlink
    if os.path.lexists(target):  # known before a link of somebody else's is recorded as ours
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    on_link(Linking(source, target, links))
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError) as error:
        if not isinstance(error, OSError) or error.errno in _NOT_OFFERED:
            raise RenameError(
                source,
                "this disk offers no rename that is sure not to overwrite; "
                "copy the files to another disk",
            ) from error
        raise
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise


@cache
def _rename_exclusively() -> Callable[[Path, Path], None]:
    """Return the platform's own call, which raises OSError; where there is none, with ENOSYS."""
    if sys.platform == "win32":
        return os.rename
    library = ctypes.CDLL(None, use_errno=True)
    name = "renamex_np" if sys.platform == "darwin" else "renameat2"
    call = getattr(library, name, None)

    def rename(source: Path, target: Path) -> None:
        if call is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(source))
        old, new = os.fsencode(source), os.fsencode(target)
        if sys.platform == "darwin":
            failed = call(old, new, _RENAME_EXCL)
        else:
            failed = call(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE)
        if failed:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(source))

    return rename
