"""Find the vectors that came from a file, as far as that was recorded, and what became of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from renai.batching import batched
from renai.cache.cache import MOST_BYTES
from renai.codecs.binary import expiry_in
from renai.embeddings.known_recipes import known_recipes, recipe_of
from renai.embeddings.lineage import lineage_of
from renai.keys.recipe import differences
from renai.maintenance.open_stores import LAYERS
from renai.maintenance.verify import find_bad
from renai.stores.abilities import get_up_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renai.embeddings.known_recipes import KnownRecipe
    from renai.maintenance.open_stores import OpenStore

_AT_ONCE = 1000


@dataclass(slots=True)
class OfRecipe:
    """The vectors of one file that were made by one recipe, and are stored.

    Attributes:
        digest: the digest of the recipe's record, 64 hex digits; None for vectors of which nobody
            knows the recipe.
        embedder: the class of the embedder; "" if there is none, None if it is not known.
        model: the name of the model, None if it is not known.
        namespace: the namespace, None if it is not known.
        numbers: the type of number in which they are stored, None if it is not known.
        stored: how many there are, with those that have expired or are damaged.
        differences: the fields in which this recipe differs from the one before it in the list, if
            that is of the same model, each with the value there and here.
    """

    digest: str | None
    embedder: str | None = None
    model: str | None = None
    namespace: str | None = None
    numbers: str | None = None
    stored: int = 0
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Lineage:
    """The vectors of one file in one store.

    Attributes:
        place: of the store.
        known: how many came from the file, by any recipe.
        usable: how many of them a look-up would return.
        expired: how many are stored and have expired.
        damaged: how many are stored and would be refused.
        recipes: the recipes of those that are stored, those of one model together; what is not
            known comes last.
    """

    place: str
    known: int
    usable: int = 0
    expired: int = 0
    damaged: int = 0
    recipes: list[OfRecipe] = field(default_factory=list)

    @property
    def gone(self) -> int:
        """How many are not stored any more."""
        return self.known - self.usable - self.expired - self.damaged


def find_lineage(stores: Sequence[OpenStore], file_hash: str) -> list[Lineage]:
    """Look for a file's vectors in all stores that may hold any.

    Raises:
        StoreError: a store fails.
    """
    return [
        _lineage_in(opened, lineage_of(opened.store, file_hash)[1])
        for opened in stores
        if "embedding" in opened.layers
    ]


def _lineage_in(opened: OpenStore, names: Sequence[str]) -> Lineage:
    lineage = Lineage(opened.place, len(names))
    now = time.time()
    recipes = known_recipes(opened.store) if names else {}
    stored = Counter[str | None]()
    for batch in batched(names, _AT_ONCE):
        held = get_up_to(opened.store, batch, MOST_BYTES)
        bad = find_bad(LAYERS["embedding"], held)
        lineage.damaged += len(bad)
        expired = _count_expired((held[name] for name in held.keys() - set(bad)), now)
        lineage.expired += expired
        lineage.usable += len(held) - len(bad) - expired
        made_by = (recipe_of(frame, recipes) for frame in held.values())
        stored.update(recipe.digest if recipe else None for recipe in made_by)
    known = [recipe for recipe in recipes.values() if recipe.digest in stored]
    lineage.recipes = _described(known, stored)
    if stored[None]:
        lineage.recipes.append(OfRecipe(None, stored=stored[None]))
    return lineage


def _described(recipes: Iterable[KnownRecipe], stored: Mapping[str | None, int]) -> list[OfRecipe]:
    described: list[OfRecipe] = []
    before: KnownRecipe | None = None
    for recipe in sorted(recipes, key=attrgetter("embedder", "model", "digest")):
        its = OfRecipe(
            recipe.digest,
            recipe.embedder,
            recipe.model,
            recipe.namespace,
            recipe.numbers,
            stored[recipe.digest],
        )
        if before and (before.embedder, before.model) == (recipe.embedder, recipe.model):
            its.differences = differences(_whole(before), _whole(recipe))
        described.append(its)
        before = recipe
    return described


def _whole(recipe: KnownRecipe) -> dict[str, Any]:
    return {**recipe.described, "namespace": recipe.namespace, "numbers": recipe.numbers}


def _count_expired(frames: Iterable[bytes], now: float) -> int:
    return sum(1 for frame in frames if expiry_in(frame) <= now)
