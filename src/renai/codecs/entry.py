"""An entry: a value with a header that says what it is, how it was made and what it cost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from renai.errors import DamagedEntryError

if TYPE_CHECKING:
    from renai.keys.recipe import Recipe

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Entry(Generic[V]):
    """A value and its header.

    Attributes:
        value: the result.
        recipe: the recipe by which it was made, as described by `Recipe.described`: for people and
            for `explain`.
        recipe_digest: the digest of the recipe, compared with that of the recipe asked for.
        notes: what the layer stores beside the value, such as its cost, as JSON values.
    """

    value: V
    recipe: dict[str, Any]
    recipe_digest: str
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def made_by(cls, recipe: Recipe, value: V, **notes: Any) -> Entry[V]:
        """Return the entry of a result that was just made by a recipe."""
        return cls(value, recipe.described, recipe.digest, notes)


class Codec(Protocol[V]):
    """Turns entries of one layer into bytes and back.

    An entry is bound to its name: bytes that were copied to another name count as foreign there.
    """

    def encode(self, name: str, entry: Entry[V]) -> bytes:
        """Return the bytes of an entry, with a checksum over all of them."""
        ...

    def decode(self, name: str, data: bytes) -> Entry[V]:
        """Check the bytes of an entry and return the entry.

        Raises:
            DamagedEntryError: the bytes are truncated, changed, another name's, or of a format
                this version does not know.
        """
        ...


def parse_header(name: str, text: str | bytes) -> Any:
    """Return the JSON value in an entry's header; a right checksum does not yet make it JSON.

    Raises:
        DamagedEntryError: the header is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedEntryError(f"{name}: its header is no JSON") from error
