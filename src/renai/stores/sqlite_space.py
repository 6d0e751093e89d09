"""What makes room in an SQLite file: expiry, and eviction of what was used least recently.

Every function runs inside a transaction that writes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from renai.stores.allowance import Allowance

_SWEPT_AT_ONCE = 1000


def sweep_expired(connection: sqlite3.Connection) -> None:
    """Drop some of those that the store was told to keep for so long only."""
    connection.execute(
        "DELETE FROM entries WHERE rowid IN "
        "(SELECT rowid FROM entries WHERE expires_at < ? LIMIT ?)",
        (time.time(), _SWEPT_AT_ONCE),
    )


def touch(connection: sqlite3.Connection, used: Mapping[bytes, float]) -> None:
    """Write down when entries were used; of each its packed name."""
    connection.executemany(
        "UPDATE entries SET used_at = ? WHERE name = ?",
        ((used_at, name) for name, used_at in used.items()),
    )


def evict(connection: sqlite3.Connection, allowance: Allowance) -> None:
    """Drop what was used least recently, if all together is more than allowed."""
    total, oldest = connection.execute("SELECT sum(size), min(used_at) FROM entries").fetchone()
    surplus = allowance.measure(total or 0, oldest)
    if surplus <= 0:
        return
    dropped = []
    for row, size in connection.execute("SELECT rowid, size FROM entries ORDER BY used_at"):
        dropped.append((row,))
        surplus -= size
        if surplus <= 0:
            break
    connection.executemany("DELETE FROM entries WHERE rowid = ?", dropped)
