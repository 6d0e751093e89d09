"""Key: which entry is meant, and which result in it would be the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from renai.keys.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Key:
    """What a piece of work is called.

    Attributes:
        name: how the layer spells the entry's name in a store.
        subject: digest of the content that is worked on, 64 hex digits.
        recipe: how. An entry of this name with another recipe is stale.
        equivalents: recipes that are as good, where the work can be done in more ways than one.
    """

    name: str
    subject: str
    recipe: Recipe
    equivalents: tuple[Recipe, ...] = ()

    def __hash__(self) -> int:
        # Names nearly always tell keys apart, and a flow asks for many a hash of each.
        return hash(self.name)

    def admits(self, recipe_digest: str) -> bool:
        """Whether an entry of this name that was made by a recipe is the one that is meant."""
        return recipe_digest == self.recipe.digest or any(
            recipe_digest == recipe.digest for recipe in self.equivalents
        )

    @property
    def digest(self) -> str:
        """64 hex digits that no other piece of work has."""
        return digest_bytes(encode((self.name, self.subject, self.recipe.digest)))
