"""The SQLite files that renai makes: their schema, and how they are opened."""

from __future__ import annotations

import errno
import sqlite3  # noqa: TID253 - belongs to the backend, which is itself imported late
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import StoreError
from renai.stores.durable import make_private_folder

if TYPE_CHECKING:
    from pathlib import Path

INDEXED_NAMES = (b"metadata", b"lineage/")
"""The prefixes of the names that stand in the index `entries_by_name`.

They belong to the entries that are listed by the file they are about; vectors, which are many, are
not among them. This is part of the file's format: other names are listed all the same, only without
the help of that index."""

RECORDS = (*INDEXED_NAMES, b"recipe/", b"usage/", b"changed/")
"""The prefixes of the names of small records, which may be written before the first vectors.

The modules that give such names stand above stores, so their prefixes are repeated in these two
tables, and a test holds them equal."""

INDEXED_BY_NAME = "substr(name, 1, 8) IN (CAST('metadata' AS BLOB), CAST('lineage/' AS BLOB))"
"""The condition of that index. SQLite uses the index only for a statement that contains the very
same condition (https://sqlite.org/partialindex.html).
"""

_APPLICATION_ID = 0x72656E41
_MIGRATIONS = (
    (
        """
        CREATE TABLE entries (
            slot INTEGER NOT NULL,
            name BLOB NOT NULL,
            value BLOB NOT NULL,
            stored_at REAL NOT NULL,
            expires_at REAL
        )
        """,
        "CREATE UNIQUE INDEX entries_by_slot ON entries (slot)",
    ),
    (
        """
        CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL
        """,
        "CREATE TABLE leases (token TEXT PRIMARY KEY, expires_at REAL NOT NULL, names TEXT)",
    ),
    (f"CREATE INDEX entries_by_name ON entries (name) WHERE {INDEXED_BY_NAME}",),
)
"""The statements that each version of the schema adds to the one before; the first version is 1."""


class Schema(NamedTuple):
    """The schema of a file.

    Attributes:
        application_id: the number that marks a database as ours (https://sqlite.org/pragma.html).
        migrations: the statements that each version adds to the one before; the first version is 1.
    """

    application_id: int
    migrations: tuple[tuple[str, ...], ...]


ENTRIES = Schema(_APPLICATION_ID, _MIGRATIONS)

_LOCK_TIMEOUT = 30.0
_RETRY_AFTER = 0.01
_MMAP_BYTES = 1 << 30
# Entries are written in any order, so every batch touches much of the index. The longer changed
# pages stay in the log, which grows to 128 MiB at most, the fewer of them are written twice.
_WAL_PAGES = 8192


def open_file(
    path: Path, schema: Schema = ENTRIES, *, lock_timeout: float | None = None
) -> sqlite3.Connection:
    """Open a database file, and make it if it is missing.

    Args:
        path: the file.
        schema: the schema it must have.
        lock_timeout: the seconds to wait for other writers; None for the default.

    Raises:
        StoreError: the file is another program's, or was made by a newer version.
        OSError, sqlite3.Error: the file cannot be opened, or is not a database.
    """
    make_private_folder(path.parent)
    # Made here, so that it is private from its first moment; its WAL gets the same mode. A file
    # that exists is left alone: opening and closing it would drop every lock that this process
    # has on it (https://sqlite.org/howtocorrupt.html, section 2.2).
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
    timeout = _LOCK_TIMEOUT if lock_timeout is None else lock_timeout
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA page_size = 16384")
        _make_schema(connection, path, schema)
        use_wal(connection, timeout)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def is_damage(error: Exception) -> bool:
    """Return whether SQLite found the file damaged (https://sqlite.org/rescode.html)."""
    if isinstance(error, UnicodeDecodeError):  # SQLite's message quotes damaged bytes
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # higher bits only add detail
    # The statements of this package are right, so an error in one means a damaged schema.
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def may_pass(error: BaseException | None) -> bool:
    """Return whether something fails through no fault of the file's: a full disk, or a lock."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in _MAY_PASS or (isinstance(error, OSError) and error.errno in _FULL)


_MAY_PASS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def is_locked(error: Exception) -> bool:
    """Return whether SQLite waited in vain for a lock that somebody else holds."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def wait_for_locks(connection: sqlite3.Connection, seconds: float | None = None) -> None:
    """Set how long a connection waits for other writers.

    Args:
        connection: the connection.
        seconds: the seconds to wait; by default as long as after opening.
    """
    timeout = _LOCK_TIMEOUT if seconds is None else seconds
    connection.execute(f"PRAGMA busy_timeout = {round(timeout * 1000)}")


def _make_schema(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    newest = len(schema.migrations)
    if _version(connection, schema) < newest:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have made the schema while this one waited for the lock.
        version = _version(connection, schema)
        if version == 0 and _pragma(connection, "schema_version"):
            raise StoreError(f"{path} is another program's; use another file")
        for migration in schema.migrations[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.application_id}")
        connection.execute(f"PRAGMA user_version = {max(version, newest)}")
        connection.execute("COMMIT")
    if _version(connection, schema) > newest:
        raise StoreError(f"{path} was made by a newer renai; use another file")


def _version(connection: sqlite3.Connection, schema: Schema) -> int:
    ours = _pragma(connection, "application_id") == schema.application_id
    return _pragma(connection, "user_version") if ours else 0


def use_wal(connection: sqlite3.Connection, timeout: float = _LOCK_TIMEOUT) -> None:
    """Switch to WAL; SQLite does not wait for others that do the same at the same moment."""
    deadline = time.monotonic() + timeout
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
