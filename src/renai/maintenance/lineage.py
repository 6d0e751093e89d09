"""Find the vectors that came from a file, as far as that was recorded, and what became of them."""

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

    from renai.maintenance.open_stores import OpenStore

_AT_ONCE = 1000


@dataclass(slots=True)
class Lineage:
    """The vectors of one file in one store.

    Attributes:
        place: of the store.
        known: how many came from the file, by any recipe.
        usable: how many of them a look-up would return.
        expired: how many are stored and have expired.
        damaged: how many are stored and would be refused.
    """

    place: str
    known: int
    usable: int = 0
    expired: int = 0
    damaged: int = 0

    @property
    def gone(self) -> int:
        """How many are not stored any more."""
        return self.known - self.usable - self.expired - self.damaged


def find_lineage(stores: Sequence[OpenStore], file_hash: str) -> list[Lineage]:
    """Look for a file's vectors in all stores that may hold any.

    Raises:
        StoreError: a store fails.
    """
    return [
        _lineage_in(opened, lineage_of(opened.store, file_hash)[1])
        for opened in stores
        if "embedding" in opened.layers
    ]


def _lineage_in(opened: OpenStore, names: Sequence[str]) -> Lineage:
    lineage = Lineage(opened.place, len(names))
    now = time.time()
    for batch in batched(names, _AT_ONCE):
        held = opened.store.get_many(batch)
        bad = find_bad(LAYERS["embedding"], held)
        lineage.damaged += len(bad)
        expired = _count_expired((held[name] for name in held.keys() - set(bad)), now)
        lineage.expired += expired
        lineage.usable += len(held) - len(bad) - expired
    return lineage


def _count_expired(frames: Iterable[bytes], now: float) -> int:
    return sum(1 for frame in frames if expiry_in(frame) <= now)
