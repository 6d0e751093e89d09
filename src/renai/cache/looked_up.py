"""What looking keys up brings: hits, and misses with the reason for each.

This stands apart from the flow that computes what is missing, and from all that drives it, since a
run that finds everything in the cache needs none of that, and would begin later for it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

Reason = Literal["missing", "stale", "damaged", "refresh"]


class Miss(NamedTuple, Generic[E]):
    """The reason why a key must be computed.

    Attributes:
        reason: `missing`, there is no entry; `stale`, it was made by another recipe or has
            expired; `damaged`; or `refresh`, the caller wanted no cached one.
        stale: the stale entry, from which a cheaper answer may be obtained.
    """

    reason: Reason
    stale: E | None = None


MISSING: Miss[Any] = Miss("missing")
"""The miss of a key without an entry. There can be many, so they share this object."""


@dataclass(frozen=True, slots=True)
class Found(Generic[K, E]):
    """The result of a look-up, in the order of the keys."""

    hits: dict[K, E] = field(default_factory=dict)
    misses: dict[K, Miss[E]] = field(default_factory=dict)
