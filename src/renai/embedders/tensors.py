"""Compare the tensors of a model in memory with those of its files."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_PARTS = "modules.json"
"""The folders of the parts of a sentence-transformers model."""


def equals_files(model: Any, folder: Path) -> bool | None:
    """Return whether a model's tensors equal those of the files in a folder.

    A tensor's name in memory ends with its name in the file, without the first part of the latter
    where the model is a part of what was trained. Numbers may be wider in memory than in the file.
    All numbers with a fraction that the files have must be in memory, too.

    Returns:
        None if that cannot be told: the model has no tensors of PyTorch; one of them is in no file;
        or a part of what is in the files, such as a head, is not in memory at all.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return None
    tensors = model.state_dict()
    if not tensors:
        return None
    with ExitStack() as stack:
        folder_of = _folders(folder)
        stored = {part: _stored(folder / part, stack) for part in set(folder_of.values())}
        found: dict[str, set[str]] = {part: set() for part in stored}
        for name, tensor in tensors.items():
            part = folder_of.get(name.partition(".")[0], "")
            spelled = _find(name, stored[part])
            if spelled is None:
                return None
            found[part].add(spelled)
            kept = stored[part][spelled]()
            if kept.shape != tensor.shape:
                return False
            if torch.promote_types(kept.dtype, tensor.dtype) != tensor.dtype:
                return False
            if not torch.equal(kept.to(tensor.dtype), tensor.detach().cpu()):
                return False
        return _is_all_found(stored, found)


def _is_all_found(
    stored: Mapping[str, Mapping[str, Callable[[], Any]]], found: Mapping[str, set[str]]
) -> bool | None:
    """Return whether no tensor of the files is missing in memory.

    Args:
        stored: the tensors of the files by the folders of parts; each has both of its names.
        found: the names of those that are in memory.

    Returns:
        None if only whole parts are missing, which the class of the model may have no use for;
        False if one is missing beside others that are there, such as a layer.
    """
    alike: bool | None = True
    for part, readers in stored.items():
        kinds = {name.partition(".")[0] for name in found[part]}
        names_of: dict[Any, list[str]] = {}
        for name, read in readers.items():
            names_of.setdefault(read, []).append(name)
        for read, names in names_of.items():
            if not found[part].isdisjoint(names) or not read().is_floating_point():
                continue
            if not kinds.isdisjoint(name.partition(".")[0] for name in names):
                return False
            alike = None
    return alike


def _folders(folder: Path) -> Mapping[str, str]:
    """Return the folder of each numbered part; for a model that has none, only the top."""
    try:
        parts = json.loads((folder / _PARTS).read_text(encoding="utf-8"))
        return {"": ""} | {str(part["name"]): part["path"] for part in parts}
    except (OSError, ValueError, KeyError, TypeError):
        return {"": ""}


def _stored(folder: Path, stack: ExitStack) -> dict[str, Callable[[], Any]]:
    """Return the tensors in the files of a folder, each as a function that reads it."""
    readers: dict[str, Callable[[], Any]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        readers |= _in_safetensors(path, stack)
    if not readers:
        for path in sorted(folder.glob("pytorch_model*.bin")):
            readers |= _in_pickle(path)
    for name, read in list(readers.items()):
        readers.setdefault(name.partition(".")[2], read)
    return readers


def _in_safetensors(path: Path, stack: ExitStack) -> Iterator[tuple[str, Callable[[], Any]]]:
    from safetensors import safe_open

    file = stack.enter_context(safe_open(path, framework="pt"))
    return ((name, partial(file.get_tensor, name)) for name in file.keys())  # noqa: SIM118


def _in_pickle(path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    import torch

    tensors = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    return ((name, partial(tensors.__getitem__, name)) for name in tensors)


def _find(name: str, stored: Mapping[str, Callable[[], Any]]) -> str | None:
    """Return the longest name in the files with which a name in memory ends."""
    while name:
        if name in stored:
            return name
        name = name.partition(".")[2]
    return None
