"""renai: rename documents from what a model says about them, and pay the model once.

The public names are imported on first use, so that `import renai` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renai.keys.digest import get_file_hash as get_file_hash

__version__ = "0.1.0"

_HOME = {
    "get_file_hash": "renai.keys.digest",
}

__all__ = ["get_file_hash"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'renai' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
