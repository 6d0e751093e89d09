"""A store in one SQLite file: the default for many small entries on one machine.

A plain table with a unique index on a number made from the name, in WAL mode, was the fastest of
the layouts that were measured, for reading and for writing; so were look-ups of many names in one
statement. SQLite's locks do not work on network file systems: use `file://` or a server there.

A file needs no circuit breaker: what fails, such as a full disk, fails at once. Only a lock that
somebody else holds makes callers wait, and after one wait in vain the next waits are short.
"""

from __future__ import annotations

import os
import sqlite3  # noqa: TID253 - this file is the backend, and is itself imported late
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import renai.stores.sqlite.leases as sqlite_leases
import renai.stores.sqlite.space as sqlite_space
from renai.batching import batched
from renai.closing import Closing
from renai.errors import DamagedStoreError, StoreError
from renai.stores.allowance import Allowance
from renai.stores.base import Stat, check_names
from renai.stores.sqlite.file import (
    INDEXED_BY_NAME,
    INDEXED_NAMES,
    is_damage,
    is_locked,
    open_file,
    wait_for_locks,
)
from renai.stores.sqlite.idle import IdleCloser
from renai.stores.sqlite.names import beginning, read, spell
from renai.stores.sqlite.pages import choose_page_size, is_undecided, set_page_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from renai.stores.base import Lease

# Names and values are bound by the row, and in the order in which they are asked for: so SQLite has
# nothing to sort, and a batch is a few statements.
_SELECT = """
WITH wanted (wanted_slot) AS (VALUES {rows})
SELECT {columns} FROM wanted CROSS JOIN {source} WHERE slot = wanted_slot
"""
_UPSERT = """
WITH new (new_slot, new_name, new_value) AS (VALUES {rows})
INSERT INTO entries (slot, name, value, stored_at, expires_at)
SELECT new_slot, new_name, new_value, ?, ? FROM new WHERE 1
ON CONFLICT (slot) DO UPDATE
SET name = excluded.name, value = excluded.value,
    stored_at = excluded.stored_at, expires_at = excluded.expires_at
"""
_WRITTEN_AT_ONCE = 64
_EXTENT = "SELECT coalesce(min(rowid), 1) - 1, coalesce(max(rowid), 0) FROM entries"
_LAST_ROWID = (1 << 63) - 1
# A prefix that ends within the packed digest is compared only after reading.
_BEGINNING = "(substr(name, 1, ?) = ? OR instr(substr(name, 1, ?), x'00'))"
_DATES = "SELECT name, stored_at FROM entries WHERE slot IN ({})"
_BACKDATE = "UPDATE entries SET stored_at = ? WHERE slot = ? AND name = ?"
_WITH_USES = "entries JOIN uses ON entry = entries.rowid"
_CHUNK = 1000
_REMEMBERED = 100_000  # the most missing names that are remembered
_SHORT_WAIT = 0.1  # seconds: long enough for a usual write of another process
_SHORT_WAITS_FOR = 30.0


