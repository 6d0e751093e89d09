"""A store of one file an entry, so that a person can find and open what is kept of a document.

Entries lie under the names they have, in private folders. There are no leases here: two processes
that need the same entry at once may both compute it, and the last one's file stays, whole.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from renai.errors import StoreError
from renai.stores.base import Closing, Stat, check_name, is_name
from renai.stores.durable import (
    flush_folder,
    make_cache_folder,
    make_private_folder,
    sweep_abandoned,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_log = logging.getLogger("renai")


class FileStore(Closing):
    """Keeps each entry in a file below `root`, which is made when first written to.

    `used_at` of its entries is `stored_at`: many systems do not keep track of reads.

    Args:
        root: a folder; entries' names are relative to it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._prefix = f"{self.root}{os.sep}"
        self._swept: set[Path] = set()

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there; a file that cannot be read costs its own entry and a warning.

        Raises:
            StoreError: nothing can be read, and not because there is nothing.
        """
        found = {}
        failure: StoreError | None = None
        for name in names:
            try:
                found[name] = _read(self._prefix + check_name(name))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                failure = failure or StoreError(
                    f"cannot read {self._prefix}{name}: {error.strerror}"
                )
        if failure and not found:
            raise failure
        if failure:
            _log.warning("Entries are passed over: %s", failure)
        return found

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write each entry atomically and durably; `ttl` frees nothing here."""
        folders = set()
        for name, data in items.items():
            path = self.root / check_name(name)
            try:
                self._prepare(path.parent)
                write_atomically(path, data)
            except OSError as error:
                raise StoreError(f"cannot write {path}: {error.strerror}") from error
            folders.add(path.parent)
        for folder in folders:
            flush_folder(folder)

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        count = 0
        for name in names:
            try:
                os.unlink(self._prefix + check_name(name))  # noqa: PTH108 - hot, no Path needed
                count += 1
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise StoreError(f"cannot drop {self._prefix}{name}: {error.strerror}") from error
        return count

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List entries; only the folder that `prefix` names is walked."""
        inner = prefix.rpartition("/")[0]
        try:
            yield from self._walk(inner, prefix)
        except OSError as error:
            raise StoreError(f"cannot list {self.root / inner}: {error.strerror}") from error

    def _walk(self, inner: str, prefix: str) -> Iterator[Stat]:
        try:
            entries = os.scandir(self._prefix + inner)
        except (FileNotFoundError, NotADirectoryError):
            return
        with entries:
            for entry in entries:
                name = f"{inner}/{entry.name}" if inner else entry.name
                if not is_name(name):  # temporary, hidden, outside, or not ours
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(name, prefix)
                elif name.startswith(prefix) and entry.name != "CACHEDIR.TAG" and entry.is_file():
                    try:
                        stat = entry.stat()
                    except FileNotFoundError:  # dropped since it was listed
                        continue
                    yield Stat(name, stat.st_size, stat.st_mtime, stat.st_mtime)

    def _prepare(self, folder: Path) -> None:
        if folder not in self._swept:
            make_cache_folder(self.root)
            make_private_folder(folder)
            sweep_abandoned(folder)
            self._swept.add(folder)
        elif not folder.is_dir():  # emptied by another process while this one runs
            make_private_folder(folder)


def _read(path: str) -> bytes:
    # Half the time of open() and its file object, and a warm run is made of this call.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(handle).st_size
        data = os.read(handle, size)
        while len(data) < size and (more := os.read(handle, size - len(data))):
            data += more
        return data
    finally:
        os.close(handle)
