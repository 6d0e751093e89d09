"""What a child process must have new after a fork, such as locks.

A fork copies one thread only. What the others held at that moment stays held in the child for ever,
so that a child would wait for a lock whose holder is not there.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_renewals: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def renew_after_fork(owner: T, renew: Callable[[T], None]) -> None:
    """Call a function now, and in each process that is forked from this one.

    Args:
        owner: the object that is concerned; it is not kept alive for this.
        renew: gives it what must not be its parent's; it gets the object, and must not hold it.
    """
    renew(owner)
    _renewals[owner] = renew


def _renew_all() -> None:
    for owner, renew in list(_renewals.items()):
        renew(owner)


unforked = threading.RLock()
"""Held while a library is at work that has locks of its own, such as SQLite.

No fork comes in between: such a lock would stay held in the child, and cannot be renewed.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
    os.register_at_fork(
        before=unforked.acquire,
        after_in_parent=unforked.release,
        after_in_child=unforked.release,
    )
