"""Private folders for files that exist only while they are read; none outlives the next run.

They hold the contents of documents. The process that makes a folder locks it for as long as the
folder is needed. The system releases the lock when the process ends, however it ends, and the next
run removes every folder that is not locked.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "renai-scratch-"
_SECONDS_TO_LOCK = 60  # a folder is made before it is locked


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder that only this user can enter, and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = _try_lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def remove_abandoned() -> None:
    """Remove this user's folders whose processes have ended."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if not ours or time.time() - status.st_mtime < _SECONDS_TO_LOCK:
                continue
            lock = _try_lock(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _try_lock(folder: Path) -> int | None:
    """Lock a folder; return None if it is locked, or the system locks no folders (Windows)."""
    if os.name == "nt":
        return None
    import fcntl  # noqa: PLC0415, RUF100 - there is none on Windows

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
