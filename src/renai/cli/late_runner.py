"""The event loop of a run that may need none.

A run that finds everything in the cache reads nothing and asks nobody. asyncio, and all of the
network that it imports, takes such a run longer to import than anything of renai's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from renai.closing import Closing

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

R = TypeVar("R")


class LateRunner(Closing):
    """Runs coroutines as `asyncio.Runner` does, in an event loop that begins with the first."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there is an event loop."""
        return self._runner is not None

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine to its end, and return its result."""
        if self._runner is None:
            import asyncio

            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)

    def close(self) -> None:
        """End the event loop, if there is one."""
        if self._runner is not None:
            self._runner.close()
