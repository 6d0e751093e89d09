"""Letting go of a file without vectors, so that whoever writes the first can set its page size.

That can be done only while nobody else has the file open (`pages.py`). So a connection to such a
file is closed when it has been idle for a moment. To open it anew for each use would be slow, so
that comes to an end as well: after a number of uses a file without vectors is kept open like any
other.
"""

from __future__ import annotations

import sqlite3  # noqa: TID253 - belongs to the backend, which is itself imported late
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from renai.stores.sqlite.pages import is_undecided

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_USES = 1000
_IDLE = 0.02  # seconds for which a connection is kept


class IdleCloser:
    """Closes a connection that has been idle, as long as the page size of its file is undecided.

    Args:
        lock: is held by whoever uses the connection, and by the caller of each method here.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._uses_left = _MOST_USES
        self._used_at = 0.0
        self._timer: threading.Timer | None = None

    @property
    def is_needed(self) -> bool:
        """Whether the page size may still be undecided."""
        return self._uses_left > 0

    def used(self, connection: sqlite3.Connection, close: Callable[[], None]) -> None:
        """Note that a connection was just used, and have it closed when it is idle.

        Args:
            connection: the connection.
            close: closes it, and calls `cancel`.
        """
        undecided = False
        with suppress(sqlite3.Error):  # whoever reads a damaged entry is told
            undecided = is_undecided(connection)
        self._uses_left = self._uses_left - 1 if undecided else 0
        self._used_at = time.monotonic()
        if not undecided:
            self.cancel()  # or it would take the lock once more, for nothing
        elif self._timer is None:
            self._start(_IDLE, close)

    def cancel(self) -> None:
        """Close nothing any more, until the next use."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _start(self, seconds: float, close: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, self._close_if_idle, (close,))
        self._timer.daemon = True
        try:
            self._timer.start()
        except RuntimeError:  # the program is ending
            self._timer = None
            close()

    def _close_if_idle(self, close: Callable[[], None]) -> None:
        with self._lock:
            self._timer = None
            idle = time.monotonic() - self._used_at
            if self.is_needed and idle < _IDLE:
                self._start(_IDLE - idle, close)
            elif self.is_needed:
                close()
