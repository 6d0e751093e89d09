"""Counts by day and key, added up for good in an SQLite file.

Events are added up and not kept: a person wants to know a handful of rows, however many events
there were. Each batch is one transaction of additions, so any number of processes may write at
once, and a process that is killed has either added its batch or not.

A thread of its own writes the batches, so that nobody waits for a disk. `BatchWriter` does that,
for the call log as well.
"""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections import Counter
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from renai.errors import ConfigurationError, StoreError
from renai.forks import renew_after_fork, unforked
from renai.usage.counters import COST_PARTS, EVENTS, Counts, TotalCost, UsageCounters, UsageKey
from renai.usage.metrics import record_metrics

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sized
    from pathlib import Path

USAGE_FILE = "ledger.sqlite"
"""The file in the cache folder, beside the entries."""

_log = logging.getLogger("renai")

B = TypeVar("B", bound="Sized")

_SECONDS = 1.0
_LOCK_TIMEOUT = 5.0
_APPLICATION_ID = 0x72656E4C
TOO_MUCH = 1 << 62
"""What no sum reaches; more is a mistake, or no integer of SQLite's."""

_KEY = ("day", *UsageKey._fields)
_SIDES = ("spent", "saved")
SUMS = (*EVENTS, *(f"{side}_{name}" for side in _SIDES for name in COST_PARTS))
_MIGRATIONS = (
    (
        f"""
        CREATE TABLE tallies (
            {", ".join(f"{name} TEXT NOT NULL" for name in _KEY)},
            {", ".join(f"{name} NUMERIC NOT NULL DEFAULT 0" for name in SUMS)},
            PRIMARY KEY ({", ".join(_KEY)})
        ) WITHOUT ROWID
        """,
    ),
)
_ADD = f"""
INSERT INTO tallies ({", ".join(_KEY + SUMS)})
VALUES ({", ".join("?" * len(_KEY + SUMS))})
ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in SUMS)}
"""  # noqa: S608 - the names are ours
_SELECT = f"SELECT {', '.join(_KEY + SUMS)} FROM tallies WHERE day >= ? ORDER BY day"  # noqa: S608

_Batch = dict[tuple[str, UsageKey], Counts]


class DayCounts(NamedTuple):
    """The counts of one key on one day."""

    day: date
    key: UsageKey
    counts: Counts


class BatchWriter(Generic[B]):
    """Gathers a batch, and writes it from a thread of its own.

    What is gathered is written a moment after the first of it came, when `flush` is called, and
    when the program ends. A crash loses what was gathered since then. Whoever gathers has more
    important work than this, so failures to write are one warning and nothing else.

    Args:
        begin: makes an empty batch.
        write: writes one; may raise `StoreError` or `OSError`.
        complaint: what a failure means to a person, without the reason.
        seconds: how long a batch is gathered at most.

    Attributes:
        lock: to be held by whoever uses `batch`.
        batch: what is gathered at present.
    """

    def __init__(
        self, begin: Callable[[], B], write: Callable[[B], None], complaint: str, *, seconds: float
    ) -> None:
        self._begin = begin
        self._write = write
        self._complaint = complaint
        self._seconds = seconds
        self._warned = False
        renew_after_fork(self, BatchWriter.begin_anew)
        _writers.add(self)

    def begin_anew(self) -> None:
        """Forget the batch; a child process does, since its parent will write it."""
        self.lock = threading.Lock()
        self.batch = self._begin()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None

    def schedule(self, *, at_once: bool = False) -> None:
        """Have the batch written in time, or as soon as a thread can; called with the lock held."""
        if at_once:
            self._cancel()
        if self._timer is None:
            timer = threading.Timer(0.0 if at_once else self._seconds, self.flush)
            timer.name = "renai batch writer"
            timer.daemon = True  # what is left at the end is written by `_flush_all`
            self._timer = timer
            timer.start()

    def flush(self) -> None:
        """Write what was gathered. This blocks."""
        with self._writing:
            with self.lock:
                self._cancel()
                batch, self.batch = self.batch, self._begin()
            if not batch:
                return
            try:
                self._write(batch)
            except (StoreError, OSError) as error:
                if not self._warned:
                    self._warned = True
                    _log.warning("%s: %s", self._complaint, error)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None


_writers: weakref.WeakSet[BatchWriter[Any]] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    for writer in list(_writers):
        writer.flush()


