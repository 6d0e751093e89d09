"""Whose code makes the vectors: that of a released distribution, or the user's own.

A distribution's code stays what it is until another release is installed. A class in a script, in a
notebook, in a folder on the path, or in a distribution that was installed from a folder (editable
or not) is edited at will, and nothing that can be seen from here changes with it.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

_TEXTS_AND_NUMBERS = (str, bytes, int, float, type(None))


def refuse_house_code(embedder: object, values: Iterable[Any]) -> None:
    """Raise if code that may change unnoticed makes an embedder's vectors.

    Args:
        embedder: the embedder.
        values: the values of its parameters; functions and objects among them are code as well.

    Raises:
        UsageError: the embedder's class, or a function given to it, is in no released distribution.
    """
    name = type(embedder).__name__
    bases = [kind for kind in type(embedder).__mro__ if kind is not object]
    if not all(is_released(kind.__module__) for kind in bases):
        raise UsageError(
            f"{name} is code of your own (no installed release of a distribution brings it), and "
            "nobody can tell from here when it changes; give revision='…', and another one "
            "whenever its vectors change"
        )
    refuse_house_functions(name, [*_replaced_in(embedder), *values])


def refuse_house_functions(name: str, values: Iterable[Any]) -> None:
    """Raise if something that an embedder calls may change unnoticed.

    Args:
        name: the name of the embedder's class, for the message.
        values: functions, objects that are called, and containers of such.

    Raises:
        UsageError: one of them is in no released distribution.
    """
    for value in values:
        for code in _code_in(value):
            if not is_released(_module_of(code)):
                called = getattr(code, "__qualname__", type(code).__qualname__)
                raise UsageError(
                    f"{name} calls {called}, which is code of your own, and nobody can tell from "
                    "here when it changes; give revision='…', and another one whenever that "
                    "changes the vectors"
                )


def replaces_method(thing: object, name: str) -> bool:
    """Return whether an attribute of an object, which can be called, is a method of its class."""
    return inspect.isroutine(getattr(type(thing), name, None))


def is_released(module: str) -> bool:
    """Return whether a released distribution, or Python itself, brings the code of a module.

    renai's own code counts as released however it was installed: its revisions are in every key.
    """
    if module.partition(".")[0] == "renai":
        return True
    loaded = sys.modules.get(module)
    if loaded is None or module == "__main__":
        return False
    file = getattr(loaded, "__file__", None)
    if file is None:
        return module.partition(".")[0] in sys.stdlib_module_names
    path = os.path.abspath(file)  # noqa: PTH100 - does not follow links
    return _is_pythons(path) or _brings(path)


def _code_in(value: Any) -> Iterator[Any]:
    """Yield what is called of a value: functions, and objects by their classes.

    A function may stand in another one: decorated or cached (`__wrapped__`, or in the closure of
    what a decorator returned), with arguments that are functions (`functools.partial`), or as the
    method of an object.
    """
    seen: dict[int, Any] = {}  # the values are held, so that no two of them have the same id
    rest = [value]
    while rest:
        value = rest.pop()
        if id(value) in seen or isinstance(value, _TEXTS_AND_NUMBERS):
            continue
        seen[id(value)] = value
        if isinstance(value, dict):
            rest += value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            rest += value
        elif isinstance(value, MethodType):
            rest += [value.__func__, value.__self__]
        elif isinstance(value, FunctionType | BuiltinFunctionType | type):
            yield value
            rest += _called_by(value)
        else:
            yield type(value)
            rest += _called_by(value)
            rest += _replaced_in(value)


def methods_put_into(thing: object) -> dict[str, Any]:
    """Return what stands in an object in the place of methods of its class, by name."""
    own = getattr(thing, "__dict__", {}).items()
    return {name: it for name, it in own if callable(it) and replaces_method(thing, name)}


def _replaced_in(thing: object) -> list[Any]:
    """Return what was put in the place of methods, be it of an object or of its class for all.

    A class's own functions stand in the module that the class is in. How objects are made shows in
    what they hold.
    """
    found = [*methods_put_into(thing).values()]
    for kind in type(thing).__mro__:
        for name, member in vars(kind).items():
            if name == "__init__":
                continue
            function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            if isinstance(function, FunctionType) and _module_of(function) != kind.__module__:
                found.append(function)
    return found


def _module_of(code: Any) -> str:
    """Return the name of the module in which code stands.

    What a function says of that itself may be copied from another one (`functools.wraps`).
    """
    globals_of = getattr(code, "__globals__", None) or {}
    name = globals_of.get("__name__")
    if name in sys.modules and vars(sys.modules[name]) is globals_of:
        return str(name)
    return getattr(code, "__module__", None) or ""


def _called_by(code: Any) -> Iterator[Any]:
    """Yield what a function, or an object that is called, holds of other functions."""
    yield getattr(code, "__wrapped__", None)
    if isinstance(code, functools.partial | functools.partialmethod):
        yield from (code.func, code.args, code.keywords)
    for cell in getattr(code, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        if callable(held):
            yield held


def _is_pythons(file: str) -> bool:
    library = Path(sysconfig.get_path("stdlib"))
    path = Path(file)
    if not path.is_relative_to(library):
        return False
    return path.relative_to(library).parts[0] not in ("site-packages", "dist-packages")


@functools.cache
def _brings(file: str) -> bool:
    """Return whether a released distribution says that it brought a file."""
    for path in dict.fromkeys((file, os.path.realpath(file))):
        for distribution in distributions():
            name = _name_in(distribution, path)
            if name is not None and f"\n{name}," in "\n" + (distribution.read_text("RECORD") or ""):
                return not _is_from_folder(distribution)
    return False


def _name_in(distribution: Distribution, path: str) -> str | None:
    """Return the name of a file below the folder into which a distribution was installed."""
    top = str(distribution.locate_file(""))
    for folder in dict.fromkeys((os.path.abspath(top), os.path.realpath(top))):  # noqa: PTH100
        if path.startswith(folder + os.sep):
            return path[len(folder) + 1 :].replace(os.sep, "/")
    return None


def _is_from_folder(distribution: Distribution) -> bool:
    """Return whether a distribution was installed from a folder on this machine (PEP 610)."""
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return True
    return "dir_info" in origin
