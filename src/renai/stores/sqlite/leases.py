"""Leases in an SQLite file: one row for each batch, timed by the clock of this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from renai.stores.base import LONGEST_LEASE, is_gone

if TYPE_CHECKING:
    import sqlite3

    from renai.stores.base import Lease

_BETWEEN = "\n"  # no name contains it


def held_elsewhere(connection: sqlite3.Connection, lease: Lease) -> set[str]:
    """Return those of a lease's names that others hold."""
    held: set[str] = set()
    now = time.time()
    for token, names in connection.execute(
        "SELECT token, names FROM leases WHERE expires_at > ? AND expires_at <= ?",
        (now, now + LONGEST_LEASE),
    ):
        if not is_gone(token):
            held.update(names.split(_BETWEEN))
    return held.intersection(lease.names)


def claim(connection: sqlite3.Connection, lease: Lease) -> set[str]:
    """Begin a lease, inside a transaction that writes; return the names that others hold."""
    held = held_elsewhere(connection, lease)
    now = time.time()
    connection.execute(
        "DELETE FROM leases WHERE NOT (expires_at > ? AND expires_at <= ?)",
        (now, now + LONGEST_LEASE),
    )
    free = [name for name in lease.names if name not in held] if held else lease.names
    connection.execute(
        "INSERT INTO leases (token, expires_at, names) VALUES (?, ?, ?)",
        (lease.token, now + lease.lasts, _BETWEEN.join(free)),
    )
    return held


def renew(connection: sqlite3.Connection, lease: Lease) -> None:
    """Extend a lease so that it lasts its `seconds` from now on."""
    connection.execute(
        "UPDATE leases SET expires_at = ? WHERE token = ?",
        (time.time() + lease.lasts, lease.token),
    )


def release(connection: sqlite3.Connection, lease: Lease) -> None:
    """End a lease."""
    connection.execute("DELETE FROM leases WHERE token = ?", (lease.token,))
