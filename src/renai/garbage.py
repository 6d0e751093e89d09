"""Making very many objects that are no garbage, without Python looking for some among them.

Python looks through what is new each time that some hundred lists or the like were made, and now
and then through all there is. Where a call makes thousands of lists of numbers, which cannot be
garbage, that takes as long as making them.
"""

from __future__ import annotations

import gc
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Search:
    """Python's search for garbage, which rests as long as anybody wants that."""

    def __init__(self) -> None:
        # A finalizer may come here in the same thread.
        self._lock = threading.RLock()
        self._wishes = 0
        self._was_on = False

    def rest(self) -> None:
        with self._lock:
            if not self._wishes:
                self._was_on = gc.isenabled()
                gc.disable()
            self._wishes += 1

    def go_on(self) -> None:
        with self._lock:
            self._wishes -= 1
            if not self._wishes and self._was_on:
                gc.enable()

    def begin_anew(self) -> None:
        """Go on in a child process, which has not the threads that wanted a rest."""
        self._lock = threading.RLock()
        if self._wishes and self._was_on:
            gc.enable()
        self._wishes = 0


_search = _Search()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_search.begin_anew)


@contextmanager
def not_looked_for() -> Iterator[None]:
    """Let no garbage be looked for while the block makes objects, in whatever thread.

    What nobody refers to any more is freed all the same; only circles of objects wait.
    """
    _search.rest()
    try:
        yield
    finally:
        _search.go_on()
