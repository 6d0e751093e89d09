"""Vectors that are computed for whoever needs them, and stored nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.cache.base import Unstored
from renai.embeddings.frames import FrameCache
from renai.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from renai.cache.leases import HeldLease


class UnkeptFrames(FrameCache):
    """Frames that are computed for whoever needs them at once, and then forgotten.

    Its store is empty and stays so.

    Args:
        reason: why they are not stored.
        options: as for `FrameCache`.
    """

    def __init__(self, reason: str, **options: Any) -> None:
        super().__init__(MemoryStore(), **options)
        self._reason = reason

    def record(
        self,
        entries: Mapping[str, bytes],
        lease: HeldLease | None = None,
    ) -> Collection[str]:
        """Store nothing, count nothing as written, and return all names as lost."""
        return self.write(entries, lease)

    def write(
        self,
        items: Mapping[str, bytes],
        lease: HeldLease | None = None,  # noqa: ARG002 - a store in memory has no leases
    ) -> frozenset[str]:
        """Store nothing, and return all names as lost."""
        return frozenset(items)

    def settle(self, names: Iterable[str], lost: Collection[str]) -> Unstored:  # noqa: ARG002
        """Return that nothing is stored."""
        return Unstored(len(lost), self._reason)
