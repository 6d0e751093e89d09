"""Open a store by its URL, as SQLAlchemy writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.stores.base import Store


def open_store(url: str) -> Store:
    """Open a store.

    Args:
        url: `memory://`, `file:///absolute/folder`, `sqlite:///relative/file`,
            `sqlite:////absolute/file`, `redis://host`, `rediss://host` or
            `postgresql://host/database`.

    Raises:
        ConfigurationError: no such kind of store, no path in the URL, or its driver is missing.
        StoreError: the store cannot be opened.
    """
    try:
        scheme = urlsplit(url).scheme
    except ValueError:  # whose text may hold the password
        raise ConfigurationError("what is given as the URL of a store is no URL") from None
    opener = _OPENERS.get(scheme)
    if opener is None or "://" not in url:
        # The URL itself may hold a password.
        raise ConfigurationError(
            f"no store for {scheme or 'a URL without a scheme'}://; "
            f"known are {', '.join(f'{scheme}://' for scheme in _OPENERS)}"
        )
    return opener(url)


def without_password(url: str) -> str:
    """Show a URL to a person."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="").geturl()


def _open_memory(url: str) -> Store:
    from renai.stores.memory import MemoryStore

    _path_in(url)
    return MemoryStore()


def _open_files(url: str) -> Store:
    from renai.stores.files import FileStore

    path = _path_in(url)
    if len(path) < 2:
        raise ConfigurationError("file:// needs a folder: file:///absolute/folder")
    return FileStore(Path(path))


def _open_sqlite(url: str) -> Store:
    from renai.stores.sqlite import SqliteStore

    path = _path_in(url)
    if len(path) < 2:
        raise ConfigurationError(
            "sqlite:// needs a file: sqlite:///relative or sqlite:////absolute"
        )
    return SqliteStore(Path(path[1:]))


def _open_redis(url: str) -> Store:
    from renai.stores.redis import RedisStore

    return RedisStore(url)


def _open_postgres(url: str) -> Store:
    from renai.stores.postgres import PostgresStore

    return PostgresStore(url)


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


_OPENERS: dict[str, Callable[[str], Store]] = {
    "memory": _open_memory,
    "file": _open_files,
    "sqlite": _open_sqlite,
    "redis": _open_redis,
    "rediss": _open_redis,
    "postgresql": _open_postgres,
}
