"""A store in one SQLite file: the default for many small entries on one machine.

A plain table with a unique index on a number made from the name, in WAL mode, was the fastest of
the layouts that were measured, for reading and for writing; so were look-ups of many names in one
statement. SQLite's locks do not work on network file systems: use `file://` or a server there.
"""

from __future__ import annotations

import time
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import renai.stores.sqlite.leases as sqlite_leases
import renai.stores.sqlite.space as sqlite_space
from renai.batching import batched
from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.allowance import Allowance
from renai.stores.base import Stat, check_names
from renai.stores.sqlite.connection import SharedConnection
from renai.stores.sqlite.file import INDEXED_BY_NAME, INDEXED_NAMES
from renai.stores.sqlite.missed import JustMissed
from renai.stores.sqlite.names import beginning, pack_names, unpack_name
from renai.stores.sqlite.pages import choose_page_size, is_undecided, set_page_size

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
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
_WRITTEN_AT_ONCE = 128
_EXTENT = "SELECT coalesce(min(rowid), 1) - 1, coalesce(max(rowid), 0) FROM entries"
_LAST_ROWID = (1 << 63) - 1
# A prefix that ends within the packed digest is compared only after reading.
_BEGINNING = "(substr(name, 1, ?) = ? OR instr(substr(name, 1, ?), x'00'))"
_DATES = "SELECT name, stored_at FROM entries WHERE slot IN ({})"
_BACKDATE = "UPDATE entries SET stored_at = ? WHERE slot = ? AND name = ?"
_WITH_USES = "entries JOIN uses ON entry = entries.rowid"
_CHUNK = 1000


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
        self._file = SharedConnection(self.path, self._allowance)
        self._just_missed = JustMissed()
        with self._file.using("open"):
            pass

    def wait_at_most(self, seconds: float) -> None:
        """Set how long a call waits for a lock that another program holds, before it fails."""
        self._file.wait_at_most(seconds)

    def answers_at_once(self) -> bool:
        """Return whether the file is open, and no other thread reads or writes it now."""
        return self._file.is_free()

    def state(self) -> Hashable:
        """Return what is another value as soon as any entry was written or deleted.

        It is None where the file is limited, since then it has to be noted what is read.
        """
        if self._allowance is not None:
            return None
        with self._file.using("read") as connection:
            # Others' changes, as SQLite says at https://sqlite.org/pragma.html#pragma_data_version,
            # and those of this connection.
            (others,) = connection.execute("PRAGMA data_version").fetchone()
            return self._file.times_opened, others, connection.total_changes

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        found: dict[str, bytes] = {}
        columns, source = (
            ("name, value", "entries")
            if self._allowance is None
            else ("name, value, entry, used_at", _WITH_USES)
        )
        with self._file.using("read") as connection:
            wanted = self._just_missed.not_among(names, connection)
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                slots, packed = pack_names(chunk)
                rows = connection.execute(_select(len(slots), columns, source), slots)
                values = dict(rows) if self._allowance is None else _note(self._allowance, rows)
                pairs = zip(chunk, map(values.get, packed), strict=True)
                found |= {name: value for name, value in pairs if value is not None}
            if len(found) < len(wanted):
                self._just_missed.add(set(wanted).difference(found))
        return found

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries and release the lease, in one transaction."""
        now = time.time()
        expires_at = None if ttl is None else now + ttl
        check_names(items)
        slots, packed = pack_names(list(items))
        # For each `bytes`, unlike for a `bytearray`, sqlite3 searches for an adapter, and in vain.
        rows = zip(slots, map(bytearray, packed), map(bytearray, items.values()), strict=True)
        if self._file.may_be_without_vectors:
            self._set_page_size(choose_page_size(packed, items.values(), expires=ttl is not None))
        with self._file.writing("write") as connection:
            self._just_missed.remove(items)
            for some in batched(rows, _WRITTEN_AT_ONCE):
                statement = _UPSERT.format(rows=_marks("(?,?,?)", len(some)))
                connection.execute(statement, [*chain.from_iterable(some), now, expires_at])
            if release is not None:
                sqlite_leases.release(connection, release)
            sqlite_space.sweep_expired(connection)
            if self._allowance is not None:
                sqlite_space.touch(connection, self._allowance.take_notes())
                if self._allowance.spend(sum(map(len, items.values()))):
                    sqlite_space.evict(connection, self._allowance)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        with self._file.writing("write") as connection:
            return connection.executemany(
                "DELETE FROM entries WHERE slot = ? AND name = ?",
                zip(*pack_names(names), strict=True),
            ).rowcount

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`."""
        columns, source = (
            ("name, length(value), stored_at, stored_at", "entries")
            if self._allowance is None
            else ("name, size, stored_at, used_at", _WITH_USES)
        )
        for names, rows in self._batches(columns, source, prefix):
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
        for names, rows in self._batches("name, value", "entries", prefix, within):
            pairs = zip(names, rows, strict=True)
            yield {
                name: value
                for name, (_, _, value) in pairs
                if name.startswith(prefix) and name.isascii()
            }

    def shares(self, count: int) -> list[tuple[int, int]]:
        """Return so many parts of the file at most, all about as large, for `stream`."""
        with self._file.using("read") as connection:
            first, last = connection.execute(_EXTENT).fetchone()
        step = -(-(last - first) // count) or 1
        return [(start, start + step) for start in range(first, last, step)]

    def _batches(
        self, columns: str, source: str, prefix: str, within: tuple[int, int] | None = None
    ) -> Iterator[tuple[list[str], list[Any]]]:
        """Yield rows by the thousand: rowid, packed name, further columns; with the names unpacked.

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
            with self._file.using("read") as connection:
                rows = connection.execute(statement, (*bounds, after, last, _CHUNK)).fetchall()
                names = [unpack_name(row[1]) for row in rows]
            yield names, rows
            if len(rows) < _CHUNK:
                return
            after = rows[-1][1] if by_name else rows[-1][0]

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        found: dict[str, float] = {}
        with self._file.using("read") as connection:
            for chunk in batched(names, _CHUNK):
                slots, packed = pack_names(chunk)
                marks = ",".join("?" * len(slots))
                dates = dict(connection.execute(_DATES.format(marks), slots))
                pairs = zip(chunk, packed, strict=True)
                found |= {name: dates[found_as] for name, found_as in pairs if found_as in dates}
        return found

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written."""
        rows = zip(dates.values(), *pack_names(list(dates)), strict=True)
        with self._file.writing("write") as connection:
            connection.executemany(_BACKDATE, rows)

    def scrub(self) -> str:
        """Write the file anew, and empty its write-ahead log."""
        with self._file.using("clean") as connection:
            if not sqlite_space.rewrite(connection):
                raise StoreError(
                    f"{self.path} is in use, so its log cannot be emptied; "
                    "end what uses it, and try again"
                )
        return ""

    def shrink(self, freed: int) -> None:
        """Write the file anew, if a good part of it is free; it needs about as much space again."""
        with self._file.using("shrink") as connection:
            if not sqlite_space.is_spacious(connection, freed):
                return
            if not sqlite_space.rewrite(connection):
                raise StoreError(
                    f"{self.path} is in use, so it keeps its size until nobody has it open"
                )

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold."""
        with self._file.using("claim a lease in") as connection:
            held = sqlite_leases.held_elsewhere(connection, lease)
            if len(held) == len(lease.names):  # frequent while waiting, so avoid writing
                return held
            with self._file.transaction(connection):
                return sqlite_leases.claim(connection, lease)

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        with self._file.writing("renew a lease in") as connection:
            sqlite_leases.renew(connection, lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        with self._file.writing("release a lease in") as connection:
            sqlite_leases.release(connection, lease)

    def close(self) -> None:
        """Close the database; may be called twice, and a later call opens it anew."""
        self._file.close()

    def _set_page_size(self, page_size: int | None) -> None:
        """Set the page size of a file that has no vectors yet."""
        with self._file.using("write") as connection:
            if page_size is not None and is_undecided(connection):
                set_page_size(connection, page_size)


@lru_cache
def _marks(row: str, count: int) -> str:
    """Return the parameters of so many rows."""
    return ",".join([row] * count)


@lru_cache
def _select(count: int, columns: str, source: str) -> str:
    """Return the statement that reads columns of so many entries."""
    return _SELECT.format(rows=_marks("(?)", count), columns=columns, source=source)


def _note(
    allowance: Allowance[int], rows: Iterable[tuple[bytes, bytes, int, float]]
) -> dict[bytes, bytes]:
    """Note which entries are read; return their values by their packed names."""
    read = list(rows)
    allowance.note((entry, used_at) for _, _, entry, used_at in read)
    return {packed: value for packed, value, _, _ in read}
