"""A look at an embedder's state, to notice what is changed from outside between two calls."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from renai.embedders.house_code import replaces_method
from renai.embedders.parameters import CREDENTIALS, NEVER_SHAPES
from renai.embedders.routes import at, is_credential

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_SHAPES = re.compile(
    "config|deploy|dim|endpoint|field|header|host|input_type|instruct|kwargs|lang|location|model|"
    "normal|option|param|pool|precis|prefix|project|prompt|query|region|revision|separat|suffix|"
    "task|trunc|url",
    re.IGNORECASE,
)
"""Names of attributes that sound as if they could shape a vector; others may be counters."""

STATES = re.compile("loaded|loading|ready|warm|initiali[sz]ed|cached|count", re.IGNORECASE)
"""Names of attributes that say how far an embedder is, and change as it is used elsewhere."""

_CLIENT = re.compile(
    "api|backend|client|^embeddings$|engine|http|meta$|service|session|wrapper", re.IGNORECASE
)
"""Names of attributes with objects that are looked into."""

_URL = re.compile("url|host", re.IGNORECASE)

_CODE = frozenset({"_event_hooks", "_mounts", "_transport"})
"""Where an HTTP client keeps what it calls, any of which may be code of the user's own."""

_METHOD = "()"
"""How the path of what stands in an object in the place of a method ends."""

_QUERY = "_params"
"""Where an HTTP client keeps the query that goes with every request."""

_MODELS_OF = ("numpy", "onnxruntime", "sentence_transformers", "torch", "transformers")
_DEPTH = 3
_FEW = 100


def look_at(embedder: object, parameters: Collection[str]) -> dict[str, str]:
    """Return what of an embedder's state could shape vectors, by path, as text.

    What an HTTP client calls, and what was put in the place of a method, stands there by its
    identity in this process.

    Args:
        embedder: the embedder.
        parameters: the names of its parameters.
    """
    seen: dict[str, str] = {}
    names = {*parameters, *(f"_{name}" for name in parameters)} - CREDENTIALS
    _look(embedder, "", names, seen, {id(embedder)})
    for name in parameters:  # properties, too
        if name not in seen and name not in CREDENTIALS:
            seen[name] = repr(getattr(embedder, name, None))
    return seen


def replaced_in(embedder: object, seen: Mapping[str, str]) -> list[Any]:
    """Return what stands in the place of methods, in an embedder and in its clients.

    Args:
        embedder: the embedder.
        seen: what was seen of it.
    """
    paths = (path.removesuffix(_METHOD) for path in seen if path.endswith(_METHOD))
    return [at(embedder, path) for path in paths]


def without_methods(seen: Mapping[str, str]) -> dict[str, str]:
    """Return what was seen, without what stands in the place of methods."""
    return {path: value for path, value in seen.items() if not path.endswith(_METHOD)}


def changes(before: Mapping[str, str], now: Mapping[str, str], *, vouched: bool) -> list[str]:
    """Return the paths of what is otherwise now; what came or went was loaded or closed.

    Methods are left out: whose code stands in their place says `replaced_in`.

    Args:
        before: what was seen.
        now: what is seen now.
        vouched: whether the user vouches for code.
    """
    return sorted(
        path
        for path in before.keys() & now.keys()
        if before[path] != now[path]
        and path.partition(".")[0].lstrip("_") not in NEVER_SHAPES
        and not path.endswith(_METHOD)
        and not (vouched and path.rpartition(".")[2] in _CODE)
    )


def sounds_shaping(name: str) -> bool:
    """Return whether an attribute's name says that it shapes vectors; others may be counters."""
    return _sound_of(name) == "shaping"


def _look(
    thing: object, path: str, names: Collection[str], seen: dict[str, str], visited: set[int]
) -> None:
    private = getattr(thing, "__pydantic_private__", None) or {}
    for name, value in [*getattr(thing, "__dict__", {}).items(), *private.items()]:
        sounds = "shaping" if name in names else _sound_of(name)
        if callable(value) and replaces_method(thing, name):
            seen[f"{path}{name}{_METHOD}"] = f"{type(value).__qualname__} {id(value)}"
        elif not sounds:
            continue
        elif sounds == "code":
            seen[path + name] = repr(value)  # with its address
        elif sounds == "headers" and hasattr(value, "items"):
            routing = [item for item in value.items() if not is_credential(str(item[0]))]
            seen[path + name] = repr(routing)
        elif _is_plain(value):
            if sounds == "shaping":
                seen[path + name] = _text(value)
        elif type(value).__name__ == "URL":
            seen[path + name] = str(value)
        elif path.count(".") < _DEPTH and id(value) not in visited and _is_looked_into(name, value):
            visited.add(id(value))
            kind = type(value)
            seen[f"{path}{name}"] = f"{kind.__module__}.{kind.__qualname__}"
            _look(value, f"{path}{name}.", (), seen, visited)


def _is_looked_into(name: str, value: object) -> bool:
    """Return whether an attribute is a client, which may be a parameter as well."""
    return (
        _sound_of(name) == "client"
        and type(value).__module__.partition(".")[0] not in _MODELS_OF
        and not isinstance(value, type)
    )


@functools.cache
def _sound_of(name: str) -> str:
    """Return what the name of an attribute sounds like; it is "" for all that is passed over."""
    if name in _CODE:
        return "code"
    if "header" in name.lower() or name == _QUERY:
        return "headers"
    if _CLIENT.search(name) and not _URL.search(name):
        return "client"
    shaping = _SHAPES.search(name) and not STATES.search(name)
    return "shaping" if shaping and name.lstrip("_") not in CREDENTIALS else ""


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict | list | tuple | set | frozenset):
        items = value.values() if isinstance(value, dict) else value
        return len(value) <= _FEW and all(map(_is_plain, items))
    return value is None or isinstance(value, str | bytes | bool | int | float)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return repr({key: item for key, item in value.items() if key not in CREDENTIALS})
    return repr(value)
