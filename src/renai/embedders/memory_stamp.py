"""Whether a model in memory is still what it was: its modules, and the numbers of its weights.

What PyTorch counts (`_version`) shows a change of a tensor in place, but none that goes through
`.data`. So the places of the numbers are compared as well, and a few numbers of each parameter.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Literal

_FEW = 16
"""How many numbers of each parameter are compared."""


class MemoryStamp:
    """The state of a model in memory, to be compared with its state later.

    Args:
        model: the model; one without modules of PyTorch always counts as unchanged.
    """

    def __init__(self, model: Any) -> None:
        self._modules, self._tensors = _look(model)
        self._counts = [_count_of(tensor) for tensor in self._tensors]
        self._views = _views_of(self._tensors)
        self._numbers = [_bytes_of(views) for views in self._views]

    def __eq__(self, other: object) -> bool:
        """Return whether another model has such modules, and the same few numbers."""
        if not isinstance(other, MemoryStamp):
            return NotImplemented
        return (self._modules, self._numbers) == (other._modules, other._numbers)

    __hash__ = None  # type: ignore[assignment]

    def change_in(self, model: Any) -> Literal["modules", "weights"] | None:
        """Return what of the model changed, if anything did."""
        modules, tensors = _look(model)
        if modules != self._modules:
            return "modules"
        same = (
            len(tensors) == len(self._tensors)
            and all(now is before for now, before in zip(tensors, self._tensors, strict=True))
            and self._counts == [_count_of(tensor) for tensor in tensors]
            and self._numbers == [_bytes_of(views) for views in self._views]
        )
        return None if same else "weights"


def _look(model: Any) -> tuple[list[Any], list[Any]]:
    """Return the modules of a model and its parameters, in the order of the modules.

    Of a module stand there its class, what was put in the place of its `forward`, and how many
    functions are called before and after that.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return [], []
    modules: list[Any] = []
    tensors: list[Any] = []
    for module in model.modules():
        its = module.__dict__
        hooks = len(its["_forward_hooks"]), len(its["_forward_pre_hooks"])
        modules.append((type(module), its.get("forward"), hooks))
        tensors += [tensor for tensor in its["_parameters"].values() if tensor is not None]
    return modules, tensors


def _count_of(tensor: Any) -> tuple[int, int]:
    """Return what changes with a tensor, and where its numbers are; zeros where that is unknown."""
    try:
        return tensor._version, tensor.data_ptr()
    except (RuntimeError, NotImplementedError):  # made for inference, or not on any device
        return 0, 0


def _views_of(tensors: list[Any]) -> list[list[Any]]:
    """Return views of a few numbers of each tensor, by device and type of number."""
    groups: dict[Any, list[Any]] = {}
    for tensor in tensors:
        with suppress(RuntimeError, NotImplementedError, TypeError):
            if not tensor.numel() or tensor.device.type == "meta":
                continue
            shown = tensor.detach()
            if shown.is_contiguous():
                shown = shown.view(-1)[:: max(1, tensor.numel() // _FEW)]
            else:
                while shown.dim() > 1:
                    shown = shown[0]
            groups.setdefault((tensor.device, tensor.dtype), []).append(shown.view(-1)[:_FEW])
    return list(groups.values())


def _bytes_of(views: list[Any]) -> bytes:
    """Return the numbers of views as bytes, so that NaN equals NaN."""
    torch = sys.modules["torch"]
    try:
        return bytes(torch.cat(views).view(torch.uint8).cpu().numpy())
    except (RuntimeError, NotImplementedError, TypeError):  # a type of number of another library
        return b""
