"""renai: rename documents from what a model says about them, and pay the model once.

The public names are imported on first use, so that `import renai` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from renai.keys.digest import get_file_hash as get_file_hash
    from renai.keys.names import get_provider_model_key as get_provider_model_key
    from renai.layers.metadata import get_metadata_cache_path as get_metadata_cache_path
    from renai.layers.text import get_text_cache_path as get_text_cache_path
    from renai.library.orchestrator import Orchestrator as Orchestrator
    from renai.library.processor import BookProcessor as BookProcessor
    from renai.providers.schema import Metadata as Metadata

__version__ = "0.1.0"

_HOMES = {
    "BookProcessor": "renai.library.processor",
    "Metadata": "renai.providers.schema",
    "Orchestrator": "renai.library.orchestrator",
    "get_file_hash": "renai.keys.digest",
    "get_metadata_cache_path": "renai.layers.metadata",
    "get_provider_model_key": "renai.keys.names",
    "get_text_cache_path": "renai.layers.text",
}

__all__ = [
    "BookProcessor",
    "Metadata",
    "Orchestrator",
    "get_file_hash",
    "get_metadata_cache_path",
    "get_provider_model_key",
    "get_text_cache_path",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'renai' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
