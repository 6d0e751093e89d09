"""The event loop of a run that may need none.

A run that finds everything in the cache reads nothing and asks nobody. asyncio, and all of the
network that it imports, takes such a run longer to import than anything of renai's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from renai.closing import Closing
from renai.signals import interrupts_wait

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
        try:
            runner = self._runner or self._begun()
        except BaseException:  # by Ctrl-C, which waited for the loop
            coroutine.close()
            raise
        return runner.run(coroutine)

    def _begun(self) -> asyncio.Runner:
        import asyncio

        with interrupts_wait():  # half a loop cannot be closed
            self._runner = asyncio.Runner()
            self._runner.get_loop()
        return self._runner

    def close(self) -> None:
        """End the event loop, if there is one."""
        if self._runner is not None:
            self._runner.close()
