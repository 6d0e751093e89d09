"""What a connection has just missed, so that it is not looked for twice.

Who wants to compute looks up, claims what is missing, and looks once more, for somebody may have
brought it meanwhile. SQLite tells whether anybody else has written at all
(https://sqlite.org/pragma.html#pragma_data_version): if not, the second look is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

_MOST = 100_000  # names; more are forgotten


class Absent:
    """Names that are known to be missing, for one connection and as long as it is open."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._version = 0

    def without(self, names: Collection[str], connection: sqlite3.Connection) -> Collection[str]:
        """Give those names that may be there, each once; to be asked before they are read."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._names) > _MOST:
            self._version = version
            self._names.clear()
        if self._names.issuperset(names):
            return ()
        wanted = dict.fromkeys(names)
        return [name for name in wanted if name not in self._names] if self._names else wanted

    def note(self, found: Mapping[str, bytes | None]) -> dict[str, bytes]:
        """Take note of what was not found; gives the rest."""
        if None not in found.values():  # as for most who read
            return cast("dict[str, bytes]", found)
        self._names.update(name for name, value in found.items() if value is None)
        return {name: value for name, value in found.items() if value is not None}

    def arrived(self, names: Iterable[str]) -> None:
        """Take note of what is about to be written over this connection."""
        self._names.difference_update(names)
