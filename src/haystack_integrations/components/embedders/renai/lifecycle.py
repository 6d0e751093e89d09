"""What Haystack calls before the first run of a component and after the last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haystack_integrations.components.embedders.renai.embedder_cache import EmbedderCache


class Lifecycle:
    """Warms up and closes a component that has an `EmbedderCache`."""

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
