"""A store in one SQLite file: the default for many small entries on one machine.

A plain table with a unique index on the name, in WAL mode, was the fastest of the layouts
measured: `WITHOUT ROWID` halves writes for such values, one SELECT a name is a third slower than
chunks of them, and pages of 16 KiB save a fifth of the space. SQLite's locks do not work on
network file systems: use `file://` or a server there.
"""

from __future__ import annotations

import os
import sqlite3  # noqa: TID253 - this file is the backend, and is itself imported late
import threading
import time
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING

from renai.errors import StoreError
from renai.stores.base import Closing, Stat, check_name
from renai.stores.durable import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    stored_at REAL NOT NULL,
    expires_at REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_name ON entries (name);
"""
_UPSERT = """
INSERT INTO entries (name, value, stored_at, expires_at) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE
SET value = excluded.value, stored_at = excluded.stored_at, expires_at = excluded.expires_at
"""
_CHUNK = 30_000  # SQLite takes 32,766 parameters a statement
_LOCK_TIMEOUT = 30.0
_MMAP_BYTES = 1 << 30


class SqliteStore(Closing):
    """Keeps entries in an SQLite database that any number of threads and processes may share.

    Args:
        path: the database file; made, with its folder, where it is missing.

    Raises:
        StoreError: the file cannot be opened, is no database, or was made by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        with self._connected("open"):
            pass

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there."""
        found: dict[str, bytes] = {}
        with self._connected("read") as connection:
            for chunk in _chunks(names, _CHUNK):
                marks = ",".join("?" * len(chunk))
                found.update(
                    connection.execute(
                        f"SELECT name, value FROM entries WHERE name IN ({marks})",  # noqa: S608
                        chunk,
                    )
                )
        return found

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write all in one transaction."""
        now = time.time()
        expires_at = None if ttl is None else now + ttl
        with self._connected("write") as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                _UPSERT,
                ((check_name(name), data, now, expires_at) for name, data in items.items()),
            )
            connection.execute("COMMIT")

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        count = 0
        with self._connected("write") as connection:
            connection.execute("BEGIN IMMEDIATE")
            for chunk in _chunks(names, _CHUNK):
                marks = ",".join("?" * len(chunk))
                count += connection.execute(
                    f"DELETE FROM entries WHERE name IN ({marks})",  # noqa: S608
                    chunk,
                ).rowcount
            connection.execute("COMMIT")
        return count

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List entries."""
        with self._connected("read") as connection:
            rows = connection.execute(
                "SELECT name, length(value), stored_at FROM entries WHERE name >= ? AND name < ?",
                # No name holds a character above "z", so this bound ends what begins with prefix.
                (prefix, prefix + "\x7f"),
            ).fetchall()
        for name, size, stored_at in rows:
            yield Stat(name, size, stored_at, stored_at)

    def close(self) -> None:
        """Close the database; may be called twice, and a later call opens it anew."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    @contextmanager
    def _connected(self, action: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                # A connection must not cross a fork.
                if self._connection is None or self._process != os.getpid():
                    self._connection = self._open()
                    self._process = os.getpid()
                connection = self._connection
                try:
                    yield connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"cannot {action} {self.path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        make_private_folder(self.path.parent)
        # Made here, so that it is private from its first moment; its WAL takes over the mode.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            self.path, timeout=_LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA page_size = 16384")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _SCHEMA_VERSION:
                raise StoreError(f"{self.path} was made by a newer renai; use another file")
            if version < _SCHEMA_VERSION:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;"
                )
        except BaseException:
            connection.close()
            raise
        return connection


def _chunks(names: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(names)
    while chunk := list(islice(remaining, size)):
        yield chunk
