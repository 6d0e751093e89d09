"""A store in this process's memory: the reference with which every other store is compared."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from renai.closing import Closing
from renai.forks import renew_after_fork
from renai.stores.allowance import Allowance
from renai.stores.base import Stat, check_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class _Item(NamedTuple):
    data: bytes
    stored_at: float
    used_at: float


class MemoryStore(Closing):
    """Keeps bytes for as long as the object lives; nothing is written anywhere.

    Args:
        max_bytes: the bytes that all values may take together; beyond it those used least recently
            are dropped.
    """

    def __init__(self, *, max_bytes: int | None = None) -> None:
        self._allowance = None if max_bytes is None else Allowance(max_bytes)
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)
        self._items: dict[str, _Item] = {}  # with a limit, the least recently used come first
        self._size = 0

    def answers_at_once(self) -> bool:
        """Return True: nothing is waited for."""
        return True

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        with self._lock:
            items = self._items
            if self._allowance is not None:
                self._use(names)
            return {name: item[0] for name in names if (item := items.get(name))}

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:  # noqa: ARG002
        """Keep all entries; `ttl` frees no space here."""
        now = time.time()
        new = {check_name(name): _Item(data, now, now) for name, data in items.items()}
        with self._lock:
            self._drop(new)
            self._items.update(new)
            self._size += sum(map(len, items.values()))
            if self._allowance is not None:
                self._evict(self._allowance.measure(self._size, None))

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        with self._lock:
            return self._drop(names)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`."""
        with self._lock:
            items = list(self._items.items())
        for name, (data, stored_at, used_at) in items:
            if name.startswith(prefix):
                yield Stat(name, len(data), stored_at, used_at)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        with self._lock:
            items = self._items
            return {name: item.stored_at for name in names if (item := items.get(name))}

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written."""
        with self._lock:
            for name, date in dates.items():
                if item := self._items.get(name):
                    self._items[name] = item._replace(stored_at=date)

    def _use(self, names: Iterable[str]) -> None:
        now = time.time()
        for name in names:
            if item := self._items.pop(name, None):
                self._items[name] = item._replace(used_at=now)

    def _evict(self, surplus: int) -> None:
        oldest = []
        for name, item in self._items.items():
            if surplus <= 0:
                break
            surplus -= len(item.data)
            oldest.append(name)
        self._drop(oldest)

    def _drop(self, names: Iterable[str]) -> int:
        dropped = [item for name in names if (item := self._items.pop(name, None))]
        self._size -= sum(len(item.data) for item in dropped)
        return len(dropped)


def _unlock(it: MemoryStore) -> None:
    it._lock = threading.Lock()
