"""The connection of a store to its file, which all threads of a process share.

A file needs no circuit breaker: what fails, such as a full disk, fails at once. Only a lock that
somebody else holds makes callers wait, and after one wait in vain the next waits are short.

A connection must not survive a fork, not even to be closed in the child: SQLite would believe that
the child has the parent's locks. So all are closed before, and opened anew when needed.
"""

from __future__ import annotations

import os
import sqlite3  # noqa: TID253 - belongs to the backend, which is itself imported late
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import renai.stores.sqlite.space as sqlite_space
from renai.errors import DamagedStoreError, StoreError
from renai.forks import unforked
from renai.stores.sqlite.file import is_damage, is_locked, open_file, wait_for_locks
from renai.stores.sqlite.idle import IdleCloser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from renai.stores.allowance import Allowance

_SHORT_WAIT = 0.1  # seconds: long enough for a usual write of another process
_SHORT_WAITS_FOR = 30.0


class SharedConnection:
    """A connection that is used by one thread at a time, and opened when it is needed.

    Args:
        path: the file.
        allowance: what is noted of reading entries, where the file is limited; it is written down
            before the connection is closed.

    Attributes:
        times_opened: how often it was opened so far.
    """

    def __init__(self, path: Path, allowance: Allowance[int] | None) -> None:
        self._path = path
        self._where = str(path)
        self._allowance = allowance
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self.times_opened = 0
        self._file: tuple[int, int] | None = None
        self._short_waits_until = 0.0
        self._patience: float | None = None
        self._idle_closer = IdleCloser(self._lock)
        with _forking:
            _all.add(self)

    @contextmanager
    def using(self, action: str) -> Iterator[sqlite3.Connection]:
        """Lend the connection; a transaction that the block left open when it raised is taken back.

        Args:
            action: what the block does, for the error message.

        Raises:
            StoreError: the file cannot be opened, or fails.
            DamagedStoreError: it is damaged.
        """
        with self._lock:
            try:
                if self._connection is not None and _identity(self._where) != self._file:
                    self.close()  # the file was replaced; what is written to the old one is lost
                connection = self._connection or self._open()
                if self._short_waits_until and time.monotonic() >= self._short_waits_until:
                    self._wait_long(connection)
                try:
                    yield connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                if self._idle_closer.is_needed:
                    self._idle_closer.used(connection, self.close)
            except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
                if is_locked(error):
                    self._wait_short()
                said = f"cannot {action} {self._path}: {error}"
                if is_damage(error):
                    raise DamagedStoreError(f"{said}; move it away to begin anew") from error
                raise StoreError(said) from error

    @contextmanager
    def writing(self, action: str) -> Iterator[sqlite3.Connection]:
        """Lend the connection, and commit what the block writes; errors are those of `using`."""
        with self.using(action) as connection, self.transaction(connection):
            yield connection

    @contextmanager
    def transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Commit what the block writes; `using` takes it back if the block raises."""
        connection.execute("BEGIN IMMEDIATE")
        if self._short_waits_until:  # the lock was free again
            self._wait_long(connection)
        yield
        connection.execute("COMMIT")

    def wait_at_most(self, seconds: float) -> None:
        """Set how long a call waits for a lock that another program holds, before it fails."""
        self._patience = seconds
        with self.using("open") as connection:
            wait_for_locks(connection, seconds)

    def is_free(self) -> bool:
        """Return whether the file is open, and no other thread reads or writes it now."""
        if self._connection is None or self._short_waits_until:
            return False
        if self._lock.acquire(blocking=False):
            self._lock.release()
            return True
        return False

    @property
    def may_be_without_vectors(self) -> bool:
        """Whether the size of the file's pages may still have to be chosen."""
        return self._idle_closer.is_needed

    def close(self) -> None:
        """Close it; may be called twice, and the next use opens it anew."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    if self._allowance is not None:
                        self._connection.execute("BEGIN IMMEDIATE")
                        sqlite_space.touch(self._connection, self._allowance.take_notes())
                        self._connection.execute("COMMIT")
                    self._connection.close()
            self._connection = None
            self._idle_closer.cancel()

    def _open(self) -> sqlite3.Connection:
        connection = open_file(
            self._path, lock_timeout=_SHORT_WAIT if self._short_waits_until else self._patience
        )
        self._connection = connection
        self.times_opened += 1
        self._file = _identity(self._where)
        if self._allowance is not None:
            sqlite_space.begin_limit(connection)
        return connection

    def _wait_short(self) -> None:
        """Let batches fail soon for a while, after one has waited for a lock in vain."""
        self._short_waits_until = time.monotonic() + _SHORT_WAITS_FOR
        if self._connection is not None:
            wait_for_locks(self._connection, _SHORT_WAIT)

    def _wait_long(self, connection: sqlite3.Connection) -> None:
        self._short_waits_until = 0.0
        wait_for_locks(connection, self._patience)


def _identity(path: str) -> tuple[int, int] | None:
    """Return device and inode, which tell whether this is still the file that was opened."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - before every batch, no Path needed
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


_all: weakref.WeakSet[SharedConnection] = weakref.WeakSet()
_of_thread = threading.local()
"""What the thread that forks holds, in the order in which it came by it."""
_forking = threading.RLock()
"""Held by whoever forks, until that is done: another one has its turn, and no connection is new."""


def _before_fork() -> None:
    # First, for whoever holds it may still come to need a connection: Python may collect a cache
    # there with something that waits to be stored.
    _of_thread.held = []
    for lock in (unforked, _forking):
        _hold_for_fork(lock)
    for connection in list(_all):
        _hold_for_fork(connection._lock)
        connection.close()


def _hold_for_fork(lock: threading.RLock) -> None:
    lock.acquire()
    _of_thread.held.append(lock)


def _after_fork() -> None:
    # Python says in the hook before a fork that somebody pressed Ctrl-C, and forks all the same.
    while _of_thread.held:
        _of_thread.held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
