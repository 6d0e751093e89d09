"""Leases in PostgreSQL: one row for each batch, timed by the server's clock.

Every function runs inside a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.stores.base import LONGEST_LEASE, is_gone

if TYPE_CHECKING:
    import psycopg

    from renai.stores.base import Lease

_CLAIMING = 0x72656E42  # the advisory lock for claiming

_HELD = """
SELECT token, names FROM renai_leases WHERE names && %b::text[]
"""
_CLAIM = """
INSERT INTO renai_leases (token, names, expires_at)
VALUES (%b, %b, clock_timestamp() + make_interval(secs => %b))
"""
_RENEW = """
UPDATE renai_leases SET expires_at = clock_timestamp() + make_interval(secs => %b)
WHERE token = %b
"""
_RELEASE = "DELETE FROM renai_leases WHERE token = %b"
_SWEEP = """
DELETE FROM renai_leases
WHERE expires_at <= clock_timestamp()
OR expires_at > clock_timestamp() + make_interval(secs => %b)
"""


def claim(connection: psycopg.Connection[Any], lease: Lease) -> set[str]:
    """Begin a lease; return the names that others hold."""
    held: set[str] = set()
    connection.execute("SELECT pg_advisory_xact_lock(%b::bigint)", [_CLAIMING])
    connection.execute(_SWEEP, [LONGEST_LEASE])
    for token, names in connection.execute(_HELD, [list(lease.names)]).fetchall():
        if is_gone(token):
            release(connection, token)
        else:
            held.update(names)
    ours = [name for name in lease.names if name not in held]
    if ours:
        connection.execute(_CLAIM, [lease.token, ours, lease.lasts])
    return held.intersection(lease.names)


def renew(connection: psycopg.Connection[Any], lease: Lease) -> None:
    """Extend a lease so that it lasts its `seconds` from now on."""
    connection.execute(_RENEW, [lease.lasts, lease.token])


def release(connection: psycopg.Connection[Any], token: str) -> None:
    """End a lease."""
    connection.execute(_RELEASE, [token])
