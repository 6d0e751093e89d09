"""Where damaged entries go: out of the way, and kept for whoever wants to know what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.stores.tiered import TieredStore

if TYPE_CHECKING:
    from renai.stores.base import Store

QUARANTINE = "quarantine/"
"""What the names of entries that were set aside begin with."""


def set_aside(store: Store, name: str, data: bytes) -> None:
    """Move an entry there. Of two tiers, the one that is not damaged keeps its own.

    Raises:
        StoreError: the store fails; the entry may be in both places, and is still not believed.
    """
    store.put_many({QUARANTINE + name.replace("/", "_"): data})
    tiers = (store.fast, store.slow) if isinstance(store, TieredStore) else (store,)
    for tier in tiers:
        if tier.get_many([name]).get(name) == data:
            tier.delete_many([name])
