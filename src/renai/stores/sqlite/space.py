"""Freeing space in an SQLite file: by expiry, and by dropping the least recently used entries.

The times of use are in a table of their own, which only files with a limit have. It is small, so
that adding it up and writing to it is quick, and entries take no more room for it. Triggers keep it
up to date, whichever process writes.

Every function but `begin_limit`, `is_spacious` and `rewrite` runs inside a transaction that writes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from renai.stores.allowance import Allowance

_SWEPT_AT_ONCE = 1000
_EVICTED_AT_ONCE = 50_000  # more would make all other processes wait for long
_WORTH_WRITING = 0.05  # the share of a file that is given back to the disk
_LIMIT = (
    """
    CREATE TABLE uses (
        entry INTEGER PRIMARY KEY,
        used_at REAL NOT NULL,
        size INTEGER NOT NULL
    )
    """,
    "CREATE INDEX uses_by_time ON uses (used_at, size)",
    "INSERT INTO uses SELECT rowid, stored_at, length(value) FROM entries",
    """
    CREATE TRIGGER entry_inserted AFTER INSERT ON entries BEGIN
        INSERT INTO uses VALUES (new.rowid, new.stored_at, length(new.value));
    END
    """,
    """
    CREATE TRIGGER entry_updated AFTER UPDATE ON entries BEGIN
        UPDATE uses SET used_at = new.stored_at, size = length(new.value) WHERE entry = new.rowid;
    END
    """,
    """
    CREATE TRIGGER entry_deleted AFTER DELETE ON entries BEGIN
        DELETE FROM uses WHERE entry = old.rowid;
    END
    """,
)


def begin_limit(connection: sqlite3.Connection) -> None:
    """Make the file keep track of uses from now on."""
    if not _is_limited(connection):
        connection.execute("BEGIN IMMEDIATE")
        if not _is_limited(connection):  # another process may have been first
            for statement in _LIMIT:
                connection.execute(statement)
        connection.execute("COMMIT")


def sweep_expired(connection: sqlite3.Connection) -> None:
    """Delete some of the entries that have expired."""
    connection.execute(
        "DELETE FROM entries WHERE rowid IN "
        "(SELECT rowid FROM entries WHERE expires_at < ? LIMIT ?)",
        (time.time(), _SWEPT_AT_ONCE),
    )


def touch(connection: sqlite3.Connection, used: Mapping[int, float]) -> None:
    """Write down when entries were used, by their rowid."""
    connection.executemany(
        "UPDATE uses SET used_at = ? WHERE entry = ?",
        ((used_at, entry) for entry, used_at in used.items()),
    )


def evict(connection: sqlite3.Connection, allowance: Allowance[int]) -> None:
    """Delete the least recently used entries, if all together take more than allowed."""
    total, oldest = connection.execute("SELECT sum(size), min(used_at) FROM uses").fetchone()
    surplus = allowance.measure(total or 0, oldest)
    if surplus <= 0:
        return
    dropped = []
    for entry, size in connection.execute("SELECT entry, size FROM uses ORDER BY used_at"):
        dropped.append((entry,))
        surplus -= size
        if surplus <= 0 or len(dropped) == _EVICTED_AT_ONCE:
            break
    connection.executemany("DELETE FROM entries WHERE rowid = ?", dropped)
    if surplus > 0:
        allowance.spend(surplus)  # so that the next write measures again and drops the rest


def is_spacious(connection: sqlite3.Connection, freed: int) -> bool:
    """Return whether a file would become much smaller by being written anew.

    Args:
        connection: to the file.
        freed: the bytes of what was just deleted: pages that are not quite empty do not count as
            free.
    """
    sizes = ("page_size", "page_count", "freelist_count")
    page, count, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in sizes)
    return bool(max(freed, free * page) >= page * count * _WORTH_WRITING)


def rewrite(connection: sqlite3.Connection) -> bool:
    """Write the file anew without the bytes of deleted entries; outside of any transaction.

    Returns:
        Whether the log could be emptied as well; it cannot while others read an older state.
    """
    limited = _is_limited(connection)
    if limited:  # rowids may change (https://sqlite.org/lang_vacuum.html)
        connection.execute("DROP TABLE IF EXISTS temp.used")
        connection.execute(
            "CREATE TEMP TABLE used AS "
            "SELECT slot, used_at FROM entries JOIN uses ON entry = entries.rowid"
        )
    connection.execute("VACUUM")
    if limited:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM uses")
        connection.execute(
            "INSERT INTO uses SELECT entries.rowid, coalesce(used_at, stored_at), length(value) "
            "FROM entries LEFT JOIN temp.used USING (slot)"
        )
        connection.execute("COMMIT")
        connection.execute("DROP TABLE temp.used")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _is_limited(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'uses'").fetchone()
    return found is not None
