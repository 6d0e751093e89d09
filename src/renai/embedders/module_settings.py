"""What is set on the modules of a model in memory, such as the pooling, and what its files state.

A model of sentence-transformers is a row of parts, each of which has a configuration; the classes
of the modules inside them, such as activations, shape vectors as well. Both may have been replaced
before the embedder was wrapped.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from renai.keys.canonical import Value

_PARTS = "modules.json"
_OF_ANY_MODEL = 2  # a transformer and a pooling


def parts_of(model: Any) -> dict[str, Value]:
    """Return class and configuration of each part of a model that has such, by name."""
    return {
        f"module {name}": [type(part).__qualname__, _configuration_of(part)]
        for name, part in _children(model)
        if callable(getattr(part, "get_config_dict", None))
    }


def parts_in(model: Any, folder: Path | None) -> list[tuple[str, Any, str | None]]:
    """Return name, module and folder of each part of a model; of one without parts, itself.

    Args:
        model: the model.
        folder: where its files are; None if they are not known, and then no folders are.
    """
    if not parts_of(model):
        return [("", model, "")]
    children = _children(model)
    path_of = {name: path for name, _, path in _listed(folder, children)}
    return [(name, part, path_of.get(name)) for name, part in children]


def module_settings(model: Any, folder: Path | None) -> dict[str, Value]:
    """Return how the modules of a model differ from what its files state; empty if not at all.

    Args:
        model: a model that was in memory before its files were looked at.
        folder: where its files are; None if they are not known.
    """
    if not parts_of(model):
        inner = transformer_in(model)
        if inner is not model:  # nothing states how it should be
            return {}
        present = _described(model)
        return {} if present == _stated(model, folder, "") else {"module": present}
    children = _children(model)
    listed = _listed(folder, children)
    settings: dict[str, Value] = {}
    if [name for name, _ in children] != [name for name, *_ in listed]:
        settings["modules"] = [name for name, _ in children]
    stated = {name: (kind, path) for name, kind, path in listed}
    for name, part in children:
        kind, path = stated.get(name, ("", None))
        present = _described(part)
        if type(part).__name__ != kind or present != _stated(part, folder, path):
            settings[f"module {name}"] = present
    return settings


def _described(part: Any) -> list[Value]:
    """Return the class of a part, its configuration, and the digest of the classes inside it."""
    classes: list[Value] = [_name_of(type(module)) for module in part.modules()]
    inside = digest_bytes(encode(classes))
    return [type(part).__qualname__, _configuration_of(part), inside]


def _stated(part: Any, folder: Path | None, path: str | None) -> list[Value] | None:
    """Return what `_described` says of a part that its class has just made; None if that fails.

    Args:
        part: the part.
        folder: where the files of the model are.
        path: the folder of the part's files below that; None if it has no files.
    """
    if folder is None:
        return None
    inner = transformer_in(part)
    try:
        if inner is None:
            return _described(_made(part, str(folder), path))
        torch = sys.modules["torch"]
        configuration = type(inner.config).from_pretrained(folder / (path or ""))
        configuration._attn_implementation = inner.config._attn_implementation
        with torch.device("meta"):  # without its weights
            made = type(inner)(configuration)
    except Exception:  # noqa: BLE001 - whatever a model's class raises: then it cannot be told
        return None
    within = {id(module) for module in inner.modules()}
    classes: list[Value] = []
    for module in part.modules():
        if module is inner:
            classes += [_name_of(type(each)) for each in made.modules()]
        elif id(module) not in within:
            classes.append(_name_of(type(module)))
    # Its configuration is that of its weights, and is watched from here on.
    return [type(part).__qualname__, _configuration_of(part), digest_bytes(encode(classes))]


def _made(part: Any, folder: str, path: str | None) -> Any:
    """Return a part as its class makes it from its files, or without any, as a mean of tokens."""
    kind = type(part)
    if path is None:
        sizes = (size for name, size in part.get_config_dict().items() if "dimension" in name)
        return kind(next(sizes), "mean")
    try:
        return kind.load(folder, subfolder=path)
    except TypeError:  # sentence-transformers before 5
        return kind.load(f"{folder}/{path}")


def transformer_in(part: Any) -> Any:
    """Return the model of transformers in a part; None if there is none."""
    transformers = sys.modules.get("transformers")
    if transformers is None:
        return None
    inner = (it for it in part.modules() if isinstance(it, transformers.PreTrainedModel))
    return next(inner, None)


def _listed(
    folder: Path | None, children: Sequence[tuple[str, Any]]
) -> list[tuple[str, str, str | None]]:
    """Return name, class and folder of each part, as the files list them.

    For a model that is not of sentence-transformers, that library makes a transformer and a mean.
    """
    path = None if folder is None else folder / _PARTS
    if path is not None and not path.exists() and len(children) == _OF_ANY_MODEL:
        return [("0", "Transformer", ""), ("1", "Pooling", None)]
    try:
        parts = json.loads(path.read_text(encoding="utf-8")) if path is not None else []
        return [
            (str(it["name"]), str(it["type"]).rpartition(".")[2], str(it["path"])) for it in parts
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _children(model: Any) -> list[tuple[str, Any]]:
    children = getattr(model, "named_children", None)
    return list(children()) if callable(children) else []


def _configuration_of(part: Any) -> str:
    get = getattr(part, "get_config_dict", None)
    return json.dumps(get(), sort_keys=True, default=repr) if callable(get) else ""


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
