"""The caches of a gateway: one for each caller and recipe, as long as it is in use.

Callers and what they ask for come from outside, so no more than a number of caches is kept. One
that is not needed for the moment is closed for another; its vectors stay in the store.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.cache.reservation import all_recorded, hop
from renai.embeddings.cache import EmbeddingCache
from renai.embeddings.recipe import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from renai.embeddings.recipe import EmbeddingRecipe
    from renai.gateway.counted_models import CountedModels
    from renai.stores.base import Store

_MOST = 256
_LARGEST_REQUEST = 1 << 20
"""How many inputs may be asked for at once, so that one request stays one request."""


@dataclass(slots=True)
class _Open:
    """An open cache, and how many requests use it at the moment."""

    cache: EmbeddingCache
    users: int = 0


class VectorCaches:
    """The open caches of a gateway, over one store.

    Args:
        store: the store for the vectors.
        counted: the models that are counted by name.
        most: how many are kept open that nobody uses at the moment.
    """

    def __init__(self, store: Store, counted: CountedModels, most: int = _MOST) -> None:
        self.store = store
        self._counted = counted
        self._most = most
        self._open: OrderedDict[Hashable, _Open] = OrderedDict()

    def lend(
        self, key: Hashable, namespace: str, recipe: Callable[[], EmbeddingRecipe]
    ) -> EmbeddingCache:
        """Return the cache of a recipe, which stays open until it is given back.

        Args:
            key: what makes namespace and recipe; equal for equal ones.
            namespace: the namespace of the vectors.
            recipe: returns the recipe.
        """
        opened = self._open.get(key)
        if opened is None:
            made = recipe()
            made.called = without_secrets(self._counted.name_of(made.called))
            cache = EmbeddingCache(
                self.store, made, namespace=namespace, batch_size=_LARGEST_REQUEST
            )
            opened = self._open[key] = _Open(cache)
        else:
            self._open.move_to_end(key)
        opened.users += 1
        return opened.cache

    def opened(self, key: Hashable) -> EmbeddingCache | None:
        """Return the cache of a recipe if it is open, for a moment in which nothing is awaited."""
        opened = self._open.get(key)
        if opened is None:
            return None
        self._open.move_to_end(key)
        return opened.cache

    def accept(self, cache: EmbeddingCache, model: str) -> None:
        """Note that the upstream knows the model of a cache, which is counted by its name now."""
        self._counted.accept(model)
        cache.count_as(without_secrets(self._counted.name_of(model)))

    async def give_back(self, key: Hashable) -> None:
        """Note that a cache is not used any more, once for each time that it was lent."""
        self._open[key].users -= 1
        if len(self._open) > self._most:
            await self._close_idle()

    async def aclose(self) -> None:
        """Close all caches."""
        opened, self._open = self._open, OrderedDict()
        await all_recorded()
        for each in opened.values():
            await hop(each.cache.close)

    async def _close_idle(self) -> None:
        """Close the cache that nobody has used for longest."""
        for key, opened in self._open.items():
            if not opened.users:
                del self._open[key]
                await hop(opened.cache.close)
                return
