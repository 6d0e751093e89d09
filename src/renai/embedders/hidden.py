"""Parameters of an embedder that its serialisation hides.

Where a component has no `to_dict` of its own, Haystack reads attributes that bear the parameters'
names. Where there is none, it takes the *default* of the parameter, whatever the embedder was
given, and it never looks at `*args` and `**kwargs`. A `to_dict` may leave parameters out as well.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.embedders.watch import STATES
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_STARS: dict[inspect._ParameterKind, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
_NO_DEFAULT = (None, inspect.Parameter.empty)
_NOTHING = object()


class Found(NamedTuple):
    """What an embedder keeps of its parameters beside its serialisation.

    Attributes:
        values: the parameters that were found in attributes, by name.
        unseen: the names of those of which nothing is known.
    """

    values: dict[str, Any]
    unseen: list[str]


def find_hidden(embedder: object, shown: Mapping[str, Any], harmless: Collection[str]) -> Found:
    """Return the parameters that serialisation hides.

    Args:
        embedder: the embedder.
        shown: its serialised parameters.
        harmless: the names of parameters that cannot change a vector.
    """
    values: dict[str, Any] = {}
    unseen = []
    own = hasattr(embedder, "to_dict")
    parameters = parameters_of(embedder)
    for name, parameter in parameters.items():
        if name in harmless or (own and name in shown):
            continue
        if not own and parameter.kind not in _STARS and _holds(embedder, name):
            continue
        kept = _kept(embedder, name)
        if parameter.kind in _STARS and own and kept is _NOTHING:
            # A class that hands the rest on to its base serialises what the base takes.
            known = not shown.keys() <= parameters.keys()
        else:
            known = own and _is_plain(kept)
        if not known:
            unseen.append(_STARS.get(parameter.kind, "") + name)
            kept = _kept_nearby(embedder, name) if kept is _NOTHING else kept
        if isinstance(kept, dict) and parameter.kind in _STARS:
            kept = {key: value for key, value in kept.items() if key not in shown}
        if _is_plain(kept) and not _is_default(kept, parameter):
            values[name] = kept
    return Found(values, unseen)


def refuse_hidden(embedder: object, found: Found) -> None:
    """Raise if nothing is known of some parameters.

    Raises:
        UsageError: there are such parameters; the message names them.
    """
    if found.unseen:
        name = type(embedder).__name__
        raise UsageError(
            f"{name} does not show its {', '.join(found.unseen)}: give it a to_dict that returns "
            "what it was made with, or say revision='…', and another one whenever what cannot be "
            "seen changes the vectors"
        )


def read_attributes(embedder: object) -> dict[str, Any]:
    """Return the parameters that stand in attributes as plain values, or else in defaults."""
    values = {}
    for name, parameter in parameters_of(embedder).items():
        kept = _kept(embedder, name)
        if _is_plain(kept):
            values[name] = kept
        elif kept is _NOTHING and parameter.default is not inspect.Parameter.empty:
            values[name] = parameter.default
    return values


def parameters_of(embedder: object) -> dict[str, inspect.Parameter]:
    """Return the parameters with which an embedder's class is made, by name.

    An embedder of pydantic has its fields, what its own `__init__` takes besides, and what it keeps
    privately as a plain value, for that may be all that is left of a parameter.
    """
    made_by = type(embedder).__init__
    if made_by is object.__init__:
        return {}
    if hasattr(type(embedder), "__pydantic_fields__"):
        return _parameters_of_pydantic(embedder)
    _, *parameters = inspect.signature(made_by).parameters.items()
    return dict(parameters)


def _parameters_of_pydantic(embedder: Any) -> dict[str, inspect.Parameter]:
    fields = [*type(embedder).__pydantic_fields__, *(embedder.__pydantic_extra__ or ())]
    private = embedder.__pydantic_private__ or {}
    named = [*fields, *(name for name, value in private.items() if _may_shape(name, value))]
    taken = _taken_beside(type(embedder))
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = {name: inspect.Parameter(name, keyword) for name in named}
    return own | {name: it for name, it in taken.items() if name not in own}


def _may_shape(name: str, value: Any) -> bool:
    """Return whether a private value may be a parameter, and not what is gathered meanwhile."""
    return _is_plain(value) and not isinstance(value, list | tuple) and not STATES.search(name)


def _taken_beside(kind: type) -> dict[str, inspect.Parameter]:
    """Return what the `__init__` of a class of pydantic takes that are not fields by other names.

    `**kwargs` and `**data` go on to pydantic, which makes fields of them or refuses them.
    """
    aliases = {field.alias for field in kind.__pydantic_fields__.values()}  # type: ignore[attr-defined]
    _, *parameters = inspect.signature(kind.__init__).parameters.values()  # type: ignore[misc]
    return {
        it.name: it
        for it in parameters
        if it.name not in aliases
        and not (it.kind is inspect.Parameter.VAR_KEYWORD and it.name in ("kwargs", "data"))
    }


def kept_by(embedder: object, name: str, otherwise: Any) -> Any:
    """Return what an embedder keeps under a parameter's name, as it is or private."""
    kept = _kept(embedder, name)
    if kept is not _NOTHING:
        return kept
    places = (getattr(embedder, f"__pydantic_{each}__", None) for each in ("extra", "private"))
    apart = {spelled: value for place in places for spelled, value in (place or {}).items()}
    return apart.get(name, apart.get(f"_{name}", otherwise))


def values_of(embedder: object, names: Iterable[str]) -> list[Any]:
    """Return what an embedder keeps of parameters, under their own names or private ones."""
    kept = [_kept(embedder, name) for name in names]
    return [value for value in kept if value is not _NOTHING]


def _kept(embedder: object, name: str) -> Any:
    """Return what an embedder keeps under a parameter's name, as it is or private; else nothing."""
    mangled = f"_{type(embedder).__name__.lstrip('_')}__{name}"
    for spelled in (name, f"_{name}", mangled):
        if _holds(embedder, spelled):
            try:
                return getattr(embedder, spelled)
            except AttributeError:  # a slot that is empty
                continue
    return _NOTHING


def _kept_nearby(embedder: object, name: str) -> Any:
    """Return what an embedder keeps under a name that has the parameter's in it; else nothing."""
    for spelled, value in getattr(embedder, "__dict__", {}).items():
        if name in spelled.strip("_").split("_") and _is_plain(value):
            return value
    return _NOTHING


def _holds(embedder: object, name: str) -> bool:
    """Return whether an attribute is the embedder's own, and not its class's for all of them."""
    if name in getattr(embedder, "__dict__", ()):
        return True
    return inspect.isdatadescriptor(inspect.getattr_static(type(embedder), name, None))


def _is_plain(value: Any) -> bool:
    """Return whether a value can stand in a recipe."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bytes | bool | int | float)


def _is_default(value: Any, parameter: inspect.Parameter) -> bool:
    return bool(value == parameter.default) or (not value and parameter.default in _NO_DEFAULT)
