"""The records of what many processes have counted in one store: their format, and their sum.

A record is JSON, followed by the checksum of binary entries; its numbers stand in rows, under
names, so that a later version can add columns.

    usage/<day>_<32 random hex digits>       what one process has counted on one day
    usage/<day>_<32 hex digits>_sum          the sum of such records, which it names

Records of a day that is long over are replaced by their sum, so that they do not pile up. A store
cannot do that in one step. So the sum is written first, and whoever reads passes over what is named
in a sum; then that is deleted. A crash in between, or two who add up at the same time, cost
nothing: of two sums that name the same record only the larger one counts.
"""

from __future__ import annotations

import json
import logging
import re
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from renai.batching import batched
from renai.codecs.binary import seal, unseal
from renai.keys.digest import digest_bytes
from renai.stores.abilities import get_up_to
from renai.stores.tiered import slowest
from renai.text_cleaning import printable
from renai.usage.counters import Counts, UsageKey
from renai.usage.database import SUMS, TOO_MUCH, DayCounts, day_counts, sums_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renai.stores.base import Store

USAGE: Final = "usage/"
"""The prefix of the names of these records."""

_log = logging.getLogger("renai")

_FORMAT = 1
_AT_ONCE = 256
_MOST_BYTES = 1 << 22  # a record of some ten thousand models
_MOST_COVERED = 10_000  # so that a sum takes no more than that
_LONGEST_NAME = 1000
_NAME = re.compile(rf"{USAGE}(?P<day>\d{{4}}-\d{{2}}-\d{{2}})_[0-9a-f]{{32}}(?P<sum>_sum)?")

_DAYS = 7
"""For how many days a day is over before its records are added up. A process that still counts for
it then was unable to write all that time."""


class _Record(NamedTuple):
    """A record: what it counts, and of a sum the names of the records in it."""

    name: str
    counted: list[DayCounts]
    covers: frozenset[str]


def framed_record(
    name: str, counts: Mapping[UsageKey, Counts], covers: Sequence[str] = ()
) -> bytes:
    """Return the bytes of a record.

    Args:
        name: its name.
        counts: what it counts.
        covers: of a sum, the names of the records in it.
    """
    rows = [[*key, *sums_of(its)] for key, its in counts.items()]
    record: dict[str, Any] = {
        "format": _FORMAT,
        "columns": [*UsageKey._fields, *SUMS],
        "rows": rows,
    }
    if covers:
        record["covers"] = list(covers)
    return seal(name, json.dumps(record).encode())


def read_shared(store: Store) -> list[DayCounts]:
    """Return what all processes have counted in a store, by day.

    Records that cannot be read are left out, with a warning.

    Raises:
        StoreError: the store fails.
    """
    shared = slowest(store)
    total: defaultdict[tuple[date, UsageKey], Counts] = defaultdict(Counts)
    names = [stat.name for stat in shared.scan(USAGE)]
    sums, done = _sums_among(shared, names)
    single = (name for name in names if not _is_sum(name) and name not in done)
    for record in (*sums, *_read_all(shared, single)):
        for day, key, counts in record.counted:
            total[day, key].merge(counts)
    return [DayCounts(day, key, counts) for (day, key), counts in sorted(total.items())]


def fold_records(store: Store, today: date | None = None) -> int:
    """Replace the records of each day that is long over by their sum; return how many are gone.

    Records that cannot be read stay.

    Raises:
        StoreError: the store fails; nothing is lost, and nothing will be counted twice.
    """
    shared = slowest(store)
    last = ((today or date.today()) - timedelta(days=_DAYS)).isoformat()
    names = [stat.name for stat in shared.scan(USAGE)]
    _, done = _sums_among(shared, names)
    gone = _delete(shared, done.intersection(names))  # somebody was interrupted
    names_of: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names) - done):
        match = _NAME.fullmatch(name)
        if match is not None and match["day"] < last:
            names_of[match["day"]].append(name)
    for day, its in names_of.items():
        for batch in batched(its, _MOST_COVERED):
            gone += _fold(shared, day, batch) if len(batch) > 1 else 0
    return gone


def _fold(store: Store, day: str, names: Sequence[str]) -> int:
    counts: defaultdict[UsageKey, Counts] = defaultdict(Counts)
    covers = []
    for record in _read_all(store, names):
        covers.append(record.name)
        for _, key, its in record.counted:
            counts[key].merge(its)
    if len(covers) < 2:
        return 0
    covers.sort()
    token = digest_bytes("\n".join(covers).encode())[:32]
    name = f"{USAGE}{day}_{token}_sum"
    data = framed_record(name, counts, covers)
    if len(data) > _MOST_BYTES:
        return 0
    store.put_many({name: data})
    return _delete(store, covers) - 1


def _sums_among(store: Store, names: Iterable[str]) -> tuple[list[_Record], set[str]]:
    """Return the sums that count, and the names of the records that do not, being in a sum."""
    sums = list(_read_all(store, filter(_is_sum, names)))
    done = {name for record in sums for name in record.covers}
    counting: list[_Record] = []
    covered: set[str] = set()
    for record in sorted(sums, key=lambda its: (-len(its.covers), its.name)):
        if record.name in done or not covered.isdisjoint(record.covers):
            done.add(record.name)
        else:
            counting.append(record)
            covered |= record.covers
    return counting, done


def _is_sum(name: str) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and match["sum"] is not None


def _delete(store: Store, names: Iterable[str]) -> int:
    return sum(store.delete_many(batch) for batch in batched(sorted(names), _AT_ONCE))


def _read_all(store: Store, names: Iterable[str]) -> Iterator[_Record]:
    for batch in batched(names, _AT_ONCE):
        for name, data in get_up_to(store, batch, _MOST_BYTES).items():
            try:
                yield _read(name, data)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                why = printable(str(error))
                _log.warning("What %s counted is left out: %s", printable(name), why)


def _read(name: str, data: bytes) -> _Record:
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
        if not all(map(_can_be_counted, sums)):
            raise ValueError("it counts what cannot be counted")
        found.append(day_counts(match["day"], *map(printable, words), *sums))
    covers = record["covers"] if match["sum"] else []
    its_day = name[: len(USAGE) + len(match["day"]) + 1]
    if not all(_NAME.fullmatch(each) and each.startswith(its_day) for each in covers):
        raise ValueError("it is the sum of something else")
    return _Record(name, found, frozenset(covers))


def _can_be_counted(value: object) -> bool:
    """Return whether somebody can have counted this: a number that spoils no sum, and not NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < TOO_MUCH
