"""Freeing space in PostgreSQL: by expiry, and by dropping the least recently used entries.

Rows are locked in the order of their names, as when entries are written, and rows that are already
locked are skipped, so that freeing space keeps nobody waiting. Every function but `rewrite` runs
inside a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from renai.stores.allowance import Allowance

_EVICTING = 0x72656E43  # the advisory lock for evicting

_INDEX_BY_USE = """
CREATE INDEX IF NOT EXISTS renai_entries_by_use ON renai_entries (used_at, name, size)
"""
_SWEEP = """
DELETE FROM renai_entries WHERE name IN (
    SELECT name FROM renai_entries WHERE expires_at < now()
    ORDER BY name LIMIT 10000 FOR UPDATE SKIP LOCKED
)
"""
_TOUCH = """
UPDATE renai_entries AS entry SET used_at = to_timestamp(noted.used_at)
FROM unnest(%b::text[], %b::float8[]) AS noted (name, used_at)
WHERE entry.name = noted.name AND entry.name IN (
    SELECT name FROM renai_entries WHERE name = ANY(%b) ORDER BY name FOR UPDATE SKIP LOCKED
)
"""
_MEASURE = "SELECT sum(size)::bigint, extract(epoch FROM min(used_at))::float8 FROM renai_entries"
_EVICT = """
DELETE FROM renai_entries WHERE name IN (
    SELECT name FROM renai_entries WHERE name IN (
        SELECT name FROM (
            SELECT name, sum(size) OVER (ORDER BY used_at, name) - size AS before
            FROM renai_entries
        ) AS by_use
        WHERE before < %b
    )
    ORDER BY name FOR UPDATE SKIP LOCKED
)
"""


def index_by_use(connection: psycopg.Connection[Any]) -> None:
    """Make the index of entries by time of use, which only eviction needs."""
    connection.execute("SELECT pg_advisory_xact_lock(%b::bigint)", [_EVICTING])
    connection.execute(_INDEX_BY_USE)


def sweep_expired(connection: psycopg.Connection[Any]) -> None:
    """Delete some of the entries that have expired."""
    connection.execute(_SWEEP)


def touch(connection: psycopg.Connection[Any], used: Mapping[str, float]) -> None:
    """Write down when entries were used."""
    names = list(used)
    connection.execute(_TOUCH, [names, list(used.values()), names])


def evict(connection: psycopg.Connection[Any], allowance: Allowance[str]) -> None:
    """Delete the least recently used entries, if all together take more than allowed."""
    connection.execute("SELECT pg_advisory_xact_lock(%b::bigint)", [_EVICTING])
    total, oldest = connection.execute(_MEASURE).fetchone() or (0, None)
    surplus = allowance.measure(total or 0, oldest)
    if surplus > 0:
        connection.execute(_EVICT, [surplus])


def rewrite(connection: psycopg.Connection[Any]) -> None:
    """Write the table into a new file, and have the old one removed.

    A plain VACUUM frees the space without overwriting it. Everybody else waits meanwhile.
    """
    connection.execute("VACUUM (FULL) renai_entries")
