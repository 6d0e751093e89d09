"""Stores keep bytes by name: the protocols, `open_store`, and the table that others may add to.

The names below are public, and so is `renai.stores.testing` with the contract that every store
keeps. The modules beside this one are internal. Names are imported on first use, so that importing
this package costs nothing.
"""

from __future__ import annotations

from renai.lazy_names import lazy_names

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`: that import would take most of the time
if TYPE_CHECKING:
    from renai.stores.base import Lease as Lease
    from renai.stores.base import LeasingStore as LeasingStore
    from renai.stores.base import Stat as Stat
    from renai.stores.base import Store as Store
    from renai.stores.base import check_names as check_names
    from renai.stores.base import is_gone as is_gone
    from renai.stores.breaker import BreakerStore as BreakerStore
    from renai.stores.registry import StoreKind as StoreKind
    from renai.stores.registry import open_store as open_store
    from renai.stores.upkeep import DatedStore as DatedStore
    from renai.stores.upkeep import ScrubbingStore as ScrubbingStore
    from renai.stores.upkeep import StreamingStore as StreamingStore

_HOMES = {
    "BreakerStore": "renai.stores.breaker",
    "DatedStore": "renai.stores.upkeep",
    "Lease": "renai.stores.base",
    "LeasingStore": "renai.stores.base",
    "ScrubbingStore": "renai.stores.upkeep",
    "Stat": "renai.stores.base",
    "Store": "renai.stores.base",
    "StoreKind": "renai.stores.registry",
    "StreamingStore": "renai.stores.upkeep",
    "check_names": "renai.stores.base",
    "is_gone": "renai.stores.base",
    "open_store": "renai.stores.registry",
}

__all__ = [
    "BreakerStore",
    "DatedStore",
    "Lease",
    "LeasingStore",
    "ScrubbingStore",
    "Stat",
    "Store",
    "StoreKind",
    "StreamingStore",
    "check_names",
    "is_gone",
    "open_store",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
