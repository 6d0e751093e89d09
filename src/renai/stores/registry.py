"""Open a store by its URL, as SQLAlchemy writes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from renai.errors import ConfigurationError
from renai.stores.base import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from renai.stores.base import Store


# Else what is taken for a host or a port, and named in messages, may be a piece of a password.
_SERVER = re.compile(
    r"""
    [a-z]+://
    (?: (?: [^\s@/?\#%] | %[0-9A-Fa-f]{2} )* @ )?  # user and password
    [^\s@\#]*
    """,
    re.VERBOSE,
)


def open_store(url: str | Sequence[str], *, max_bytes: int | None = None) -> Store:
    """Open a store.

    A store on a server is asked only as long as it answers (`BreakerStore`).

    Args:
        url: `memory://`, `file:///absolute/folder`, `sqlite:///relative/file`,
            `sqlite:////absolute/file`, `redis://host`, `rediss://host` or
            `postgresql://host/database`; or two of them as tiers, the fast one first.
        max_bytes: what the values in it, in each of two tiers, may take together; beyond it go
            those that were used least recently.

    Raises:
        ConfigurationError: no such kind of store, no path in the URL, its driver is missing, or it
            cannot keep to `max_bytes`.
        StoreError: the store cannot be opened.
    """
    if not isinstance(url, str):
        return _open_tiers(url, max_bytes)
    try:
        scheme = urlsplit(url).scheme
    except ValueError:  # whose text may hold the password
        raise ConfigurationError("what is given as the URL of a store is no URL") from None
    opener = _OPENERS.get(scheme)
    # The URL itself may hold a password, so it is not repeated.
    known = f"known are {', '.join(f'{scheme}://' for scheme in _OPENERS)}"
    if not scheme or "://" not in url:
        raise ConfigurationError(
            f"a store is given as a URL, such as sqlite:///vectors.sqlite; {known}"
        )
    if opener is None:
        raise ConfigurationError(f"no store for {scheme}://; {known}")
    return opener(url, max_bytes)


def _open_tiers(urls: Sequence[str], max_bytes: int | None) -> Store:
    from renai.stores.tiered import TieredStore

    if len(urls) != 2:
        raise ConfigurationError(f"tiers are two stores, the fast one first, and not {len(urls)}")
    fast, slow = (open_store(url, max_bytes=max_bytes) for url in urls)
    return TieredStore(fast, slow)


def _open_memory(url: str, max_bytes: int | None) -> Store:
    from renai.stores.memory import MemoryStore

    _path_in(url)
    return MemoryStore(max_bytes=max_bytes)


def _open_files(url: str, max_bytes: int | None) -> Store:
    from renai.stores.files import FileStore

    path = _path_in(url)
    if len(path) < 2:
        raise ConfigurationError("file:// needs a folder: file:///absolute/folder")
    return FileStore(Path(path), max_bytes=max_bytes)


def _open_sqlite(url: str, max_bytes: int | None) -> Store:
    from renai.stores.sqlite import SqliteStore

    path = _path_in(url)
    if len(path) < 2:
        raise ConfigurationError(
            "sqlite:// needs a file: sqlite:///relative or sqlite:////absolute"
        )
    return SqliteStore(Path(path[1:]), max_bytes=max_bytes)


def _open_redis(url: str, max_bytes: int | None) -> Store:
    from renai.stores.breaker import BreakerStore
    from renai.stores.redis import RedisStore

    if max_bytes is not None:
        raise ConfigurationError(
            "Redis limits itself: leave max_bytes out, and set its maxmemory, and its "
            "maxmemory-policy to allkeys-lru"
        )
    _check_server(url)
    return BreakerStore(RedisStore(url), without_password(url))


def _open_postgres(url: str, max_bytes: int | None) -> Store:
    from renai.stores.breaker import BreakerStore
    from renai.stores.postgres import PostgresStore

    _check_server(url)
    return BreakerStore(PostgresStore(url, max_bytes=max_bytes), without_password(url))


def _check_server(url: str) -> None:
    if not _SERVER.fullmatch(url):
        raise ConfigurationError(
            f"what is given as {urlsplit(url).scheme}:// is no URL; in a password write %25 for %, "
            "%2F for /, %40 for @, %23 for #, %3F for ? and %20 for a space"
        )


def _path_in(url: str) -> str:
    """Read the URL of a store that has a path and nothing else."""
    parts = urlsplit(url)
    if parts.netloc:
        raise ConfigurationError(
            f"{parts.scheme}:// is followed by a path and no host: "
            f"write {parts.scheme}:/// and the path"
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(
            f"{parts.scheme}:// takes no parameters; in a path write %3F for ? and %23 for #"
        )
    return unquote(parts.path)


_OPENERS: dict[str, Callable[[str, int | None], Store]] = {
    "memory": _open_memory,
    "file": _open_files,
    "sqlite": _open_sqlite,
    "redis": _open_redis,
    "rediss": _open_redis,
    "postgresql": _open_postgres,
}
