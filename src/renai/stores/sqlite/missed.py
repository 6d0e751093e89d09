"""What was just missed in an SQLite file, so that it need not be looked for again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

_REMEMBERED = 100_000  # the most names


class JustMissed:
    """Names that a connection has missed, as long as no other connection has written.

    A caller that wants to compute looks up, claims what is missing, and looks up once more, since
    somebody may have stored it meanwhile. SQLite tells whether any other connection has written at
    all (https://sqlite.org/pragma.html#pragma_data_version); if none has, names that this
    connection missed are still missing.

    Its callers use one connection at a time.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._version = 0
        self._connection: sqlite3.Connection | None = None

    def not_among(self, names: Sequence[str], connection: sqlite3.Connection) -> Sequence[str]:
        """Return those of names that may exist by now, in their order."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        is_same = connection is self._connection and version == self._version
        if not is_same or len(self._names) > _REMEMBERED:
            self._connection, self._version = connection, version
            self._names.clear()
        if not self._names:
            return names
        if self._names.issuperset(names):
            return ()
        return [name for name in names if name not in self._names]

    def add(self, names: Iterable[str]) -> None:
        """Remember names that this connection has missed."""
        self._names.update(names)

    def remove(self, names: Iterable[str]) -> None:
        """Forget names that this connection is about to write."""
        self._names.difference_update(names)
