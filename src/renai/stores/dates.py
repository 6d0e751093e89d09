"""When entries were written, and that they were written at another time.

An entry that is carried from one store to another is as old as it was: who drops what is old, or
asks which of two is newer, wants to know when it was made. A store that can set dates has
`backdate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.stores.base import Store


@runtime_checkable
class DatedStore(Protocol):
    """A store whose entries' dates can be set; seconds since the epoch."""

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Say when entries were written; names that are not there are left out."""
        ...

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Have entries count as written at these times; names that are not there stay so."""
        ...


def dates_of(store: Store, names: Sequence[str]) -> dict[str, float]:
    """Say when entries were written; nothing where the store does not tell.

    Raises:
        StoreError: the store fails.
    """
    return store.dates_of(names) if isinstance(store, DatedStore) else {}


def backdate(store: Store, dates: Mapping[str, float]) -> None:
    """Have entries count as written at these times, where the store can.

    Raises:
        StoreError: the store fails.
    """
    if isinstance(store, DatedStore):
        store.backdate(dates)
