"""renai: rename documents from what a model says about them, and pay the model once.

The public names are those below and those of `renai.errors`, `renai.stores`,
`renai.stores.testing`, `renai.providers`, `renai.documents`, of the adapters to frameworks
(`renai.arrow`, `renai.langchain`, `renai.litellm`, `renai.llama_index`, `renai.openai`,
`renai.ray`, `renai.sentence_transformers`) and of
`haystack_integrations.components.embedders.renai`, as docs/python.md lists them. All other
modules are internal and may change with any version.

The names are imported on first use, so that `import renai` costs nothing.
"""

from __future__ import annotations

from renai.lazy_names import lazy_names
from renai.version import __version__ as __version__

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`: that import would take most of the time
if TYPE_CHECKING:
    from renai.embeddings.cache import EmbeddingCache as EmbeddingCache
    from renai.embeddings.recipe import EmbeddingRecipe as Recipe
    from renai.keys.digest import get_file_hash as get_file_hash
    from renai.library.orchestrator import Orchestrator as Orchestrator
    from renai.metadata.metadata_cache import get_metadata_cache_path as get_metadata_cache_path
    from renai.metadata.metadata_cache import get_provider_model_key as get_provider_model_key
    from renai.metadata.processor import BookProcessor as BookProcessor
    from renai.metadata.processor import VisualProcessor as VisualProcessor
    from renai.metadata.text_cache import get_text_cache_path as get_text_cache_path
    from renai.providers.schema import Metadata as Metadata

_HOMES = {
    "VisualProcessor": "renai.metadata.processor",
    "BookProcessor": "renai.metadata.processor",
    "EmbeddingCache": "renai.embeddings.cache",
    "Metadata": "renai.providers.schema",
    "Orchestrator": "renai.library.orchestrator",
    "Recipe": "renai.embeddings.recipe:EmbeddingRecipe",
    "get_file_hash": "renai.keys.digest",
    "get_metadata_cache_path": "renai.metadata.metadata_cache",
    "get_provider_model_key": "renai.metadata.metadata_cache",
    "get_text_cache_path": "renai.metadata.text_cache",
}

__all__ = [
    "BookProcessor",
    "EmbeddingCache",
    "Metadata",
    "Orchestrator",
    "Recipe",
    "VisualProcessor",
    "get_file_hash",
    "get_metadata_cache_path",
    "get_provider_model_key",
    "get_text_cache_path",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
