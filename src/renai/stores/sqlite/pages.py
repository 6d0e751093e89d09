"""The page size of an SQLite file, chosen by the size of the vectors that come first.

SQLite keeps rows on pages, and what is left over on a page stays empty: of vectors with 1,024
numbers three fit on 16 KiB, and a quarter of the file would be empty. Larger pages leave less over,
but more is written for a change to the index; so the smallest that will do is taken.

A file is made before anybody knows what will be in it, and its page size can be changed only while
nobody else has it open. So it is changed when the first vectors are written; until then idle
connections are closed (`idle.py`). A file with entries stays as it is.
"""

from __future__ import annotations

import sqlite3  # noqa: TID253 - belongs to the backend, which is itself imported late
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from renai.stores.sqlite.file import RECORDS, use_wal, wait_for_locks
from renai.stores.sqlite.space import rewrite

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PAGE_SIZES = (16384, 32768, 65536, 8192, 4096)
"""The page sizes, the first one being that of a new file, and then in the order of preference."""

_GOOD = 1.07
"""The ratio of disk to rows from which on the first page size that has it is taken."""

_BESIDES = 23  # bytes of a row besides name and value: its header, its slot, when it was stored
_EXPIRY = 8
_OF_A_CELL = 7  # bytes on a page for each row: its place, its size, and a rowid of up to 3 bytes
_DIGEST = 32
_PATIENCE = 1.0  # seconds to wait for others who have the file open just now
_POLL_SECONDS = 0.005

_IS_RECORD = " OR ".join(
    f"substr(name, 1, {len(prefix)}) = CAST('{prefix.decode()}' AS BLOB)" for prefix in RECORDS
)
_IS_UNDECIDED = f"SELECT NOT EXISTS (SELECT 1 FROM entries WHERE NOT ({_IS_RECORD}))"  # noqa: S608 - constants
_FEW = 256  # pages; a file with more is not looked through, and not written anew


def is_undecided(connection: sqlite3.Connection) -> bool:
    """Return whether a file has no entries but a few small records."""
    if connection.execute("PRAGMA page_count").fetchone()[0] > _FEW:
        return False
    (undecided,) = connection.execute(_IS_UNDECIDED).fetchone()
    return bool(undecided)


def choose_page_size(
    packed: Sequence[bytes], values: Collection[bytes], *, expires: bool
) -> int | None:
    """Return the page size for vectors that are about to be written.

    Args:
        packed: the packed names.
        values: the values, in the same order.
        expires: whether they have a time to live.

    Returns:
        The page size; None if these are no vectors of one size.
    """
    sizes = set(map(len, values))
    if len(sizes) != 1 or not packed:
        return None
    name = packed[0]
    # A vector's name ends in a digest.
    if len(name) <= _DIGEST or name[-_DIGEST - 1] or name.startswith(RECORDS):
        return None
    row = sizes.pop() + len(name) + _BESIDES + (_EXPIRY if expires else 0)
    taken = {size: _bytes_taken(row, size) / row for size in _PAGE_SIZES}
    good = (size for size in _PAGE_SIZES if taken[size] <= _GOOD)
    return next(good, min(_PAGE_SIZES, key=taken.__getitem__))


def set_page_size(connection: sqlite3.Connection, page_size: int) -> None:
    """Give a file with few entries another page size, unless somebody else has it open."""
    deadline = time.monotonic() + _PATIENCE
    while _page_size(connection) != page_size:
        wait_for_locks(connection, 0)
        try:
            with suppress(sqlite3.OperationalError):  # somebody has it open
                if connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",):
                    connection.execute(f"PRAGMA page_size = {page_size}")
                    rewrite(connection)
        finally:
            wait_for_locks(connection)
            use_wal(connection)
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL_SECONDS)


def _page_size(connection: sqlite3.Connection) -> int:
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return size


def _bytes_taken(row: int, page: int) -> float:
    """Return the bytes of a file that one row takes (https://sqlite.org/fileformat2.html)."""
    beyond = 0
    if row > page - 35:  # only its beginning is on a page with others
        least = (page - 12) * 32 // 255 - 23
        here = least + (row - least) % (page - 4)
        here = here if here <= page - 35 else least
        beyond = -(-(row - here) // (page - 4))
        row = here + 4
    return page / ((page - 8) // (row + _OF_A_CELL)) + beyond * page
