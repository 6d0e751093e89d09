"""What some stores can do for whoever looks after them, and how others manage without it.

They can be read from end to end, rid of the bytes of what was deleted, made smaller, and copied
with the age of each entry. Each ability is a protocol, with a function that uses it where the store
has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from renai.stores.abilities import get_up_to
from renai.stores.base import is_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renai.stores.base import Stat, Store

_STREAMED_AT_ONCE = 256
_STREAMED_BYTES = 32 << 20


@runtime_checkable
class StreamingStore(Protocol):
    """A store that can read all its entries from end to end, faster than name by name."""

    def stream(self, prefix: str = "") -> Iterator[dict[str, bytes]]:
        """Yield all entries whose name begins with `prefix`, one batch at a time."""
        ...


def stream(
    store: Store, prefix: str = "", most_bytes: int | None = None
) -> Iterator[dict[str, bytes]]:
    """Yield all entries whose name begins with `prefix`, in batches and in no particular order.

    Entries that are written or deleted meanwhile may or may not be among them.

    Args:
        store: the store.
        prefix: how the names of the entries begin.
        most_bytes: the bytes that one of them can take; what is larger is not read where the store
            is shared. None for any number.

    Raises:
        StoreError: the store fails.
    """
    if isinstance(store, StreamingStore):
        yield from store.stream(prefix)
        return
    for batch in batched_by_size(store.scan(prefix)):
        names = [stat.name for stat in batch]
        yield store.get_many(names) if most_bytes is None else get_up_to(store, names, most_bytes)


def batched_by_size(stats: Iterable[Stat]) -> Iterator[list[Stat]]:
    """Yield entries in batches whose bytes can be held in memory together."""
    batch: list[Stat] = []
    size = 0
    for stat in stats:
        size += stat.size
        if batch and (len(batch) == _STREAMED_AT_ONCE or size > _STREAMED_BYTES):
            yield batch
            batch, size = [], stat.size
        batch.append(stat)
    if batch:
        yield batch


@runtime_checkable
class ScrubbingStore(Protocol):
    """A store whose files keep the bytes of deleted entries until the files are written anew."""

    def scrub(self) -> str:
        """Write the store's files anew, without what is no longer in the store.

        Returns:
            A sentence for a person about what is still kept elsewhere; "" if all is gone.

        Raises:
            StoreError: it could not be done; it can be tried again.
        """
        ...


def scrub(store: Store) -> str:
    """Remove the bytes of deleted entries from a store's files, where they are still in them.

    Returns:
        A sentence for a person about what is still kept where the store cannot reach it, or "".

    Raises:
        StoreError: it could not be done; it can be tried again.
    """
    return store.scrub() if isinstance(store, ScrubbingStore) else ""


@runtime_checkable
class ShrinkingStore(Protocol):
    """A store whose files stay as large as they are when entries are deleted."""

    def shrink(self, freed: int) -> None:
        """Give the space of deleted entries back to the disk, where that is worth the writing.

        Args:
            freed: the bytes that deletions have just freed, about.

        Raises:
            StoreError: it could not be done; it can be tried again.
        """
        ...


def shrink(store: Store, freed: int) -> None:
    """Give the space of deleted entries back to the disk, where a store keeps it.

    Raises:
        StoreError: it could not be done; it can be tried again.
    """
    if isinstance(store, ShrinkingStore):
        store.shrink(freed)


@runtime_checkable
class DatedStore(Protocol):
    """A store in which an entry's time of writing can be set, so that a copy keeps its age.

    Times are in seconds since the epoch.
    """

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name; missing names are left out."""
        ...

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written; missing names are ignored."""
        ...


def dates_of(store: Store, names: Sequence[str]) -> dict[str, float]:
    """Return when entries were written, by name; nothing if the store does not know.

    Raises:
        StoreError: the store fails.
    """
    if not isinstance(store, DatedStore):
        return {}
    # What no clock has shown counts as very old, as in `Stat`.
    return {name: date if is_date(date) else 0.0 for name, date in store.dates_of(names).items()}


def backdate(store: Store, dates: Mapping[str, float]) -> None:
    """Set the times at which entries count as written, if the store can do that.

    Raises:
        StoreError: the store fails.
    """
    if isinstance(store, DatedStore):
        store.backdate(dates)
