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
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from renai.batching import batched
from renai.errors import DamagedStoreError, StoreError
from renai.stores.base import Closing, Stat, check_name
from renai.stores.durable import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_APPLICATION_ID = 0x72656E41  # marks a database as ours (https://sqlite.org/pragma.html)
_SCHEMA_VERSION = 1
_SCHEMA = (
    """
    CREATE TABLE entries (
        name BLOB NOT NULL,
        value BLOB NOT NULL,
        stored_at REAL NOT NULL,
        expires_at REAL
    )
    """,
    "CREATE UNIQUE INDEX entries_by_name ON entries (name)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_UPSERT = """
INSERT INTO entries (name, value, stored_at, expires_at) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE
SET value = excluded.value, stored_at = excluded.stored_at, expires_at = excluded.expires_at
"""
_DIGITS = 64
_CHUNK = 30_000  # SQLite takes 32,766 parameters a statement
_LOCK_TIMEOUT = 30.0
_RETRY_AFTER = 0.01
_MMAP_BYTES = 1 << 30


class SqliteStore(Closing):
    """Keeps entries in an SQLite database that any number of threads and processes may share.

    Args:
        path: the database file; made, with its folder, where it is missing.

    Raises:
        StoreError: the file cannot be opened, is another program's, or was made by a newer version.
        DamagedStoreError: the file is damaged, or no database at all; any call may find out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        _stores.add(self)
        with self._connected("open"):
            pass

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there."""
        found: dict[str, bytes] = {}
        with self._connected("read") as connection:
            for chunk in batched(names, _CHUNK):
                name_of = {_pack(name): name for name in chunk}
                marks = ",".join("?" * len(name_of))
                rows = connection.execute(
                    f"SELECT name, value FROM entries WHERE name IN ({marks})",  # noqa: S608
                    list(name_of),
                )
                found.update({name_of[packed]: value for packed, value in rows})
        return found

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write all in one transaction."""
        now = time.time()
        expires_at = None if ttl is None else now + ttl
        with self._connected("write") as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                _UPSERT,
                ((_pack(check_name(name)), data, now, expires_at) for name, data in items.items()),
            )
            connection.execute("COMMIT")

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        count = 0
        with self._connected("write") as connection:
            connection.execute("BEGIN IMMEDIATE")
            for chunk in batched(names, _CHUNK):
                marks = ",".join("?" * len(chunk))
                count += connection.execute(
                    f"DELETE FROM entries WHERE name IN ({marks})",  # noqa: S608
                    list(map(_pack, chunk)),
                ).rowcount
            connection.execute("COMMIT")
        return count

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List entries."""
        folder = prefix[: prefix.rfind("/") + 1].encode()
        with self._connected("read") as connection:
            rows = connection.execute(
                "SELECT name, length(value), stored_at FROM entries WHERE name >= ? AND name < ?",
                # Packing leaves folders as they are, and no name holds a character above "z".
                (folder, folder + b"\x7f"),
            ).fetchall()
            stats = [Stat(_unpack(packed), size, at, at) for packed, size, at in rows]
        yield from (stat for stat in stats if stat.name.startswith(prefix))

    def close(self) -> None:
        """Close the database; may be called twice, and a later call opens it anew."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    @contextmanager
    def _connected(self, action: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                connection = self._connection
                try:
                    yield connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
                kind = DamagedStoreError if _is_damage(error) else StoreError
                raise kind(f"cannot {action} {self.path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        make_private_folder(self.path.parent)
        # Made here, so that it is private from its first moment; its WAL takes over the mode. One
        # that exists is left alone: opening and closing it would drop every lock that this process
        # has on it (https://sqlite.org/howtocorrupt.html, section 2.2).
        with suppress(FileExistsError):
            self.path.touch(mode=0o600, exist_ok=False)
        connection = sqlite3.connect(
            self.path, timeout=_LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA page_size = 16384")
            self._make_schema(connection)
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_schema(self, connection: sqlite3.Connection) -> None:
        if _pragma(connection, "application_id") != _APPLICATION_ID:
            connection.execute("BEGIN IMMEDIATE")
            # Another process may have made the schema while this one waited for the lock.
            if _pragma(connection, "application_id") != _APPLICATION_ID:
                if _pragma(connection, "schema_version"):
                    raise StoreError(f"{self.path} is another program's; use another file")
                for statement in _SCHEMA:
                    connection.execute(statement)
            connection.execute("COMMIT")
        if _pragma(connection, "user_version") > _SCHEMA_VERSION:
            raise StoreError(f"{self.path} was made by a newer renai; use another file")


def _pack(name: str) -> bytes:
    """Halve a name's last 64 characters if they are a digest, behind a byte no name has.

    Names stand in the table and in its index; one vector more fits on a page with short ones.
    """
    digest = name[-_DIGITS:]
    try:
        packed = bytes.fromhex(digest)
    except ValueError:
        return name.encode()
    if len(digest) < _DIGITS or packed.hex() != digest:
        return name.encode()
    return name[:-_DIGITS].encode() + b"\0" + packed


def _unpack(packed: bytes) -> str:
    before, mark, digest = packed.partition(b"\0")
    return before.decode() + digest.hex() if mark else packed.decode()


def _is_damage(error: Exception) -> bool:
    """Whether SQLite found the file damaged (https://sqlite.org/rescode.html)."""
    if isinstance(error, UnicodeDecodeError):  # SQLite's words about damage quote it
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is detail
    # The statements here are right, so an error in one of them is an error in the schema.
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait for others that do the same at the same moment."""
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_AFTER)
        else:
            return


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


# A connection must not cross a fork, not even to be closed on the other side: SQLite would believe
# in locks that the child does not have. So all are closed before, and opened anew by who needs one.
_stores: weakref.WeakSet[SqliteStore] = weakref.WeakSet()
_held_for_fork: list[SqliteStore] = []


def _before_fork() -> None:
    for store in list(_stores):
        store._lock.acquire()
        _held_for_fork.append(store)
        store.close()


def _after_fork() -> None:
    while _held_for_fork:
        _held_for_fork.pop()._lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
