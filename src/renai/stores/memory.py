"""A store in this process's memory: the model that every other store is compared with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from renai.stores.base import Closing, Stat, check_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class MemoryStore(Closing):
    """Keeps bytes for as long as it lives; nothing is written anywhere."""

    def __init__(self) -> None:
        # One dict operation is atomic under the interpreter lock, so no lock of our own.
        self._items: dict[str, tuple[bytes, float]] = {}

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there."""
        items = self._items
        return {name: item[0] for name in names if (item := items.get(name))}

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Keep all; `ttl` frees nothing here."""
        now = time.time()
        self._items.update({check_name(name): (data, now) for name, data in items.items()})

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        return sum(self._items.pop(name, None) is not None for name in names)

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List entries."""
        for name, (data, stored_at) in list(self._items.items()):
            if name.startswith(prefix):
                yield Stat(name, len(data), stored_at, stored_at)
