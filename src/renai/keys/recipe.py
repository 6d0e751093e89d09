"""`Key`: the identity of a piece of work, and `Recipe`: how the work is done.

A recipe is everything besides the content that can change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any, NamedTuple

from renai.keys.canonical import Value, encode
from renai.keys.digest import digest_bytes


class Recipe:
    """How a result is made: the step, our own revision of it, and its parameters.

    Two recipes are equal when their canonical encodings are. Library versions do not belong
    here: a bug-fix release of a parser would make every entry stale. The revision is raised by hand
    when a step of ours may give another result for the same input.

    Args:
        step: the name of the step, such as `extract`.
        revision: our revision of the step.
        parameters: the parameters by name; values of the types that `renai.keys.canonical` knows.

    Raises:
        TypeError: a parameter cannot be encoded.
    """

    def __init__(self, step: str, revision: int, parameters: Mapping[str, Value]) -> None:
        self.step = step
        self.revision = revision
        # A copy, since if a list were changed later, the digest would not match it any more.
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


class Key(NamedTuple):
    """The identity of a piece of work.

    Attributes:
        name: the name of the entry in a store, as the layer spells it.
        subject: the digest of the content that is worked on, 64 hex digits.
        recipe: the recipe of the work. An entry of this name with another recipe is stale.
        equivalents: recipes that are just as good, where the work can be done in several ways.
    """

    name: str
    subject: str
    recipe: Recipe
    equivalents: tuple[Recipe, ...] = ()

    def __hash__(self) -> int:
        # The name nearly always tells keys apart, and a flow hashes each key many times.
        return hash(self.name)

    def admits(self, recipe_digest: str) -> bool:
        """Return whether an entry of this name that was made by this recipe is the right one."""
        return recipe_digest == self.recipe.digest or any(
            recipe_digest == recipe.digest for recipe in self.equivalents
        )

    @property
    def digest(self) -> str:
        """The digest of the whole key, 64 hex digits, which no other piece of work has."""
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
    """Return the fields in which two described recipes differ.

    Returns:
        The fields as dotted paths, sorted, each with its old and its new value; None for a field
        that one of the recipes does not have.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if name not in old or name not in new:
            found[name] = before, after
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            for inner, values in differences(before, after).items():
                found[f"{name}.{inner}"] = values
        elif encode(before) != encode(after):  # `==` takes 1, True and 1.0 for equal
            found[name] = before, after
    return found


def differing_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the fields in which two described recipes differ, as dotted paths, sorted."""
    return list(differences(old, new))
