"""Write what happens in batches, from a thread of its own, so that nobody waits for a disk.

What is gathered is written a moment after the first of it came, and when the writer is closed or
the program ends. A crash loses what was gathered since: one batch. Whoever writes has something
better to do than to keep records, so a failure is one warning.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from renai.errors import StoreError

B = TypeVar("B")

_log = logging.getLogger("renai")


class BatchWriter(ABC, Generic[B]):
    """Gathers batches of one kind.

    Args:
        seconds: how long a batch is gathered at most.
    """

    _timer: threading.Timer | None

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._warned = False
        self._begin_anew()
        _writers.add(self)

    def flush(self) -> None:
        """Write what was gathered. This blocks."""
        with self._writing:
            with self._lock:
                self._cancel()
                batch = self._take()
            if batch is None:
                return
            try:
                self._write(batch)
            except (StoreError, OSError) as error:
                if not self._warned:
                    self._warned = True
                    _log.warning("%s", self._complaint(error))

    @abstractmethod
    def _empty(self) -> None:
        """Begin a batch; also forget the one there is."""

    @abstractmethod
    def _take(self) -> B | None:
        """Give the batch away and begin the next; None if there is nothing in it."""

    @abstractmethod
    def _write(self, batch: B) -> None:
        """Write a batch.

        Raises:
            StoreError, OSError: it was not written.
        """

    @abstractmethod
    def _complaint(self, error: Exception) -> str:
        """Say what a failure means to a person."""

    def _due(self, *, at_once: bool = False) -> None:
        """Have the batch written in time, or as soon as a thread can; called with the lock held."""
        if at_once:
            self._cancel()
        if self._timer is None:
            timer = threading.Timer(0.0 if at_once else self._seconds, self.flush)
            timer.name = f"renai {type(self).__name__}"
            timer.daemon = True  # what is left at the end is written by `_flush_all`
            self._timer = timer
            timer.start()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer = None
        self._empty()


_writers: weakref.WeakSet[BatchWriter[Any]] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    for writer in list(_writers):
        writer.flush()


def _begin_all_anew() -> None:
    """A child has neither its parent's threads nor its batches, which the parent will write."""
    for writer in list(_writers):
        writer._begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all_anew)
