"""The fingerprint memo: which bytes an unchanged file holds, without reading it.

It maps (device, inode, size, mtime, ctime) to the file's digest. As in git's index, a file that
was modified too recently is not remembered: it could be changed again without its mtime moving.
(https://git-scm.com/docs/racy-git)
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from stat import S_ISREG
from typing import TYPE_CHECKING

from renai.errors import ConfigurationError, DocumentError, StoreError
from renai.keys.digest import digest_stream
from renai.stores.upkeep import scrub, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from renai.stores.base import Store

_log = logging.getLogger("renai")

MEMO_FILE = "fingerprints.sqlite"
"""Its name in a cache folder."""

_SAFE_AGE_NS = 2_000_000_000  # the coarsest mtime in use, FAT's, is two seconds
_DIGEST_BYTES = 32
_ATTEMPTS = 3

# A pipe that has come to stand under a document's name is not waited for.
_READ_WITHOUT_WAITING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FingerprintMemo:
    """Remembers digests in a store.

    Args:
        store: any; an SQLite file in practice. None remembers nothing.
        read_only: whether it is only to be looked into; then it learns nothing new.
    """

    def __init__(self, store: Store | None, *, read_only: bool = False) -> None:
        self._store = store
        self._read_only = read_only
        # Every file is read after this moment, so one that is safely older than it cannot have
        # been changed behind the reader's back without its mtime moving.
        self._newest = time.time_ns() - _SAFE_AGE_NS

    def recall(self, stats: Sequence[os.stat_result]) -> list[str | None]:
        """Return the digests, 64 hex digits, of files that did not change; None for the others."""
        if self._store is None:
            return [None] * len(stats)
        try:
            names = [_name(stat) for stat in stats]
            held = self._store.get_many(names)
        except StoreError as error:
            self._give_up(error)
            return [None] * len(stats)
        return [_matching(held.get(name), stat) for name, stat in zip(names, stats, strict=True)]

    def recall_former(self, stat: os.stat_result) -> str | None:
        """Return the digest last known of what has this file's device and inode, however old.

        The inode may have been another file's, and damage cannot be told from a change.
        """
        if self._store is None:
            return None
        try:
            record = self._store.get_many([_name(stat)]).get(_name(stat), b"")
        except StoreError:  # this is only a remark
            return None
        return record[:_DIGEST_BYTES].hex() or None

    def remember(self, files: Iterable[tuple[os.stat_result, str]]) -> None:
        """Keep digests that were read, since this memo was opened, of files with these stats."""
        if self._store is None or self._read_only:
            return
        records = {
            _name(stat): _record(stat, bytes.fromhex(digest))
            for stat, digest in files
            if stat.st_mtime_ns < self._newest
        }
        if records:
            try:
                self._store.put_many(records)
            except StoreError as error:
                self._give_up(error)

    def forget(self, digests: Collection[str]) -> int:
        """Drop what is remembered of contents, whatever files hold them; return how many records.

        Raises:
            StoreError: the store fails.
        """
        if self._store is None:
            return 0
        dropped = [
            name
            for batch in stream(self._store)
            for name, record in batch.items()
            if record[:_DIGEST_BYTES].hex() in digests
        ]
        count = self._store.delete_many(dropped)
        scrub(self._store)
        return count

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()

    def _give_up(self, error: StoreError) -> None:
        _log.warning("Files will be read again to know their contents: %s", error)
        self.close()
        self._store = None


def open_memo(folder: Path, aside: Path) -> FingerprintMemo:
    """Open the memo of a cache folder, which is made where it is missing.

    A memo only saves time: one that cannot be opened is not worth stopping for, and remembers
    nothing.

    Args:
        folder: the cache folder.
        aside: where a damaged memo is moved to.
    """
    from renai.stores.durable import check_cache_folder, make_cache_folder
    from renai.stores.sqlite.expendable import ExpendableStore

    try:
        check_cache_folder(folder)
        make_cache_folder(folder)
        return FingerprintMemo(ExpendableStore(folder / MEMO_FILE, aside))
    except (OSError, StoreError, ConfigurationError) as error:
        _log.warning("Files will be read again to know their contents: %s", error)
        return FingerprintMemo(None)


def look_into_memo(folder: Path) -> FingerprintMemo:
    """Open the memo of a cache folder to read it; one that is missing or damaged is left alone."""
    from renai.stores.sqlite import SqliteStore

    path = folder / MEMO_FILE
    try:
        return FingerprintMemo(SqliteStore(path) if path.exists() else None, read_only=True)
    except StoreError:
        return FingerprintMemo(None)


def identify(
    paths: Sequence[Path], memo: FingerprintMemo, stop: Callable[[], bool] = lambda: False
) -> list[tuple[str, os.stat_result]]:
    """Tell what files hold: from the memo where they did not change, and else by reading them.

    Args:
        paths: the files.
        memo: is asked, and told what was read.
        stop: as for `read_digest`.

    Returns:
        For each file its digest, 64 hex digits, and the stat that the digest is true for.

    Raises:
        DocumentError: one cannot be read.
    """
    stats = [_stat(path) for path in paths]
    known = [
        (digest, stat) if digest else None
        for digest, stat in zip(memo.recall(stats), stats, strict=True)
    ]
    read = {path: read_digest(path, stop) for path, x in zip(paths, known, strict=True) if not x}
    memo.remember((stat, digest) for digest, stat in read.values())
    return [x or read[path] for path, x in zip(paths, known, strict=True)]


def read_digest(path: Path, stop: Callable[[], bool] = lambda: False) -> tuple[str, os.stat_result]:
    """Read a file and return its digest, with the stat that the digest is true for.

    Args:
        path: the file.
        stop: asked again and again; if true, the file is not read to its end.

    Raises:
        DocumentError: it cannot be read, keeps changing, or was not read to its end.
    """
    try:
        for _ in range(_ATTEMPTS):
            with os.fdopen(os.open(path, _READ_WITHOUT_WAITING), "rb") as stream:
                before = os.fstat(stream.fileno())
                if not S_ISREG(before.st_mode):
                    raise DocumentError(path, "is no regular file")
                digest = digest_stream(stream, stop)
                after = os.fstat(stream.fileno())
            if signature(before) == signature(after):
                return digest, after
    except InterruptedError:
        raise DocumentError(path, "was not read to its end: renai is closing") from None
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}") from error
    raise DocumentError(path, "is being written to; try again when that is done")


def signature(stat: os.stat_result) -> tuple[int, int, int, int, int]:
    """Return what must be equal for a file to count as unchanged."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}") from error


def _name(stat: os.stat_result) -> str:
    return f"{stat.st_dev:x}-{stat.st_ino:x}"


def _record(stat: os.stat_result, digest: bytes) -> bytes:
    """Bind a digest to its stat: no other stat, and no damaged record, gives the same bytes."""
    # What `signature` returns, in a form that is frozen: it is in people's memos.
    times = f"{stat.st_mtime_ns}, {stat.st_ctime_ns}"
    said = f"({stat.st_dev}, {stat.st_ino}, {stat.st_size}, {times})"
    return digest + hashlib.sha256(said.encode() + digest).digest()


def _matching(record: bytes | None, stat: os.stat_result) -> str | None:
    if record is None:
        return None
    digest = record[:_DIGEST_BYTES]
    return digest.hex() if record == _record(stat, digest) else None
