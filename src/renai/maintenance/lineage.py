"""Which vectors came out of a file, as far as that was written down, and where they are now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.batching import batched
from renai.codecs.binary import expiry_in
from renai.embeddings.lineage import lineage_of
from renai.maintenance.open_stores import LAYERS
from renai.maintenance.verify import find_bad

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.maintenance.open_stores import Shelf

_AT_ONCE = 1000


@dataclass(slots=True)
class Traced:
    """The vectors of one file in one store.

    Attributes:
        place: of the store.
        known: how many came from the file, whatever recipe they were made by.
        usable: of those, how many a look-up would bring.
        expired: how many are there and have outlived their time.
        damaged: how many are there and would not be believed.
    """

    place: str
    known: int
    usable: int = 0
    expired: int = 0
    damaged: int = 0

    @property
    def gone(self) -> int:
        """How many are not there any more."""
        return self.known - self.usable - self.expired - self.damaged


def trace_vectors(shelves: Sequence[Shelf], file_hash: str) -> list[Traced]:
    """Look for a file's vectors in all stores that may hold any.

    Raises:
        StoreError: a store fails.
    """
    return [
        _traced(shelf, lineage_of(shelf.store, file_hash)[1])
        for shelf in shelves
        if "embedding" in shelf.layers
    ]


def _traced(shelf: Shelf, names: Sequence[str]) -> Traced:
    traced = Traced(shelf.place, len(names))
    now = time.time()
    for batch in batched(names, _AT_ONCE):
        held = shelf.store.get_many(batch)
        bad = find_bad(LAYERS["embedding"], held)
        traced.damaged += len(bad)
        expired = _count_expired((held[name] for name in held.keys() - set(bad)), now)
        traced.expired += expired
        traced.usable += len(held) - len(bad) - expired
    return traced


def _count_expired(frames: Iterable[bytes], now: float) -> int:
    return sum(1 for frame in frames if expiry_in(frame) <= now)
