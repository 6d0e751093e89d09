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

    Returns:
        None if that cannot be told: the model has no tensors of PyTorch, or one of them is in no
        file.
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
        for name, tensor in tensors.items():
            read = _find(name, stored[folder_of.get(name.partition(".")[0], "")])
            if read is None:
                return None
            kept = read()
            if kept.shape != tensor.shape:
                return False
            if torch.promote_types(kept.dtype, tensor.dtype) != tensor.dtype:
                return False
            if not torch.equal(kept.to(tensor.dtype), tensor.detach().cpu()):
                return False
    return True


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


def _find(name: str, stored: Mapping[str, Callable[[], Any]]) -> Callable[[], Any] | None:
    """Return the longest name in the files with which a name in memory ends."""
    while name:
        if name in stored:
            return stored[name]
        name = name.partition(".")[2]
    return None
