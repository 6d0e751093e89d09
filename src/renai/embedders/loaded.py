"""The models that an embedder holds in memory: whether they are the files', and what was set.

A model may have been loaded before it was wrapped, as tutorials do, or be handed out again by a
factory that keeps what it loaded. Its files may have been replaced since.
"""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from renai.embedders.house_code import methods_put_into
from renai.embedders.memory_stamp import MemoryStamp
from renai.embedders.tensors import equals_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from renai.embedders.weights import Weights
    from renai.keys.canonical import Value

_LIBRARIES = frozenset(
    {
        *("InstructorEmbedding", "ctranslate2", "fastembed", "llama_cpp", "model2vec"),
        *("onnxruntime", "openvino", "optimum", "peft", "sentence_transformers"),
        *("transformers", "transformers_modules"),
    }
)
"""Packages whose objects are models that were loaded, besides all modules of PyTorch."""

_DEEPEST = 3  # a component, its backend, the backend's model
_SETTINGS = ("max_seq_length", "prompts", "default_prompt_name", "truncate_dim")

_known: WeakKeyDictionary[Any, tuple[str, MemoryStamp]] = WeakKeyDictionary()
"""The models whose weights are known to be the files', with their state at that time."""


class _Mark:
    """Is among the objects of the collector of garbage until somebody freezes those."""


@dataclass(slots=True)
class _Frozen:
    """The models that were frozen at the last look, and what tells that no more are since."""

    mark: _Mark | None = None
    models: list[Callable[[], Any]] = field(default_factory=list)


_frozen = _Frozen()


def models_of(embedder: object) -> list[Any]:
    """Return the loaded models that an embedder holds, without the parts of each."""
    models: list[Any] = []
    seen = {id(embedder)}
    level = [embedder]
    for _ in range(_DEEPEST):
        inner = [value for holder in level for value in _held_by(holder)]
        level = []
        for value in inner:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if _is_model(value):
                models.append(value)
            elif hasattr(value, "__dict__") and not isinstance(value, type):
                level.append(value)
    return models


def _held_by(holder: Any) -> list[Any]:
    """Return what an object holds in attributes, also in private ones of pydantic."""
    return [*vars(holder).values(), *(getattr(holder, "__pydantic_private__", None) or {}).values()]


def models_in_memory() -> list[Any]:
    """Return all models that this process has loaded, with their parts."""
    objects = gc.get_objects()
    if not gc.get_freeze_count():
        return _models_among(objects)
    if not any(it is _frozen.mark for it in objects):
        _look_at_frozen()
        objects = gc.get_objects()  # what was frozen is not among them
    frozen = [model for model in (find() for find in _frozen.models) if model is not None]
    return [*frozen, *_models_among(objects)]


def _look_at_frozen() -> None:
    """Note the models among the objects that somebody took from the collector of garbage.

    Servers that load a model and then fork do that. `gc.get_objects` leaves such objects out, so
    they are unfrozen for a look. That takes half a second for a million of them, so it is done
    once after each freezing: a new mark is not frozen, and the next freezing takes it along.
    How many objects are frozen would not tell, for those that are let go of are not counted.
    """
    gc.unfreeze()
    _frozen.models = [_reference_to(model) for model in _models_among(gc.get_objects())]
    gc.freeze()
    _frozen.mark = _Mark()


def _reference_to(model: Any) -> Callable[[], Any]:
    """Return what finds a model as long as it lives; one that cannot be let go of lives on."""
    try:
        return ref(model)
    except TypeError:
        return lambda: model


def _models_among(objects: list[Any]) -> list[Any]:
    kinds = {id(kind): kind for kind in map(type, objects)}  # of millions of objects, thousands
    of_models = {number for number, kind in kinds.items() if _may_be_model(kind)}
    return [it for it in objects if id(type(it)) in of_models and _is_model(it)]


def functions_in(model: Any) -> list[Any]:
    """Return what was put in the place of a model's own methods, or is called beside these."""
    modules = model.modules() if callable(getattr(model, "modules", None)) else [model]
    found: list[Any] = []
    for module in modules:
        its = getattr(module, "__dict__", {})
        found += methods_put_into(module).values()
        found += [*its.get("_forward_hooks", {}).values()]
        found += [*its.get("_forward_pre_hooks", {}).values()]
    return found


def note(model: Any, weights: Weights) -> None:
    """Remember that a model in memory has these weights."""
    _known[model] = weights.identity, MemoryStamp(model)


def is_of(model: Any, weights: Weights) -> bool:
    """Return whether a model in memory has these weights: it is known to, equals them, or says so.

    Models whose tensors cannot be seen, such as those of ONNX, must be known to or say so.
    """
    identity, stamp = _known.get(model, ("", None))
    if stamp is not None and identity == weights.identity and stamp.change_in(model) is None:
        return True
    alike = None if weights.folder is None else equals_files(model, weights.folder)
    if alike is None and model not in _known:
        alike = _commit_of(model) == weights.identity
    if alike:
        note(model, weights)
    return bool(alike)


def settings_of(model: Any) -> dict[str, Value]:
    """Return what may be set on a loaded model and shapes its vectors, where it has such."""
    settings = {name: getattr(model, name, None) for name in _SETTINGS}
    prompts = settings["prompts"]
    if isinstance(prompts, dict):
        settings["prompts"] = {name: prompt for name, prompt in prompts.items() if prompt}
    return {name: value for name, value in settings.items() if value not in (None, {})}


def stated_settings(folder: Path, parameters: Mapping[str, Any]) -> dict[str, Value]:
    """Return what a model's settings are when it has just been loaded, as its files state them.

    Args:
        folder: where the files are.
        parameters: the parameters of the embedder that loads them.
    """
    sizes = [
        _stated(folder, "config.json").get("max_position_embeddings"),
        _stated(folder, "tokenizer_config.json").get("model_max_length"),
    ]
    transformer = _stated(folder, "config_sentence_transformers.json")
    lengths = [
        (parameters.get("tokenizer_kwargs") or {}).get("model_max_length"),
        _stated(folder, "sentence_bert_config.json").get("max_seq_length"),
        min((size for size in sizes if isinstance(size, int)), default=None),
    ]
    prompts = transformer.get("prompts") or {}
    settings = {
        "max_seq_length": next((length for length in lengths if length), None),
        "prompts": {name: prompt for name, prompt in prompts.items() if prompt},
        "default_prompt_name": transformer.get("default_prompt_name"),
        "truncate_dim": parameters.get("truncate_dim"),
    }
    return {name: value for name, value in settings.items() if value not in (None, {})}


def _is_model(value: Any) -> bool:
    return _may_be_model(type(value)) and hasattr(value, "__dict__")


def _may_be_model(kind: type) -> bool:
    torch = sys.modules.get("torch")
    if torch is not None and issubclass(kind, torch.nn.Module):
        return True
    return str(kind.__module__).partition(".")[0] in _LIBRARIES and not issubclass(kind, type)


def _commit_of(model: Any) -> str | None:
    """Return the identity that a model tells of itself, if its parts tell one and the same.

    transformers writes the commit that it loaded into a model's configuration.
    """
    parts = model.modules() if callable(getattr(model, "modules", None)) else [model]
    configurations = [getattr(part, "config", None) for part in parts]
    commits = {getattr(it, "_commit_hash", None) for it in configurations} - {None}
    return f"commit {commits.pop()}" if len(commits) == 1 else None


def _stated(folder: Path, file: str) -> dict[str, Any]:
    try:
        read = json.loads((folder / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
