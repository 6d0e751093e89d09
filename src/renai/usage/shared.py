"""Counts of many workers in one store that all of them share, so that a fleet has one bill.

A store keeps bytes by name and cannot add. So nobody writes into what somebody else has written:
each process has a record of its own for each day, with all that it has counted on that day,

    usage/<day>_<32 random hex digits>

which it writes anew as that grows. Whoever wants to know the sum reads all records. A record is
JSON, followed by the checksum of binary entries; its numbers stand in rows, under names, so that a
later version can add columns.

Records do not expire, and no layer of the cache contains them: emptying and thinning leaves them.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import uuid
import weakref
from collections import defaultdict
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

from renai.batching import batched
from renai.codecs.binary import seal, unseal
from renai.stores.abilities import get_up_to
from renai.stores.tiered import slowest
from renai.text_cleaning import printable
from renai.usage.counters import Counts, UsageCounters, UsageKey
from renai.usage.database import SUMS, TOO_MUCH, BatchWriter, DayCounts, day_counts, sums_of
from renai.usage.metrics import record_metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from renai.stores.base import Store

USAGE: Final = "usage/"
"""The prefix of the names of these records."""

_log = logging.getLogger("renai")

_SECONDS = 5.0
_FORMAT = 1
_AT_ONCE = 256
_MOST_BYTES = 1 << 22  # a record of some ten thousand models
_LONGEST_NAME = 1000
_NAME = re.compile(rf"{USAGE}(?P<day>\d{{4}}-\d{{2}}-\d{{2}})_[0-9a-f]{{32}}")

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
        self._lock = threading.Lock()
        self._begin()
        _all_records.add(self)

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
        self._begin()

    def _begin(self) -> None:
        self._days = {}
        self._written = {}
        self._token_of = defaultdict[str, str](lambda: uuid.uuid4().hex)

    def _framed(self, day: str, counts: _Day) -> tuple[str, bytes]:
        name = f"{USAGE}{day}_{self._token_of[day]}"
        rows = [[*key, *sums_of(its)] for key, its in counts.items()]
        record = {"format": _FORMAT, "columns": [*UsageKey._fields, *SUMS], "rows": rows}
        return name, seal(name, json.dumps(record).encode())


def read_shared(store: Store) -> list[DayCounts]:
    """Return what all processes have counted in a store, by day.

    Records that cannot be read are left out, with a warning.

    Raises:
        StoreError: the store fails.
    """
    total: defaultdict[tuple[date, UsageKey], Counts] = defaultdict(Counts)
    shared = slowest(store)
    for batch in batched((stat.name for stat in shared.scan(USAGE)), _AT_ONCE):
        for name, data in get_up_to(shared, batch, _MOST_BYTES).items():
            try:
                counted = _read(name, data)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                why = printable(str(error))
                _log.warning("What %s counted is left out: %s", printable(name), why)
                continue
            for day, key, counts in counted:
                total[day, key].merge(counts)
    return [DayCounts(day, key, counts) for (day, key), counts in sorted(total.items())]


def _read(name: str, data: bytes) -> list[DayCounts]:
    match, body = _NAME.fullmatch(name), unseal(name, data)
    if match is None or body is None:
        raise ValueError("it is damaged")
    record = json.loads(body)
    if record["format"] != _FORMAT:
        raise ValueError("it was written by a newer version")
    found = []
    for row in record["rows"]:
        values: dict[str, Any] = dict(zip(record["columns"], row, strict=True))
        words = [values[field] for field in UsageKey._fields]
        if not all(isinstance(word, str) and len(word) <= _LONGEST_NAME for word in words):
            raise ValueError("it names no model")
        sums = [values.get(name, 0) for name in SUMS]
        if not all(map(_is_sum, sums)):
            raise ValueError("it counts what cannot be counted")
        found.append(day_counts(match["day"], *map(printable, words), *sums))
    return found


def _is_sum(value: object) -> bool:
    """Return whether others can have counted this: a number that spoils no sum, and is not NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < TOO_MUCH


def _merge(into: _Batch, batch: Mapping[str, Mapping[UsageKey, Counts]]) -> None:
    for day, its in batch.items():
        counted = into.setdefault(day, {})
        for key, counts in its.items():
            counted.setdefault(key, Counts()).merge(counts)


_all_records: weakref.WeakSet[Records] = weakref.WeakSet()
_by_url: dict[str, Records] = {}


def _records_for(url: str | None) -> Records:
    return Records() if url is None else _by_url.setdefault(url, Records())


def _begin_all_anew() -> None:
    for records in list(_all_records):
        records.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all_anew)
