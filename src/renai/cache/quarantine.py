"""Move damaged entries out of the way, and keep them for people to look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.stores.abilities import get_up_to, move, parts_of

if TYPE_CHECKING:
    from renai.stores.base import Store

QUARANTINE = "quarantine/"
"""The prefix of the names of entries that were set aside."""


def set_aside(store: Store, name: str, data: bytes) -> None:
    """Move an entry to the quarantine; a part of the store whose own copy is intact keeps it.

    Raises:
        StoreError: the store fails; the entry may be in both places, and is still refused.
    """
    store.put_many({_set_aside_as(name): data})
    for part in parts_of(store):
        if get_up_to(part, [name], len(data)).get(name) == data:
            part.delete_many([name])


def set_aside_unread(store: Store, name: str) -> bool:
    """Move an entry to the quarantine that is too large to be read; return whether it was there.

    A store that cannot move it without reading it keeps it where it is.

    Raises:
        StoreError: the store fails; the entry may be in both places, and is still refused.
    """
    moved = [move(part, name, _set_aside_as(name)) for part in parts_of(store)]
    return any(moved)


def _set_aside_as(name: str) -> str:
    return QUARANTINE + name.replace("/", "_")
