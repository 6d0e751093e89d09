"""What a piece of work is called: a `Key`, and in it the `Recipe` by which the work is done.

A recipe is everything besides the content that can change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from renai.keys.canonical import Value, encode
from renai.keys.digest import digest_bytes


class Recipe:
    """How a result was made: the step, our own revision of it, and its parameters.

    Two recipes are equal when their canonical encodings are. Library versions do not belong
    here: a bug-fix release of a parser would make every entry stale. `revision` is bumped by hand
    when a step of ours can give another result for the same input.

    Args:
        step: what was done, such as `extract`.
        revision: of the step.
        parameters: name to value; values of the types `renai.keys.canonical` knows.

    Raises:
        TypeError: a parameter that cannot be encoded.
    """

    def __init__(self, step: str, revision: int, parameters: Mapping[str, Value]) -> None:
        self.step = step
        self.revision = revision
        # A copy, since a list that is changed later would part what is described from its digest.
        self.parameters = deepcopy(dict(parameters))
        self.digest = digest_bytes(encode((step, revision, self.parameters)))

    @cached_property
    def described(self) -> dict[str, Any]:
        """The recipe as JSON values, to be stored beside a result and read by a person."""
        return {
            "step": self.step,
            "revision": self.revision,
            "parameters": {name: _described(value) for name, value in self.parameters.items()},
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.step!r}, {self.revision}, {self.parameters!r})"


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


def _described(value: Value) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Mapping):
        return {name: _described(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_described(inner) for inner in value]
    return value


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Compare two described recipes.

    Returns:
        The fields in which they differ, as dotted paths, sorted, each with its old and its new
        value; None where one of them has no such field.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if name not in old or name not in new:
            found[name] = before, after
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            for inner, values in differences(before, after).items():
                found[f"{name}.{inner}"] = values
        elif encode(before) != encode(after):  # to `==`, 1 and True and 1.0 are the same
            found[name] = before, after
    return found


def differing_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name the fields in which two described recipes differ, as dotted paths, sorted."""
    return list(differences(old, new))
