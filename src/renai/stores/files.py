"""A store with one file for each entry, so that people can find and open what is kept.

Files have the names of their entries, and are in private folders. There are no leases: two
processes that need the same entry at once may both compute it, and the last file written stays.
"""

from __future__ import annotations

import errno
import logging
import os
from contextlib import suppress
from operator import attrgetter
from stat import S_ISREG
from typing import TYPE_CHECKING

from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.abilities import warn_of_large
from renai.stores.allowance import Allowance
from renai.stores.base import Stat, check_name, check_names, is_name
from renai.stores.durable import (
    flush_folder,
    is_cache_folder,
    make_cache_folder,
    make_private_folder,
    remove_temporaries,
    sweep_abandoned,
    write_atomically,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_log = logging.getLogger("renai")


# Non-blocking, so that a pipe in an entry's place is not waited for.
# Nor is a link followed: it may lead to a file that is no entry.
_READING = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
_NO_ENTRY = {errno.ELOOP, errno.EINVAL}
"""The errors at a link, a pipe or a folder in an entry's place."""
_LARGEST = 1 << 30  # bytes; nothing that is kept comes near it
_FOLLOWING = os.utime not in os.supports_follow_symlinks


class FileStore(Closing):
    """Keeps each entry in a file below `root`, which is made with the first write.

    Args:
        root: the folder; entries' names are relative to it.
        max_bytes: the bytes that all files may take together; beyond it those used least recently
            are dropped. For that, files are listed now and then, which is slow if there are many.
    """

    def __init__(self, root: Path, *, max_bytes: int | None = None) -> None:
        self.root = root.absolute()
        self._allowance = None if max_bytes is None else Allowance(max_bytes)
        if self._allowance and not is_cache_folder(self.root):
            raise StoreError(
                f"{self.root} holds other things, which max_bytes could drop; "
                "give it a folder of its own"
            )
        self._prefix = f"{self.root}{os.sep}"
        self._swept: set[Path] = set()

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist; an unreadable file counts as missing, with a warning.

        Raises:
            StoreError: nothing could be read, and not only because no files are there.
        """
        return self.get_up_to(names, _LARGEST)

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this.

        A damaged disk may show any size.
        """
        found = {}
        used = []
        large = []
        failure: StoreError | None = None
        has_failed = False
        check_names(names)
        for name in names:
            try:
                data, stat = _read(self._prefix + name, most_bytes)
                if data is None:
                    large.append(name)
                    continue
                found[name] = data
                if self._allowance is not None:
                    used.append((name, _used_at(stat)))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                failure = failure or StoreError(
                    f"cannot read {self._prefix}{name}: {error.strerror}"
                )
                has_failed = has_failed or error.errno not in _NO_ENTRY
        if has_failed and failure and not found:
            raise failure
        if failure:
            _log.warning("Entries are passed over: %s", failure)
        warn_of_large(str(self.root), large, most_bytes)
        if self._allowance is not None:
            self._allowance.note(used)
        return found

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:  # noqa: ARG002
        """Write each entry atomically and durably; `ttl` frees no space here."""
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
        if self._allowance is not None:
            self._write_notes(self._allowance)
            if self._allowance.spend(sum(map(len, items.values()))):
                self._evict(self._allowance)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
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

    def move(self, name: str, new_name: str) -> bool:
        """Give an entry another name, in the place of what has that; return whether it existed."""
        path, new_path = (self.root / check_name(each) for each in (name, new_name))
        try:
            self._prepare(new_path.parent)
            path.replace(new_path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise StoreError(f"cannot move {path}: {error.strerror}") from error
        flush_folder(path.parent)
        flush_folder(new_path.parent)
        return True

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`; only the folder in it is walked."""
        inner, _, beginning = prefix.rpartition("/")
        if prefix.startswith("/"):  # no name begins so
            return
        try:
            yield from self._walk(inner, beginning)
        except OSError as error:
            raise StoreError(f"cannot list {self.root / inner}: {error.strerror}") from error

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when files were written, by name."""
        dates = {}
        for name in names:
            with suppress(OSError):  # gone, or not readable
                dates[name] = os.lstat(self._prefix + check_name(name)).st_mtime
        return dates

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which files count as written."""
        for name, date in dates.items():
            path = self._prefix + check_name(name)
            try:
                os.utime(path, (date, date), follow_symlinks=_FOLLOWING)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise StoreError(f"cannot date {path}: {error.strerror}") from error

    def scrub(self) -> str:
        """Remove half-written files, both abandoned ones and those being written right now."""
        try:
            for folder in (self.root, *self._folders()):
                remove_temporaries(folder)
        except OSError as error:
            raise StoreError(f"cannot clean {self.root}: {error.strerror}") from error
        return ""

    def close(self) -> None:
        """Write down which files were used."""
        if self._allowance is not None:
            self._write_notes(self._allowance)

    def _write_notes(self, allowance: Allowance[str]) -> None:
        for name, used_at in allowance.take_notes().items():
            path = self._prefix + name
            with suppress(OSError):  # gone, or owned by somebody else: it then counts as not used
                used = (used_at, os.lstat(path).st_mtime)
                os.utime(path, used, follow_symlinks=_FOLLOWING)

    def _evict(self, allowance: Allowance[str]) -> None:
        # Only in folders this store has written to: the root may hold files that are not ours.
        written = [folder.relative_to(self.root).as_posix() for folder in self._swept]
        found = {stat.name: stat for inner in written for stat in self.scan(f"{inner}/")}
        by_use = sorted(found.values(), key=attrgetter("used_at"))
        total = sum(stat.size for stat in by_use)
        surplus = allowance.measure(total, by_use[0].used_at if by_use else None)
        dropped = []
        for stat in by_use:
            if surplus <= 0:
                break
            surplus -= stat.size
            dropped.append(stat.name)
        self.delete_many(dropped)

    def _walk(self, inner: str, beginning: str = "") -> Iterator[Stat]:
        try:
            entries = os.scandir(self._prefix + inner)
        except (FileNotFoundError, NotADirectoryError):
            return
        with entries:
            for entry in entries:
                # The cheapest check comes first: often one of many thousands is wanted.
                if not entry.name.startswith(beginning):
                    continue
                name = f"{inner}/{entry.name}" if inner else entry.name
                if not is_name(name):  # temporary, hidden, or not an entry
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(name)
                elif entry.name != "CACHEDIR.TAG" and entry.is_file(follow_symlinks=False):
                    try:
                        stat = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:  # deleted since it was listed
                        continue
                    yield Stat(name, stat.st_size, stat.st_mtime, _used_at(stat))

    def _folders(self) -> list[Path]:
        """Return the folders of entries: those of the layers, which have no folders in them."""
        try:
            with os.scandir(self.root) as entries:
                return [
                    self.root / entry.name
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) and is_name(entry.name)
                ]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _prepare(self, folder: Path) -> None:
        if folder not in self._swept:
            make_cache_folder(self.root)
            make_private_folder(folder)
            sweep_abandoned(folder)
            self._swept.add(folder)
        elif not folder.is_dir():  # emptied by another process while this one runs
            make_private_folder(folder)


def _read(path: str, most_bytes: int) -> tuple[bytes | None, os.stat_result]:
    """Return a file's bytes, or None if there are more than this, and its stat."""
    # Faster than open() with its file object, and a warm run consists mostly of this call.
    handle = os.open(path, _READING)
    try:
        stat = os.fstat(handle)
        if not S_ISREG(stat.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        size = stat.st_size
        if size > most_bytes:
            return None, stat
        data = os.read(handle, size)
        while len(data) < size and (more := os.read(handle, size - len(data))):
            data += more
        return data, stat
    finally:
        os.close(handle)


def _used_at(stat: os.stat_result) -> float:
    """Return when a file was last used; uses are noted in its access time."""
    return max(stat.st_atime, stat.st_mtime)
