"""Counts of many workers in one store that all of them share, so that a fleet has one bill.

A store keeps bytes by name and cannot add. So nobody writes into what somebody else has written:
each process has a record of its own for each day (`renai.usage.records`), with all that it has
counted on that day, which it writes anew as that grows. Whoever wants to know the sum reads all
records.

Records do not expire, and no layer of the cache contains them: emptying and thinning leaves what
they count.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import defaultdict
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING

from renai.forks import renew_after_fork
from renai.stores.tiered import slowest
from renai.usage.counters import Counts, UsageCounters, UsageKey
from renai.usage.database import BatchWriter
from renai.usage.metrics import record_metrics
from renai.usage.records import USAGE, framed_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.stores.base import Store

_log = logging.getLogger("renai")

_SECONDS = 5.0

_Day = dict[UsageKey, Counts]
_Batch = dict[str, _Day]


def open_shared_counters(store: Store, url: str | None = None) -> UsageCounters:
    """Create counters whose counts are kept in a store that other processes share.

    Args:
        store: the store.
        url: its URL; all caches of this process that opened it by this URL have one record a day.
            None for a store that was opened elsewhere.
    """
    return UsageCounters(SharedUsage(store, _records_for(url)), metrics=record_metrics)


class SharedUsage:
    """Adds counts to this process's record in a store.

    Args:
        store: the store.
        records: what this process has counted for it.
    """

    def __init__(self, store: Store, records: Records) -> None:
        self._store = slowest(store)  # others read it there, and a copy would soon be outdated
        self._records = records
        self._is_checked = False
        self._writer: BatchWriter[_Batch] = BatchWriter(
            dict, self._write, "What is hit and saved is not being recorded", seconds=_SECONDS
        )

    def add(self, counted: Mapping[UsageKey, Counts], day: date | None = None) -> None:
        """Add counts of a day, by default today in local time; they are written soon."""
        name = (day or date.today()).isoformat()
        with self._writer.lock:
            _merge(self._writer.batch, {name: counted})
            self._writer.schedule()

    def flush(self) -> None:
        """Write what is not yet written. This blocks."""
        self._writer.flush()

    def _write(self, batch: _Batch) -> None:
        try:
            if not self._is_checked and not self._records.stand_in(self._store):
                self._records = Records()  # another store was here under this URL
            self._is_checked = True
            self._records.write(self._store, batch)
        except Exception:
            with self._writer.lock:  # sums take no room, and the next attempt may succeed
                _merge(self._writer.batch, batch)
            raise


class Records:
    """What this process has counted for one store, by day, as it stands in the store."""

    _days: _Batch
    _written: dict[str, bytes]

    def __init__(self) -> None:
        renew_after_fork(self, Records.begin_anew)

    def write(self, store: Store, batch: _Batch) -> None:
        """Add a batch, and write the records of its days anew.

        Raises:
            StoreError: the store failed; the batch is not added.
        """
        with self._lock:
            days = {day: deepcopy(self._days.get(day, {})) for day in batch}
            _merge(days, batch)
            written = dict(self._framed(day, its) for day, its in days.items())
            store.put_many(written)
            self._days |= days
            self._written = written
            for day in sorted(self._days)[:-2]:  # at midnight, there is still some of yesterday
                del self._days[day]
                self._token_of.pop(day, None)

    def stand_in(self, store: Store) -> bool:
        """Return whether what was written last is in this store; so it is if that is nothing.

        Raises:
            StoreError: the store failed.
        """
        with self._lock:
            return store.get_many(list(self._written)) == self._written

    def begin_anew(self) -> None:
        """Begin records of its own in a child process, which has its parent's memory."""
        self._lock = threading.Lock()
        self._days = {}
        self._written = {}
        self._token_of = defaultdict[str, str](lambda: uuid.uuid4().hex)

    def _framed(self, day: str, counts: _Day) -> tuple[str, bytes]:
        name = f"{USAGE}{day}_{self._token_of[day]}"
        return name, framed_record(name, counts)


def _merge(into: _Batch, batch: Mapping[str, Mapping[UsageKey, Counts]]) -> None:
    for day, its in batch.items():
        counted = into.setdefault(day, {})
        for key, counts in its.items():
            counted.setdefault(key, Counts()).merge(counts)


_by_url: dict[str, Records] = {}


def _records_for(url: str | None) -> Records:
    return Records() if url is None else _by_url.setdefault(url, Records())
