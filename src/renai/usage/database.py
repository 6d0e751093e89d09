"""Counts by day and key, added up for good in an SQLite file.

Events are added up, not kept: what a person wants to know is a handful of rows, however many
events there were. Each batch is one transaction of additions, so any number of processes may write
at once, and one that is killed has either added its batch or not.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.errors import StoreError
from renai.usage.batch_writer import BatchWriter
from renai.usage.counters import COST_PARTS, EVENTS, Counts, TotalCost, UsageCounters, UsageKey
from renai.usage.metrics import METRICS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

USAGE_FILE = "ledger.sqlite"
"""In the cache folder, beside the entries."""

_log = logging.getLogger("renai")

_SECONDS = 1.0
_LOCK_TIMEOUT = 5.0
_APPLICATION_ID = 0x72656E4C
_TOO_MUCH = 1 << 62
_KEY = ("day", *UsageKey._fields)
_SIDES = ("spent", "saved")
_SUMS = (*EVENTS, *(f"{side}_{name}" for side in _SIDES for name in COST_PARTS))
_MIGRATIONS = (
    (
        f"""
        CREATE TABLE tallies (
            {", ".join(f"{name} TEXT NOT NULL" for name in _KEY)},
            {", ".join(f"{name} NUMERIC NOT NULL DEFAULT 0" for name in _SUMS)},
            PRIMARY KEY ({", ".join(_KEY)})
        ) WITHOUT ROWID
        """,
    ),
)
_ADD = f"""
INSERT INTO tallies ({", ".join(_KEY + _SUMS)})
VALUES ({", ".join("?" * len(_KEY + _SUMS))})
ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)}
"""  # noqa: S608 - the names are ours
_SELECT = f"SELECT {', '.join(_KEY + _SUMS)} FROM tallies WHERE day >= ? ORDER BY day"  # noqa: S608

_Batch = dict[tuple[str, UsageKey], Counts]


class DayCounts(NamedTuple):
    """What was counted for one key on one day."""

    day: date
    key: UsageKey
    counts: Counts


class UsageDatabase(BatchWriter[_Batch]):
    """Keeps counts in a file.

    Args:
        path: the file; made, with its folder, when there is something to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(_SECONDS)

    def add(self, counted: Mapping[UsageKey, Counts]) -> None:
        """Take in what was counted today, by local time; it is written soon."""
        day = date.today().isoformat()
        with self._lock:
            self._merge({(day, key): counts for key, counts in counted.items()})
            self._due()

    def read(self, since: date | None = None) -> list[DayCounts]:
        """What was counted, by day; nothing where there is no file.

        Raises:
            StoreError: it cannot be read.
        """
        if not self.path.exists():
            return []
        with _opened(self.path) as connection:
            rows = connection.execute(_SELECT, (since.isoformat() if since else "",)).fetchall()
            return [_day_counts(*row) for row in rows]

    def _empty(self) -> None:
        self._pending: _Batch = {}

    def _take(self) -> _Batch | None:
        batch, self._pending = self._pending, {}
        return batch or None

    def _merge(self, batch: _Batch) -> None:
        for key, counts in batch.items():
            self._pending.setdefault(key, Counts()).merge(counts)

    def _write(self, batch: _Batch) -> None:
        rows = [(day, *key, *_sums(counts)) for (day, key), counts in batch.items()]
        try:
            with _opened(self.path) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(_ADD, rows)
                connection.execute("COMMIT")
        except StoreError:
            with self._lock:
                self._merge(batch)  # sums take no room, and the next attempt may succeed
            raise

    def _complaint(self, error: Exception) -> str:
        return f"What is hit and saved is not being recorded: {error}"


def read_history(folder: Path) -> list[DayCounts]:
    """What was counted, for averages: they are worth a warning, and no failure."""
    try:
        return UsageDatabase(folder / USAGE_FILE).read()
    except StoreError as error:
        _log.warning("What answers took so far is not known: %s", error)
        return []


def open_counters(folder: Path | None) -> UsageCounters:
    """Open counters whose counts last, and are metrics where the program has those.

    All that this process counts for one folder is written by one thread, however many caches there
    are.

    Args:
        folder: the cache folder; None for metrics alone.
    """
    if folder is None:
        return UsageCounters(METRICS)
    return UsageCounters(_file_of(folder.absolute()), METRICS)


@cache
def _file_of(folder: Path) -> UsageDatabase:
    return UsageDatabase(folder / USAGE_FILE)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction; nothing is held in between, over a fork for instance.

    Raises:
        StoreError: it cannot be opened, read or written.
    """
    import sqlite3

    from renai.stores.sqlite.file import Schema, open_file

    schema = Schema(_APPLICATION_ID, _MIGRATIONS)
    try:
        with closing(open_file(path, schema, lock_timeout=_LOCK_TIMEOUT)) as connection:
            yield connection
    except (sqlite3.Error, OSError, ValueError) as error:
        is_damaged = not isinstance(error, sqlite3.OperationalError | OSError)
        remedy = "; it is damaged, move it away to begin a new one" if is_damaged else ""
        raise StoreError(f"{path}: {error}{remedy}") from error


def _sums(counts: Counts) -> list[float]:
    """The columns of counts; what is no number, or no integer of SQLite's, would spoil a sum."""
    costs = [getattr(side, name) for side in (counts.spent, counts.saved) for name in COST_PARTS]
    sums = [*(counts.events[event] for event in EVENTS), *costs]
    return [value if abs(value) < _TOO_MUCH else 0 for value in sums]


def _day_counts(day: str, layer: str, provider: str, model: str, *sums: Any) -> DayCounts:
    if not all(isinstance(value, int | float) and isfinite(value) for value in sums):
        raise ValueError(f"what was counted on {day} is no number")
    named = dict(zip(_SUMS, sums, strict=True))
    spent, saved = (
        TotalCost(**{name: named[f"{side}_{name}"] for name in COST_PARTS}) for side in _SIDES
    )
    counts = Counts(Counter({event: named[event] for event in EVENTS}), spent, saved)
    return DayCounts(date.fromisoformat(day), UsageKey(layer, provider, model), counts)
