"""A store in PostgreSQL, which many machines may share.

It has two tables, with `renai_` before their names: the entries and the leases. Everything is sent
in whole batches: arrays as parameters, bytes as they are. The clock is the server's.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg  # noqa: TID253 - this file is the backend, and is itself imported late
from psycopg import conninfo, pq  # noqa: TID253

import renai.stores.postgres.leases as postgres_leases
import renai.stores.postgres.space as postgres_space
from renai.batching import batched
from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.abilities import warn_of_large
from renai.stores.allowance import Allowance
from renai.stores.base import Stat, check_name, is_name, without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias, TypeVar

    from renai.stores.base import Lease

    R = TypeVar("R")
    Connection: TypeAlias = psycopg.Connection[Any]

_CHUNK = 5000
_MAKING = 0x72656E41  # the advisory lock for making the tables
_SWEPT_EVERY = 60.0
_LARGEST = 1 << 30  # the bytes that PostgreSQL can keep in one place

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS renai_entries (
        name text COLLATE "C" PRIMARY KEY,
        value bytea NOT NULL,
        size integer GENERATED ALWAYS AS (octet_length(value)) STORED,
        stored_at timestamptz NOT NULL,
        used_at timestamptz NOT NULL,
        expires_at timestamptz
    )
    """,
    # Vectors hardly compress, so that trying costs more than it saves.
    "ALTER TABLE renai_entries ALTER COLUMN value SET STORAGE EXTERNAL",
    """
    CREATE INDEX IF NOT EXISTS renai_entries_by_expiry ON renai_entries (expires_at)
    WHERE expires_at IS NOT NULL
    """,
    # After a crash of the server this table is empty, and the leases in it are gone, too.
    """
    CREATE UNLOGGED TABLE IF NOT EXISTS renai_leases (
        token text PRIMARY KEY,
        expires_at timestamptz NOT NULL,
        names text[] NOT NULL
    )
    """,
)
# What is too large stays on the server, which knows its length without reading it.
_GET = """
SELECT name, CASE WHEN octet_length(value) <= %b THEN value END
FROM renai_entries WHERE name = ANY(%b)
"""
_GET_AND_NOTE = """
SELECT name, CASE WHEN octet_length(value) <= %b THEN value END,
    extract(epoch FROM used_at)::float8
FROM renai_entries WHERE name = ANY(%b)
"""
# Written in the order of names, so that two writers never wait for each other.
_PUT = """
INSERT INTO renai_entries (name, value, stored_at, used_at, expires_at)
SELECT name, value, now(), now(), now() + make_interval(secs => %b)
FROM unnest(%b::text[], %b::bytea[]) AS new (name, value)
ON CONFLICT (name) DO UPDATE
SET value = excluded.value, stored_at = now(), used_at = now(), expires_at = excluded.expires_at
"""
_ADD = """
INSERT INTO renai_entries (name, value, stored_at, used_at)
SELECT name, value, now(), now() FROM unnest(%b::text[], %b::bytea[]) AS new (name, value)
ON CONFLICT (name) DO NOTHING
"""
_DELETE = """
DELETE FROM renai_entries WHERE name IN (
    SELECT name FROM renai_entries WHERE name = ANY(%b) ORDER BY name FOR UPDATE
)
"""
_HOLD = "SELECT 1 FROM renai_entries WHERE name = %b FOR UPDATE"
_MOVE = "UPDATE renai_entries SET name = %b, expires_at = NULL WHERE name = %b"
_SCAN = """
SELECT name, size, extract(epoch FROM stored_at)::float8, extract(epoch FROM used_at)::float8
FROM renai_entries WHERE starts_with(name, %b) AND name >= %b AND name < %b
ORDER BY name LIMIT %b
"""
_DATES = """
SELECT name, extract(epoch FROM stored_at)::float8 FROM renai_entries WHERE name = ANY(%b)
"""
_BACKDATE = """
UPDATE renai_entries SET stored_at = to_timestamp(new.date)
FROM unnest(%b::text[], %b::float8[]) AS new (name, date)
WHERE renai_entries.name = new.name
"""
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "tcp_user_timeout": "10000",  # ms until a peer that does not answer counts as gone
    "application_name": "renai",
}
# What is lost of the last moments before a crash is computed again. Settings end with their
# transaction, since behind a pooler the next one on that connection may be somebody else's.
_BEGIN = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = '60s'"