class UsageDatabase:
    """Keeps counts in a file.

    Args:
        path: the file; it is made, with its folder, when there is something to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: BatchWriter[_Batch] = BatchWriter(
            dict, self._write, "What is hit and saved is not being recorded", seconds=_SECONDS
        )

    def add(self, counted: Mapping[UsageKey, Counts], day: date | None = None) -> None:
        """Add counts of a day, by default today in local time; they are written soon."""
        name = (day or date.today()).isoformat()
        with self._writer.lock:
            for key, counts in counted.items():
                self._merge((name, key), counts)
            self._writer.schedule()

    def read(self, since: date | None = None) -> list[DayCounts]:
        """Return what was counted, by day; nothing where there is no file.

        Raises:
            StoreError: it cannot be read.
        """
        if not self.path.exists():
            return []
        with _opened(self.path) as connection:
            rows = connection.execute(_SELECT, (since.isoformat() if since else "",)).fetchall()
            return [day_counts(*row) for row in rows]

    def flush(self) -> None:
        """Write what is not yet written. This blocks."""
        self._writer.flush()

    def _merge(self, key: tuple[str, UsageKey], counts: Counts) -> None:
        known = self._writer.batch.get(key)
        if known is None:
            known = self._writer.batch[key] = Counts()
        known.merge(counts)

    def _write(self, batch: _Batch) -> None:
        rows = [(day, *key, *sums_of(counts)) for (day, key), counts in batch.items()]
        try:
            with _opened(self.path) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(_ADD, rows)
                connection.execute("COMMIT")
        except StoreError:
            with self._writer.lock:  # sums take no room, and the next attempt may succeed
                for key, counts in batch.items():
                    self._merge(key, counts)
            raise


def read_history(folder: Path) -> list[DayCounts]:
    """Return what was counted, for averages. They are not worth a failure, so that is a warning."""
    try:
        return UsageDatabase(folder / USAGE_FILE).read()
    except StoreError as error:
        _log.warning("What answers took so far is not known: %s", error)
        return []


def open_counters(folder: Path | None) -> UsageCounters:
    """Create counters whose counts are kept, and become metrics in programs that have those.

    One thread writes all that this process counts for one folder, however many caches there are.

    Args:
        folder: the cache folder; None if counts shall only become metrics.
    """
    if folder is None:
        return UsageCounters(metrics=record_metrics)
    return UsageCounters(_database_in(folder.absolute()), metrics=record_metrics)


@cache
def _database_in(folder: Path) -> UsageDatabase:
    return UsageDatabase(folder / USAGE_FILE)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction; no fork comes while it is open, and shares it.

    Raises:
        StoreError: it cannot be opened, read or written, or others may write its folder.
    """
    import sqlite3

    from renai.stores.durable import check_cache_folder
    from renai.stores.sqlite.file import Schema, open_file

    schema = Schema(_APPLICATION_ID, _MIGRATIONS)
    try:
        check_cache_folder(path.parent)
        with unforked, closing(open_file(path, schema, lock_timeout=_LOCK_TIMEOUT)) as connection:
            yield connection
    except ConfigurationError as error:
        raise StoreError(str(error)) from error
    except (sqlite3.Error, OSError, ValueError) as error:
        is_damaged = not isinstance(error, sqlite3.OperationalError | OSError)
        remedy = "; it is damaged, move it away to begin a new one" if is_damaged else ""
        raise StoreError(f"{path}: {error}{remedy}") from error


def sums_of(counts: Counts) -> list[float]:
    """Return the columns of counts.

    What is not finite, or no integer of SQLite's, is left out: it would spoil a sum.
    """
    costs = [getattr(side, name) for side in (counts.spent, counts.saved) for name in COST_PARTS]
    sums = [*(counts.events[event] for event in EVENTS), *costs]
    return [value if abs(value) < TOO_MUCH else 0 for value in sums]


def day_counts(day: str, layer: str, provider: str, model: str, *sums: Any) -> DayCounts:
    """Return what was stored as the columns of counts, in the order of `SUMS`.

    Raises:
        ValueError: something that is stored there is no number, or no day.
    """
    if not all(isinstance(value, int | float) and isfinite(value) for value in sums):
        raise ValueError(f"what was counted on {day} is no number")
    named = dict(zip(SUMS, sums, strict=True))
    spent, saved = (
        TotalCost(**{name: named[f"{side}_{name}"] for name in COST_PARTS}) for side in _SIDES
    )
    counts = Counts(Counter({event: named[event] for event in EVENTS}), spent, saved)
    return DayCounts(date.fromisoformat(day), UsageKey(layer, provider, model), counts)
