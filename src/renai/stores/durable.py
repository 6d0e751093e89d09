"""Private folders, and files that are complete or absent, whatever happens during writing."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY_PREFIX = ".renai-"
"""The prefix of the names of files that are being written."""

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
    try:
        return (folder / "CACHEDIR.TAG").read_text() == CACHEDIR_TAG
    except (FileNotFoundError, ValueError):
        return False


def _holds_nothing(folder: Path) -> bool:
    return all(name.startswith(TEMPORARY_PREFIX) for name in os.listdir(folder))  # noqa: PTH208


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
    # mkstemp gives 0600 and a name that no other process has.
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
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
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
