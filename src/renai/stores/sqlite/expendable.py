"""An SQLite store for what is cheap to make again: a damaged file is replaced by an empty one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from renai.closing import Closing
from renai.errors import DamagedStoreError, StoreError
from renai.stores.durable import make_private_folder
from renai.stores.sqlite import SqliteStore
from renai.stores.sqlite.file import may_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from renai.stores.base import Stat

R = TypeVar("R")

_log = logging.getLogger("renai")


class ExpendableStore(Closing):
    """Keeps entries in an SQLite file that may be lost without harm.

    Args:
        path: the database file; made if it is missing.
        aside: the folder into which a damaged file is moved.

    Raises:
        StoreError: as for `SqliteStore`, if the damaged file cannot be moved away either, or if
            the file may be sound: the disk is full, or somebody else locks it.
    """

    def __init__(self, path: Path, aside: Path) -> None:
        self._path = path
        self._aside = aside
        try:
            self._store = SqliteStore(path)
        except StoreError as error:  # damaged, or not a file of ours
            if may_pass(error.__cause__):
                raise
            self._begin_anew(error)

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        return self._retrying(lambda store: store.get_many(names))

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write all entries in one transaction."""
        self._retrying(lambda store: store.put_many(items, ttl))

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        return self._retrying(lambda store: store.delete_many(names))

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`."""
        return iter(self._retrying(lambda store: list(store.scan(prefix))))

    def scrub(self) -> str:
        """Remove the bytes of deleted entries from the file."""
        return self._retrying(lambda store: store.scrub())

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def _retrying(self, act: Callable[[SqliteStore], R]) -> R:
        try:
            return act(self._store)
        except DamagedStoreError as error:
            self._store.close()
            self._begin_anew(error)
            return act(self._store)

    def _begin_anew(self, error: StoreError) -> None:
        _log.warning("Damaged %s is set aside (%s)", self._path.name, error)
        try:
            make_private_folder(self._aside)
            self._path.replace(self._aside / self._path.name)
            for part in ("-wal", "-shm"):  # else the new file would take them for its own
                self._path.with_name(self._path.name + part).unlink(missing_ok=True)
        except OSError as failure:
            raise StoreError(f"cannot move {self._path}: {failure.strerror}") from failure
        self._store = SqliteStore(self._path)