class SqliteStore(Closing):
    """Keeps entries in an SQLite database that any number of threads and processes may share.

    Args:
        path: the database file; made, with its folder, if it is missing.
        max_bytes: the bytes that all values may take together; beyond it those used least recently
            are dropped. The file itself takes a little more, and does not shrink.

    Raises:
        StoreError: the file cannot be opened, is another program's, or was made by a newer version.
        DamagedStoreError: the file is damaged, or not a database; any call may find that out.
    """

    def __init__(self, path: Path, *, max_bytes: int | None = None) -> None:
        self.path = path.absolute()
        self._allowance = None if max_bytes is None else Allowance[int](max_bytes)
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._missed: set[str] = set()
        self._version = 0
        self._short_waits_until = 0.0
        self._patience: float | None = None
        self._idle_closer = IdleCloser(self._lock)
        _stores.add(self)
        with self._connected("open"):
            pass

    def wait_at_most(self, seconds: float) -> None:
        """Set how long a call waits for a lock that another program holds, before it fails."""
        self._patience = seconds
        with self._connected("open") as connection:
            wait_for_locks(connection, seconds)

    def answers_at_once(self) -> bool:
        """Return whether the file is open, and no other thread reads or writes it now."""
        if self._connection is None or self._short_waits_until:
            return False
        if self._lock.acquire(blocking=False):
            self._lock.release()
            return True
        return False

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        found: dict[str, bytes] = {}
        columns, source = (
            ("name, value", "entries")
            if self._allowance is None
            else ("name, value, entry, used_at", _WITH_USES)
        )
        with self._connected("read") as connection:
            wanted = self._not_just_missed(names, connection)
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                slots, packed = spell(chunk)
                statement = _SELECT.format(
                    rows=_marks("(?)", len(slots)), columns=columns, source=source
                )
                rows = connection.execute(statement, slots)
                values = dict(rows) if self._allowance is None else _note(self._allowance, rows)
                pairs = zip(chunk, map(values.get, packed), strict=True)
                found |= {name: value for name, value in pairs if value is not None}
            if len(found) < len(wanted):
                self._missed.update(name for name in wanted if name not in found)
        return found

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries and release the lease, in one transaction."""
        now = time.time()
        expires_at = None if ttl is None else now + ttl
        check_names(items)
        slots, packed = spell(list(items))
        rows = zip(slots, packed, items.values(), strict=True)
        if self._idle_closer.is_needed:
            self._set_page_size(choose_page_size(packed, items.values(), expires=ttl is not None))
        with self._writing("write") as connection:
            self._missed.difference_update(items)
            for some in batched(rows, _WRITTEN_AT_ONCE):
                statement = _UPSERT.format(rows=_marks("(?,?,?)", len(some)))
                connection.execute(statement, [*chain.from_iterable(some), now, expires_at])
            if release is not None:
                sqlite_leases.release(connection, release)
            sqlite_space.sweep_expired(connection)
            if self._allowance is not None:
                self._write_notes(connection, self._allowance)
                if self._allowance.spend(sum(map(len, items.values()))):
                    sqlite_space.evict(connection, self._allowance)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        with self._writing("write") as connection:
            return connection.executemany(
                "DELETE FROM entries WHERE slot = ? AND name = ?",
                zip(*spell(names), strict=True),
            ).rowcount

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`."""
        columns, source = (
            ("name, length(value), stored_at, stored_at", "entries")
            if self._allowance is None
            else ("name, size, stored_at, used_at", _WITH_USES)
        )
        for names, rows in self._pages(columns, source, prefix):
            for name, (_, _, *known) in zip(names, rows, strict=True):
                if name.startswith(prefix) and name.isascii():
                    yield Stat(name, *known)

    def stream(
        self, prefix: str = "", within: tuple[int, int] | None = None
    ) -> Iterator[dict[str, bytes]]:
        """Yield all entries whose name begins with `prefix`, reading the file from end to end.

        Args:
            prefix: the beginning of the names.
            within: one of the `shares` of the file; by default the whole of it.
        """
        for names, rows in self._pages("name, value", "entries", prefix, within):
            pairs = zip(names, rows, strict=True)
            yield {
                name: value
                for name, (_, _, value) in pairs
                if name.startswith(prefix) and name.isascii()
            }

    def shares(self, count: int) -> list[tuple[int, int]]:
        """Return so many parts of the file at most, all about as large, for `stream`."""
        with self._connected("read") as connection:
            first, last = connection.execute(_EXTENT).fetchone()
        step = -(-(last - first) // count) or 1
        return [(start, start + step) for start in range(first, last, step)]

    def _pages(
        self, columns: str, source: str, prefix: str, within: tuple[int, int] | None = None
    ) -> Iterator[tuple[list[str], list[Any]]]:
        """Yield rows by the thousand: rowid, packed name, further columns; with the names read.

        If the prefix ends within a digest, there are names among them that begin otherwise.
        """
        start = beginning(prefix)
        by_name = within is None and start.startswith(INDEXED_NAMES)
        part, order = (INDEXED_BY_NAME, "name") if by_name else ("1", "entries.rowid")
        # No name contains a character above "z".
        bounds: list[bytes | int] = [start, start + b"\x7f"]
        if start != prefix.encode():
            part = f"{_BEGINNING} AND {part}"
            bounds += [len(prefix), prefix.encode(), len(prefix)]
        statement = (
            f"SELECT entries.rowid, {columns} FROM {source} "  # noqa: S608 - constants only
            f"WHERE name >= ? AND name < ? AND {part} AND {order} > ? AND entries.rowid <= ? "
            f"ORDER BY {order} LIMIT ?"
        )
        first, last = within or (0, _LAST_ROWID)
        after: int | bytes = b"" if by_name else first
        while True:
            with self._connected("read") as connection:
                rows = connection.execute(statement, (*bounds, after, last, _CHUNK)).fetchall()
                names = [read(row[1]) for row in rows]
            yield names, rows
            if len(rows) < _CHUNK:
                return
            after = rows[-1][1] if by_name else rows[-1][0]

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        found: dict[str, float] = {}
        with self._connected("read") as connection:
            for chunk in batched(names, _CHUNK):
                slots, packed = spell(chunk)
                marks = ",".join("?" * len(slots))
                dates = dict(connection.execute(_DATES.format(marks), slots))
                pairs = zip(chunk, packed, strict=True)
                found |= {name: dates[spelled] for name, spelled in pairs if spelled in dates}
        return found

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written."""
        rows = zip(dates.values(), *spell(list(dates)), strict=True)
        with self._writing("write") as connection:
            connection.executemany(_BACKDATE, rows)

    def scrub(self) -> str:
        """Write the file anew, and empty its write-ahead log."""
        with self._connected("clean") as connection:
            if not sqlite_space.rewrite(connection):
                raise StoreError(
                    f"{self.path} is in use, so its log cannot be emptied; "
                    "end what uses it, and try again"
                )
        return ""

    def shrink(self, freed: int) -> None:
        """Write the file anew, if a good part of it is free; it needs about as much space again."""
        with self._connected("shrink") as connection:
            if not sqlite_space.is_spacious(connection, freed):
                return
            if not sqlite_space.rewrite(connection):
                raise StoreError(
                    f"{self.path} is in use, so it keeps its size until nobody has it open"
                )

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold."""
        with self._connected("claim a lease in") as connection:
            held = sqlite_leases.held_elsewhere(connection, lease)
            if len(held) == len(lease.names):  # frequent while waiting, so avoid writing
                return held
            with self._transaction(connection):
                return sqlite_leases.claim(connection, lease)

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        with self._writing("renew a lease in") as connection:
            sqlite_leases.renew(connection, lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        with self._writing("release a lease in") as connection:
            sqlite_leases.release(connection, lease)

    def close(self) -> None:
        """Close the database; may be called twice, and a later call opens it anew."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    if self._allowance is not None:
                        self._connection.execute("BEGIN IMMEDIATE")
                        self._write_notes(self._connection, self._allowance)
                        self._connection.execute("COMMIT")
                    self._connection.close()
            self._connection = None
            self._idle_closer.cancel()

    def _set_page_size(self, page_size: int | None) -> None:
        """Set the page size of a file that has no vectors yet."""
        with self._connected("write") as connection:
            if page_size is not None and is_undecided(connection):
                set_page_size(connection, page_size)

    def _not_just_missed(
        self, names: Sequence[str], connection: sqlite3.Connection
    ) -> Sequence[str]:
        """Return those names that may exist by now, each once.

        A caller that wants to compute looks up, claims what is missing, and looks up once more,
        since somebody may have stored it meanwhile. SQLite tells whether any other connection has
        written at all (https://sqlite.org/pragma.html#pragma_data_version); if none has, names that
        this connection missed are still missing.
        """
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._missed) > _REMEMBERED:
            self._version = version
            self._missed.clear()
        if self._missed.issuperset(names):
            return ()
        once = list(dict.fromkeys(names))
        return [name for name in once if name not in self._missed] if self._missed else once

    def _write_notes(self, connection: sqlite3.Connection, allowance: Allowance[int]) -> None:
        sqlite_space.touch(connection, allowance.take_notes())

    @contextmanager
    def _writing(self, action: str) -> Iterator[sqlite3.Connection]:
        with self._connected(action) as connection, self._transaction(connection):
            yield connection

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Commit what the block writes; `_connected` takes it back if the block raises."""
        connection.execute("BEGIN IMMEDIATE")
        if self._short_waits_until:  # the lock was free again
            self._wait_long(connection)
        yield
        connection.execute("COMMIT")

    @contextmanager
    def _connected(self, action: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is not None and _identity(self.path) != self._file:
                    self.close()  # the file was replaced; what is written to the old one is lost
                connection = self._connection or self._open()
                if self._short_waits_until and time.monotonic() >= self._short_waits_until:
                    self._wait_long(connection)
                try:
                    yield connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                if self._idle_closer.is_needed:
                    self._idle_closer.used(connection, self.close)
            except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
                if is_locked(error):
                    self._wait_short()
                said = f"cannot {action} {self.path}: {error}"
                if is_damage(error):
                    raise DamagedStoreError(f"{said}; move it away to begin anew") from error
                raise StoreError(said) from error

    def _open(self) -> sqlite3.Connection:
        connection = open_file(
            self.path, lock_timeout=_SHORT_WAIT if self._short_waits_until else self._patience
        )
        self._connection = connection
        self._file = _identity(self.path)
        self._missed.clear()
        self._version = 0
        if self._allowance is not None:
            sqlite_space.begin_limit(connection)
        return connection

    def _wait_short(self) -> None:
        """Let batches fail soon for a while, after one has waited for a lock in vain."""
        self._short_waits_until = time.monotonic() + _SHORT_WAITS_FOR
        if self._connection is not None:
            wait_for_locks(self._connection, _SHORT_WAIT)

    def _wait_long(self, connection: sqlite3.Connection) -> None:
        self._short_waits_until = 0.0
        wait_for_locks(connection, self._patience)


@lru_cache
def _marks(row: str, count: int) -> str:
    """Return the parameters of so many rows."""
    return ",".join([row] * count)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode, which tell whether this is still the file that was opened."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - before every batch, no Path needed
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _note(
    allowance: Allowance[int], rows: Iterable[tuple[bytes, bytes, int, float]]
) -> dict[bytes, bytes]:
    """Note which entries are read; return their values by their packed names."""
    read = list(rows)
    allowance.note((entry, used_at) for _, _, entry, used_at in read)
    return {packed: value for packed, value, _, _ in read}


# A connection must not survive a fork, not even to be closed in the child: SQLite would believe
# that the child has the parent's locks. So all are closed before, and opened anew when needed.
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
