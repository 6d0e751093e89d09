"""Read a whole store, in the order that costs it least.

Who checks or copies every entry need not look each up. A store that can read itself from end to end
has `stream`; the others are listed, and read by the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from renai.batching import batched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.stores.base import Store

_AT_ONCE = 256


@runtime_checkable
class StreamingStore(Protocol):
    """A store that reads itself faster than name by name."""

    def stream(self, prefix: str = "") -> Iterator[dict[str, bytes]]:
        """Read all entries whose name begins with `prefix`, a batch at a time."""
        ...


def stream(store: Store, prefix: str = "") -> Iterator[dict[str, bytes]]:
    """Read all entries whose name begins with `prefix`, a batch at a time, in no particular order.

    What comes and goes meanwhile may be among them or not.

    Raises:
        StoreError: the store fails.
    """
    if isinstance(store, StreamingStore):
        yield from store.stream(prefix)
        return
    for batch in batched(store.scan(prefix), _AT_ONCE):
        yield store.get_many([stat.name for stat in batch])