class PostgresStore(Closing):
    """Keeps entries in tables of its own in a PostgreSQL database, and makes these tables.

    Args:
        url: `postgresql://user:password@host:port/database`, with the parameters that libpq knows.
        max_bytes: the bytes that all values may take together; beyond it those used least recently
            are dropped.

    Raises:
        StoreError: the server cannot be reached, or refuses.
    """

    def __init__(self, url: str, *, max_bytes: int | None = None) -> None:
        self._url = url
        self._allowance = None if max_bytes is None else Allowance(max_bytes)
        self._sweep_at = 0.0
        self._place = without_password(url)
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        _stores.add(self)
        self._run("open", _make_schema)
        if max_bytes is not None:
            self._run("open", postgres_space.index_by_use)

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        return self.get_up_to(names, _LARGEST)

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this."""
        allowance = self._allowance

        def act(connection: Connection) -> dict[str, bytes | None]:
            found: dict[str, bytes | None] = {}
            cursor = connection.cursor(binary=True)
            for chunk in batched(names, _CHUNK):
                if allowance is None:
                    found.update(cursor.execute(_GET, [most_bytes, chunk]))
                else:
                    rows = cursor.execute(_GET_AND_NOTE, [most_bytes, chunk]).fetchall()
                    allowance.note((name, used_at) for name, _, used_at in rows)
                    found.update((name, value) for name, value, _ in rows)
            return found

        found = self._run("read", act) if names else {}
        large = [name for name, value in found.items() if value is None]
        warn_of_large(self._place, large, most_bytes)
        return {name: value for name, value in found.items() if value is not None}

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries and release the lease, in one transaction."""
        names = sorted(map(check_name, items))

        def act(connection: Connection) -> None:
            for chunk in batched(names, _CHUNK):
                connection.execute(_PUT, [ttl, chunk, [items[name] for name in chunk]])
            if release is not None:
                postgres_leases.release(connection, release.token)

        self._run("write", act)
        self._make_room(sum(map(len, items.values())))

    def add_many(self, items: Mapping[str, bytes]) -> None:
        """Write those of the entries that do not exist, in one transaction."""
        names = sorted(map(check_name, items))

        def act(connection: Connection) -> None:
            for chunk in batched(names, _CHUNK):
                connection.execute(_ADD, [chunk, [items[name] for name in chunk]])

        self._run("write", act)
        self._make_room(sum(map(len, items.values())))

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        return self._run(
            "write", lambda connection: connection.execute(_DELETE, [list(names)]).rowcount
        )

    def move(self, name: str, new_name: str) -> bool:
        """Give an entry another name, in the place of what has that; return whether it existed."""
        check_name(new_name)

        def act(connection: Connection) -> bool:
            if connection.execute(_HOLD, [name]).fetchone() is None:
                return False
            connection.execute(_DELETE, [[new_name]])
            connection.execute(_MOVE, [new_name, name])
            return True

        return self._run("write", act)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`, in the order of names.

        Entries that are written or deleted meanwhile may or may not be among them.
        """
        start, end = prefix, prefix + "\x7f"  # no name contains a character above "z"
        while rows := self._listed([prefix, start, end, _CHUNK]):
            yield from (Stat(*row) for row in rows if is_name(row[0]))
            start = rows[-1][0] + "\x01"  # nor one so low

    def _listed(self, parameters: list[str | int]) -> list[tuple[str, int, float, float]]:
        return self._run(
            "list", lambda connection: connection.execute(_SCAN, parameters).fetchall()
        )

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        return self._run(
            "read",
            lambda connection: dict(connection.execute(_DATES, [list(names)]).fetchall()),
        )

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written."""
        columns = [list(dates), list(dates.values())]
        self._run("write", lambda connection: connection.execute(_BACKDATE, columns))

    def scrub(self) -> str:
        """Write the table anew: rows that were deleted or replaced stay in the old file."""
        self._connected("clean", postgres_space.rewrite)
        return (
            f"The write-ahead log of {self._place}, its archives, replicas and backups keep what "
            "was written until the server recycles them."
        )

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold."""
        return self._run(
            "claim a lease in", lambda connection: postgres_leases.claim(connection, lease)
        )

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        self._run("renew a lease in", lambda connection: postgres_leases.renew(connection, lease))

    def release(self, lease: Lease) -> None:
        """End a lease."""
        self._run(
            "release a lease in",
            lambda connection: postgres_leases.release(connection, lease.token),
        )

    def close(self) -> None:
        """Close the connections; may be called twice, and a later call opens new ones."""
        if self._allowance is not None:
            with suppress(StoreError):
                self._write_notes(self._allowance)
        self._drop_idle()

    def _make_room(self, written: int) -> None:
        """Delete entries that have expired, now and then, and those beyond `max_bytes`."""
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + _SWEPT_EVERY
            self._run("write", postgres_space.sweep_expired)
        if self._allowance is not None:
            allowance = self._allowance
            self._write_notes(allowance)
            if allowance.spend(written):
                self._run("write", lambda connection: postgres_space.evict(connection, allowance))

    def _write_notes(self, allowance: Allowance[str]) -> None:
        if notes := allowance.take_notes():
            self._run("write", lambda connection: postgres_space.touch(connection, notes))

    def _run(self, action: str, act: Callable[[Connection], R]) -> R:
        """Act in one transaction."""

        def transact(connection: Connection) -> R:
            connection.execute(_BEGIN)
            result = act(connection)
            connection.execute("COMMIT")
            return result

        return self._connected(action, transact)

    def _connected(self, action: str, act: Callable[[Connection], R]) -> R:
        """Act on an idle connection; if that one was broken, act once more on a new one."""
        with self._failing(action):
            connection = self._take()
            if connection is not None:
                try:
                    return self._act(connection, act)
                except psycopg.OperationalError:
                    if not connection.closed:
                        raise
                    self._drop_idle()  # the other idle ones are broken, too
            return self._act(self._connect(), act)

    def _act(self, connection: Connection, act: Callable[[Connection], R]) -> R:
        try:
            return act(connection)
        finally:
            with suppress(psycopg.Error):
                connection.rollback()  # does nothing outside of a transaction
            if connection.info.transaction_status == pq.TransactionStatus.IDLE:
                with self._lock:
                    self._idle.append(connection)
            else:
                connection.close()

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Connection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _connect(self) -> Connection:
        missing = _DEFAULTS.keys() - conninfo.conninfo_to_dict(self._url).keys()
        settings = {name: _DEFAULTS[name] for name in missing}
        # Without it a database with the encoding SQL_ASCII answers with bytes in place of texts.
        place = conninfo.make_conninfo(self._url, **settings, client_encoding="utf8")
        return psycopg.connect(place, autocommit=True, prepare_threshold=None)

    @contextmanager
    def _failing(self, action: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise StoreError(f"cannot {action} {self._place}: {said}") from error


def _make_schema(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%b::bigint)", [_MAKING])
    if connection.execute("SELECT to_regclass('renai_leases')").fetchone() != (None,):
        return
    # Without its tables a store could keep nothing more, should the server crash a moment later.
    connection.execute("SET LOCAL synchronous_commit = on")
    for statement in _SCHEMA:
        connection.execute(statement)


# A child after a fork must leave its parent's connections alone; psycopg does not close them there.
_stores: weakref.WeakSet[PostgresStore] = weakref.WeakSet()


def _forget_parents_connections() -> None:
    for store in list(_stores):
        store._lock = threading.Lock()
        store._idle = []


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_connections)
