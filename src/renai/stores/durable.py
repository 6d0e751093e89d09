"""Private folders, and files that are complete or absent, whatever happens during writing."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_TEMPORARY_PREFIX = ".renai-tmp-"
_TEMPORARY = re.compile(r"\.renai-tmp-[a-z0-9_]{8}")
_FORMERLY_TEMPORARY = re.compile(r"\.renai-[a-z0-9_]{8}")
_HEADS = (b"renai-text/1 ", b'{\n  "', b"rnv", b"rns", b"rnl")
"""How entries begin that older versions may have left half-written under such names."""

_OURS_IN_CACHE = re.compile(
    r"text|metadata|ocr_debug|quarantine|embedding|lineage|recipe|changed|CACHEDIR\.TAG"
    r"|(fingerprints|ledger|vectors)\.sqlite(-wal|-shm|-journal)?|eval(\.[0-9]+)?\.jsonl|eval\.lock"
    r"|tesseract\.json"
)
"""The names of what renai makes in a cache folder."""

_ABANDONED_AFTER = 3600.0

CACHEDIR_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is a cache made by renai: it can be made anew, so back-ups may leave it out.\n"
    "# For information about cache directory tags see https://bford.info/cachedir/\n"
)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and the missing ones above it, accessible to its owner only (0700)."""
    if not folder.is_dir():
        if folder.parent != folder:
            make_private_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def make_cache_folder(folder: Path) -> None:
    """Make a private folder that back-ups leave out (https://bford.info/cachedir/).

    A folder that contains anything already gets no tag: back-ups would leave that out as well.
    """
    make_private_folder(folder)
    tag = folder / "CACHEDIR.TAG"
    if _holds_nothing(folder):
        write_atomically(tag, CACHEDIR_TAG.encode())
        if sys.platform == "darwin":
            _exclude_from_time_machine(folder)


def is_cache_folder(folder: Path) -> bool:
    """Return whether a folder is a cache that renai made, or is empty or missing."""
    # Checked before the tag: another process may be making the cache, and writes the tag first.
    if not folder.exists() or _holds_nothing(folder):
        return True
    tag = folder / "CACHEDIR.TAG"
    try:
        return tag.is_file() and tag.read_text() == CACHEDIR_TAG
    except (FileNotFoundError, ValueError):
        return False


def check_cache_folder(folder: Path) -> None:
    """Refuse a cache folder that is not safe from others, or in which a link leads elsewhere.

    Who can write there can put any answer into the cache, and by a link have files elsewhere
    written. The folder itself may be a link of the user's. For root, any owner's folder will do.

    Raises:
        ConfigurationError: it is refused; its text says how to mend that.
    """
    try:
        _check_owner(folder, folder.lstat(), is_link_allowed=True)
        _check_owner(folder, folder.stat())
        with os.scandir(folder) as entries:
            inside = [entry.name for entry in entries if _OURS_IN_CACHE.fullmatch(entry.name)]
        for name in inside:
            _check_owner(folder / name, (folder / name).lstat())
    except OSError:  # missing, or not readable, which is told where it is opened
        return


def _check_owner(path: Path, found: os.stat_result, *, is_link_allowed: bool = False) -> None:
    is_link, quoted = stat.S_ISLNK(found.st_mode), shlex.quote(str(path))
    if is_link and not is_link_allowed:
        raise ConfigurationError(
            f"{path} is a link, and inside its cache renai follows none; "
            f"take it away with: rm {quoted}"
        )
    if not (is_link or stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
        raise ConfigurationError(
            f"{path} is neither a file nor a folder; take it away with: rm {quoted}"
        )
    if sys.platform == "win32":
        return
    user = os.geteuid()
    if user and found.st_uid != user and not (is_link and found.st_uid == 0):
        raise ConfigurationError(
            f"{path} belongs to somebody else, who could put anything into the cache; "
            f"choose another with --cache-dir, or take it over with: sudo chown -hR {user} {quoted}"
        )
    if not is_link and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(
            f"{path} may be written by others, who could put anything into the cache; "
            f"mend that with: chmod go-w {quoted}"
        )


def is_temporary(name: str) -> bool:
    """Return whether a file of this name is one that is being written, or was abandoned."""
    return _TEMPORARY.fullmatch(name) is not None


def make_temporary(folder: Path) -> tuple[int, str]:
    """Make a private file (0600) with a name that no other has; return its descriptor and path."""
    return tempfile.mkstemp(prefix=_TEMPORARY_PREFIX, dir=folder)


def remove_temporaries(folder: Path) -> None:
    """Remove all half-written files of a folder, also those that older versions left.

    The names those had could be other files' names: they go only if they hold an entry.

    Raises:
        OSError: the folder cannot be read, or a file not be removed.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names, not paths
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        path = folder / name
        is_ours = is_temporary(name) or (_FORMERLY_TEMPORARY.fullmatch(name) and _holds_entry(path))
        if is_ours and stat.S_ISREG(path.lstat().st_mode):
            path.unlink(missing_ok=True)


def _holds_entry(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16).startswith(_HEADS)


def _holds_nothing(folder: Path) -> bool:
    return all(map(is_temporary, os.listdir(folder)))  # noqa: PTH208


def _exclude_from_time_machine(folder: Path) -> None:
    import subprocess

    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["tmutil", "addexclusion", str(folder)], check=False, capture_output=True, timeout=5
        )


def write_atomically(path: Path, data: bytes) -> None:
    """Write a private file (0600): unique temporary file, flushed to disk, renamed into place.

    Raises:
        OSError: the file could not be written; what was there before is still there.
    """
    handle, temporary = make_temporary(path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - two strings, no Path to be built
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, if the system can do that."""
    if sys.platform == "win32":
        return
    with suppress(OSError):  # some network file systems refuse; the rename is done all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep_abandoned(folder: Path) -> None:
    """Remove temporary files whose writer was killed: those older than an hour."""
    oldest = time.time() - _ABANDONED_AFTER
    for path in folder.iterdir():
        with suppress(OSError):
            if is_temporary(path.name) and path.lstat().st_mtime < oldest:
                path.unlink()
