"""What caches of dense and of sparse vectors share: all but the vectors themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.closing import Closing
from renai.codecs.binary import check_ttl
from renai.embeddings.lineage import record_lineage
from renai.embeddings.recipe import EntryNames, check_texts
from renai.errors import UsageError
from renai.keys.recipe import Recipe
from renai.locations import cache_folder
from renai.stores.registry import open_store
from renai.usage.database import open_counters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.stores.base import Store


class VectorCache(Closing):
    """Vectors in a store, each under the name that its text and its recipe have.

    Args:
        store: where they are kept: a URL, two as tiers, or an open store, which stays open.
        recipe: everything besides the text that shapes a vector.
        numbers: the type of number they are stored as; `sparse` for sparse vectors.
        ttl: seconds for which a vector may be used; without it, for ever.
        max_bytes: about how much the store may hold; only for one that is given by its URL.
        namespace: caches of different namespaces share no vectors.
        ledger: count what is used in renai's cache folder, or nowhere.

    Raises:
        UsageError: an argument that cannot be meant.
        ConfigurationError: no such kind of store.
        StoreError: the store cannot be opened.
    """

    def __init__(
        self,
        store: str | list[str] | tuple[str, str] | Store,
        recipe: Recipe,
        numbers: str,
        *,
        ttl: float | None,
        max_bytes: int | None,
        namespace: str,
        ledger: bool,
    ) -> None:
        self._opened_here = isinstance(store, str | list | tuple)
        if not self._opened_here and not hasattr(store, "get_many"):
            raise UsageError(
                "store is a URL, such as sqlite:///vectors.sqlite, or an open store, and this is a "
                f"{type(store).__qualname__}"
            )
        if not isinstance(recipe, Recipe):
            raise UsageError(
                f"recipe is a Recipe(model, …), and this is a {type(recipe).__qualname__}"
            )
        if max_bytes is not None and not self._opened_here:
            raise UsageError("max_bytes is for a store given by its URL; limit an open one itself")
        check_ttl(ttl)
        self._names = EntryNames(namespace, recipe, numbers)
        self._store = (
            open_store(store, max_bytes=max_bytes)
            if isinstance(store, str | list | tuple)
            else store
        )
        self._counters = open_counters(cache_folder() if ledger else None)

    def trace(self, texts: Sequence[str], sources: Sequence[str | None]) -> None:
        """Write down which file each text came from, before it is embedded.

        `renai cache forget` then finds the vectors of a file.

        Args:
            texts: n texts.
            sources: for each, the SHA-256 of its file, 64 hex digits; None where there is none.

        Raises:
            UsageError: a source is something else.
            TypeError: a text is no `str`.
        """
        record_lineage(self._store, self._names, check_texts(texts), sources)

    def delete(self, texts: Sequence[str]) -> int:
        """Drop the vectors of texts, and return how many were there.

        Raises:
            StoreError: they may still be there.
            TypeError: a text is no `str`.
        """
        return self._store.delete_many(self._names.of(dict.fromkeys(check_texts(texts))))

    def key(self, text: str) -> str:
        """Return the 64 hex digits by which the entry of a text is named.

        They digest namespace, recipe, number type and text.
        """
        return self._names.digest(text)

    def close(self) -> None:
        """Close the store if it was opened here; may be called twice."""
        self._counters.flush()
        if self._opened_here:
            self._store.close()
