"""Which entries only the fast one of two tiers has, since the slow one refused them.

Caches call such entries dirty: they must be written back. So that a later process does that if this
one ends first, their names are recorded beside them in the fast store, in the order in which they
came:

    dirty/<nanoseconds since 1970, 20 digits>_<8 random hex digits>

A record is JSON: the names of entries that were written together, and their time to live. It is
deleted when all of them have reached the slow store. One that cannot be read is passed over: the
worst is that others compute its entries once more.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.batching import batched
from renai.errors import StoreError
from renai.forks import renew_after_fork
from renai.stores.base import is_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, KeysView

    from renai.stores.base import Store

DIRTY = "dirty/"
"""The prefix of the names of these records."""

_AT_ONCE = 256

_log = logging.getLogger("renai")


class _Record(NamedTuple):
    names: dict[str, None]
    ttl: float | None


class DirtyEntries:
    """The dirty entries in a fast store; threads may share it.

    Args:
        fast: the store that has them.
    """

    def __init__(self, fast: Store) -> None:
        self._fast = fast
        self._lock: threading.Lock
        self._writing_back: threading.Lock
        renew_after_fork(self, _unlock)
        self._records: dict[str, _Record] | None = None
        self._record_of: dict[str, str] = {}

    def names(self) -> KeysView[str]:
        """Return the names of all of them."""
        with self._lock:
            self._load()
        return self._record_of.keys()

    def note(self, names: Iterable[str], ttl: float | None) -> None:
        """Note entries that the fast store has just taken, and the slow one has not."""
        for batch in batched(list(names), _AT_ONCE):
            record = f"{DIRTY}{time.time_ns():020d}_{uuid.uuid4().hex[:8]}"
            with self._lock:
                self._load()
                done = self._take(batch)
                self._add(record, batch, ttl)
            data = json.dumps({"names": batch, "ttl": ttl}).encode()
            try:
                self._fast.put_many({record: data})
            except StoreError as error:
                _log.warning("A later process will not write back what waits: %s", error)
            self._drop(done)

    def clean(self, names: Iterable[str]) -> None:
        """Note that entries have reached the slow store, or are gone."""
        if self._record_of:
            with self._lock:
                done = self._take(names)
            self._drop(done)

    @contextmanager
    def withheld(self, names: Collection[str]) -> Iterator[None]:
        """Write none of these entries back while the block writes or deletes them."""
        if any(name in self._record_of for name in names):
            with self._writing_back:
                yield
        else:
            yield

    def write_back(self, slow: Store) -> int:
        """Write all of them to the slow store, the oldest first; return how many there were.

        Raises:
            StoreError: one of the two fails; what the slow one has not taken stays dirty.
        """
        count = 0
        with self._writing_back:
            while (oldest := self._oldest()) is not None:
                names = list(oldest.names)
                items = self._fast.get_many(names)
                if items:
                    slow.put_many(items, oldest.ttl)
                count += len(items)
                self.clean(names)
        return count

    def _oldest(self) -> _Record | None:
        with self._lock:
            self._load()
            return next(iter((self._records or {}).values()), None)

    def _take(self, names: Iterable[str]) -> list[str]:
        """Take names out of their records; return the records in which none is left."""
        assert self._records is not None  # something is noted, so they were loaded
        done = []
        for name in names:
            record = self._record_of.pop(name, None)
            if record is not None:
                left = self._records[record].names
                del left[name]
                if not left:
                    del self._records[record]
                    done.append(record)
        return done

    def _add(self, record: str, names: Iterable[str], ttl: float | None) -> None:
        assert self._records is not None  # they were loaded before
        self._records[record] = _Record(dict.fromkeys(names), ttl)
        self._record_of.update(dict.fromkeys(names, record))

    def _drop(self, records: list[str]) -> None:
        if records:
            try:
                self._fast.delete_many(records)
            except StoreError as error:  # the worst is that they are written back once more
                _log.debug("What was written back is still noted: %s", error)

    def _load(self) -> None:
        """Read what earlier processes have left; called with the lock held."""
        if self._records is not None:
            return
        self._records = {}
        try:
            names = sorted(stat.name for stat in self._fast.scan(DIRTY))
            for batch in batched(names, _AT_ONCE):
                held = self._fast.get_many(batch)
                for record in batch:
                    left = _read(held.get(record, b""))
                    if left is not None:
                        self._take(left.names)
                        self._add(record, left.names, left.ttl)
        except StoreError as error:
            _log.warning("Whether something is to be written back is not known: %s", error)


def _read(data: bytes) -> _Record | None:
    try:
        record: Any = json.loads(data)
        names, ttl = record["names"], record["ttl"]
        if all(isinstance(name, str) and is_name(name) for name in names):
            return _Record(dict.fromkeys(names), None if ttl is None else float(ttl))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        pass
    return None


def _unlock(it: DirtyEntries) -> None:
    it._lock, it._writing_back = threading.Lock(), threading.Lock()
