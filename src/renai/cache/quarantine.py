"""Move damaged entries out of the way, and keep them for people to look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.stores.abilities import get_up_to
from renai.stores.tiered import TieredStore

if TYPE_CHECKING:
    from renai.stores.base import Store

QUARANTINE = "quarantine/"
"""The prefix of the names of entries that were set aside."""


def set_aside(store: Store, name: str, data: bytes) -> None:
    """Move an entry to the quarantine; a tier whose own copy is intact keeps it.

    Raises:
        StoreError: the store fails; the entry may be in both places, and is still refused.
    """
    store.put_many({QUARANTINE + name.replace("/", "_"): data})
    tiers = (store.fast, store.slow) if isinstance(store, TieredStore) else (store,)
    for tier in tiers:
        if get_up_to(tier, [name], len(data)).get(name) == data:
            tier.delete_many([name])
