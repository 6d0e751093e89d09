"""Marks: which recipes are stopped, since their models have other weights by now.

A mark is an entry beside the vectors of its recipe, for all who share the store:

    changed/<digest of what the names of its vectors have in common, 64 hex digits>

Of two tiers, marks are in the slow one alone. A copy in the fast one would outlive the mark: nobody
else can reach it there.

What a mark says is checked like everything that is read from a shared store. One that is damaged,
or says what cannot be, counts as none: a canary that finds the same again writes it anew.
"""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.batching import batched
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.errors import DamagedEntryError
from renai.stores.abilities import get_up_to
from renai.stores.tiered import slowest
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from typing import TypeGuard

    from renai.keys.recipe import Recipe
    from renai.stores.base import Store

CHANGED = "changed/"
"""The prefix of the names of marks."""

MOST_KEYS = 10
"""Texts that a mark names."""

_MOST_BYTES = 1 << 16
_LONGEST_NAME = 200
_CLOCKS_DIFFER = 86_400.0
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 256

_log = logging.getLogger("renai")


class Change(NamedTuple):
    """What a mark says.

    Attributes:
        model: the name by which a person knows the model.
        digest: the digest in the name of the mark, 64 hex digits.
        keys: the keys of texts whose vectors differ, as `EmbeddingCache.key` returns them.
        distance: the largest cosine distance between a stored and a computed vector, 0 to 2.
        noticed_at: when that was, in seconds since 1970.
    """

    model: str
    digest: str
    keys: tuple[str, ...]
    distance: float
    noticed_at: float


def framed_mark(change: Change, recipe: Recipe) -> dict[str, bytes]:
    """Return the name and the bytes of the mark of a recipe."""
    name = CHANGED + change.digest
    value = {
        "model": change.model,
        "keys": list(change.keys),
        "distance": change.distance,
        "noticed_at": change.noticed_at,
    }
    return {name: JsonCodec().encode(name, Entry(value, {"step": recipe.step}, recipe.digest))}


def shown_name(model: str) -> str:
    """Return a model's name as a mark says it, and as it is shown."""
    return printable(model)[:_LONGEST_NAME]


def mark_in(store: Store, digest: str) -> bytes | None:
    """Return the bytes of the mark of a recipe; None if there is none.

    Raises:
        StoreError: the store fails.
    """
    name = CHANGED + digest
    return get_up_to(slowest(store), [name], _MOST_BYTES).get(name)


def read_change(name: str, data: bytes) -> Change:
    """Return what a mark says, fit to be shown.

    Raises:
        DamagedEntryError: it is damaged, or says what cannot be.
    """
    digest = name.removeprefix(CHANGED)
    value = JsonCodec().decode(name, data).value
    model, keys = value.get("model"), value.get("keys")
    distance, noticed_at = value.get("distance"), value.get("noticed_at")
    if not (
        _DIGEST.fullmatch(digest)
        and isinstance(model, str)
        and isinstance(keys, list)
        and all(isinstance(key, str) and _DIGEST.fullmatch(key) for key in keys)
        and _is_between(distance, 0.0, 2.0)
        and _is_between(noticed_at, 0.0, time.time() + _CLOCKS_DIFFER)
    ):
        raise DamagedEntryError(f"{name}: not the mark of a recipe")
    model = shown_name(model)
    return Change(model, digest, tuple(keys[:MOST_KEYS]), float(distance), float(noticed_at))


def _is_between(value: Any, least: float, most: float) -> TypeGuard[float]:
    """Return whether a value is a number in this range, and not NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def changes_in(store: Store) -> list[Change]:
    """Return what the marks in a store say, the latest first; damaged ones are left out.

    Raises:
        StoreError: the store fails.
    """
    changes = []
    for batch in batched((stat.name for stat in slowest(store).scan(CHANGED)), _AT_ONCE):
        for name, data in get_up_to(slowest(store), batch, _MOST_BYTES).items():
            try:
                changes.append(read_change(name, data))
            except DamagedEntryError as error:
                _log.warning("A mark is passed over: %s", printable(str(error)))
    return sorted(changes, key=lambda change: (-change.noticed_at, change.digest))


def trust(store: Store, change: Change) -> None:
    """Remove a mark, so that the vectors of its recipe are returned again.

    Raises:
        StoreError: the store fails.
    """
    slowest(store).delete_many([CHANGED + change.digest])


def said_of(change: Change) -> str:
    """Return what a change means, and what to do, in sentences for a person."""
    model = change.model or "a model"
    return (
        f"The weights of {model} seem to have changed: a text embedded again is "
        f"{change.distance:.3f} (cosine distance) away from its stored vector (key "
        f"{change.keys[0][:12] if change.keys else 'unknown'}…). Its vectors in recipe "
        f"{change.digest[:12]} are not used any more. Give the new weights another revision; or, "
        f"if the old vectors are still right: renai cache trust {change.digest[:12]}"
    )
