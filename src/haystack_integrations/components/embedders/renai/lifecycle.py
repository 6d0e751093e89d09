"""How a component is warmed up, closed, and made anew where it is copied."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from haystack_integrations.components.embedders.renai.embedder_cache import EmbedderCache


class Lifecycle:
    """Of a component that has an `EmbedderCache` and keeps its parameters as attributes."""

    _cache: EmbedderCache

    def warm_up(self) -> None:
        """Open the cache; the embedder is loaded only if its weights cannot be known otherwise."""
        self._cache.opened()

    async def warm_up_async(self) -> None:
        """`warm_up` for tasks."""
        await asyncio.to_thread(self._cache.opened)

    def close(self) -> None:
        """Close the cache and the embedder; the next run opens them again."""
        self._cache.close()

    async def close_async(self) -> None:
        """`close` for tasks."""
        await self._cache.close_async()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as what it was made from; an open cache can be neither."""
        _, *names = inspect.signature(type(self).__init__).parameters
        return _made_of, (type(self), {name: getattr(self, name) for name in names})


def _made_of(kind: type[Lifecycle], parameters: dict[str, Any]) -> Lifecycle:
    return kind(**parameters)
