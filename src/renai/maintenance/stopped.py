"""The vectors of a recipe that was stopped, since its model seemed to have other weights.

If it really had, those that were stored between the change and its notice are by the other weights.
Nobody knows when the change was, so a person says how far back to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renai.embeddings.marks import changes_in
from renai.maintenance.listing import list_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.embeddings.marks import Change
    from renai.maintenance.listing import Held
    from renai.maintenance.open_stores import OpenStore


class Stopped(NamedTuple):
    """A recipe that is stopped in a store."""

    opened: OpenStore
    change: Change


class ItsVectors(NamedTuple):
    """What the stores have of stopped recipes.

    Attributes:
        known: their vectors, each with the seconds from when it was stored to the notice, which are
            negative if it was stored after that.
        unknown: the number of vectors beside them of which nobody knows the recipe.
    """

    known: list[tuple[Held, float]]
    unknown: int

    def stored_within(self, seconds: float) -> list[Held]:
        """Return those that were stored at most so long before the notice, or after it."""
        return [held for held, age in self.known if age <= seconds]


def stopped_in(stores: Sequence[OpenStore]) -> list[Stopped]:
    """Return the recipes that are stopped, store by store, the latest first.

    Raises:
        StoreError: a store fails.
    """
    return [Stopped(opened, change) for opened in stores for change in changes_in(opened.store)]


def vectors_of(stopped: Sequence[Stopped]) -> ItsVectors:
    """Return the vectors of stopped recipes.

    Raises:
        StoreError: a store fails.
    """
    known, unknown = [], 0
    for opened, change in stopped:
        for held in list_entries([opened], ["embedding"]):
            if held.recipe == change.digest:
                known.append((held, change.noticed_at - held.stored_at))
            unknown += held.recipe is None
    return ItsVectors(known, unknown)
