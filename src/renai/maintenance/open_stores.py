"""Open the stores that a person's cache consists of, for maintenance.

Opening them creates nothing: a cache that does not exist has no entries. Texts and metadata are in
the cache folder, or in a shared store instead. Vectors are in the file that the Haystack components
use, in a store that the person names, or in the shared store as well.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.embeddings.recipe import EMBEDDING
from renai.errors import UsageError
from renai.locations import VECTORS_FILE, vectors_url_in
from renai.metadata.entry_names import CHAT
from renai.stores.base import without_password
from renai.stores.durable import check_cache_folder
from renai.stores.files import FileStore
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renai.settings import Settings
    from renai.stores.base import Store

LAYERS = {
    "text": "text/",
    "metadata": "metadata/",
    "embedding": EMBEDDING,
    "chat": CHAT,
}
"""The prefix of each layer's entry names."""

_OF_VECTORS = ("embedding", "chat")
"""What a store of vectors may hold: the gateway keeps completions beside its vectors."""


@dataclass(frozen=True)
class OpenStore:
    """One store of a cache.

    Attributes:
        place: where it is, for people; without the password that a URL may contain.
        store: the store.
        layers: which layers it may hold entries of.
    """

    place: str
    store: Store
    layers: tuple[str, ...]

    def prefixes(self, wanted: Sequence[str]) -> list[str]:
        """Return the prefixes of the entry names of these layers in this store."""
        return [LAYERS[layer] for layer in self.layers if layer in wanted]


@contextmanager
def open_stores(settings: Settings, vectors_url: str | None = None) -> Iterator[list[OpenStore]]:
    """Open all stores of a cache; the first is the one with texts and metadata.

    Args:
        settings: which cache.
        vectors_url: the store of the vectors, if that is not in the cache folder.

    Raises:
        ConfigurationError: there is no such kind of store, or others may write the cache folder.
        StoreError: a store cannot be opened.
    """
    check_cache_folder(settings.cache_dir)
    with ExitStack() as stack:

        def open_one(url: str, layers: tuple[str, ...]) -> OpenStore:
            store = open_store(url)
            stack.callback(store.close)
            return OpenStore(without_password(url), store, layers)

        vectors = settings.cache_dir / VECTORS_FILE
        if settings.cache_url:
            stores = [open_one(settings.cache_url, tuple(LAYERS))]
        else:
            folder = FileStore(settings.cache_dir)
            stack.callback(folder.close)
            stores = [OpenStore(str(settings.cache_dir), folder, tuple(LAYERS))]
        if vectors_url and vectors_url != settings.cache_url:
            stores.append(open_one(vectors_url, _OF_VECTORS))
        elif not vectors_url and vectors.exists():
            stores.append(open_one(vectors_url_in(settings.cache_dir), _OF_VECTORS))
        yield stores


def check_layers(layers: Sequence[str]) -> tuple[str, ...]:
    """Return the layers if all of them exist.

    Raises:
        UsageError: one of them does not exist.
    """
    for layer in layers:
        if layer not in LAYERS:
            raise UsageError(f"there is no layer {layer!r}; choose from {', '.join(LAYERS)}")
    return tuple(layers)
