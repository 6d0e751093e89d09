"""Tell one user's key function from another: both may give the same str for different things.

A function's name stands for it, so that it may be mended without embedding everything anew. Where
several functions share a name, as lambdas do, their code and what they close over stand beside it.
"""

from __future__ import annotations

from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.keys.canonical import Value

_PLAIN = (str, bytes, int, float, type(None), list, tuple, dict, set, frozenset)


def identity_of(key: Callable[..., str]) -> list[Value]:
    """Say what tells a function from all others, in this and in other processes.

    Raises:
        UsageError: nothing does.
    """
    name: list[Value] = [getattr(key, "__module__", None), getattr(key, "__qualname__", None)]
    if not isinstance(key, FunctionType):
        owner = getattr(key, "__self__", None)
        if None in name or not (owner is None or isinstance(owner, type | ModuleType)):
            raise UsageError(
                "key is a function, whose name stands for it in the recipe; of an object or its "
                "method nobody can tell what it does"
            )
        return name
    if "<" not in key.__qualname__:  # neither a lambda nor made by another function
        return name
    defaults = [_told(key.__defaults__), _told(key.__kwdefaults__)]
    return [*name, _told(key.__code__), *defaults, _closed_over(key)]


def _closed_over(key: FunctionType) -> list[Value]:
    values = [cell.cell_contents for cell in key.__closure__ or ()]
    for value, name in zip(values, key.__code__.co_freevars, strict=True):
        if not isinstance(value, _PLAIN):
            raise UsageError(
                f"key depends on {name}, a {type(value).__qualname__}, and nobody can tell what "
                "that does; make it a function that needs nothing but the document"
            )
    return [_told(value) for value in values]


def _told(value: object) -> Value:
    match value:
        case CodeType():
            return [value.co_code, list(value.co_names), [_told(x) for x in value.co_consts]]
        case set() | frozenset():
            return sorted(map(repr, value))
        case _:
            return repr(value)
