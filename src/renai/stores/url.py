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
        url: `memory://`, `file:///absolute/folder`, `sqlite:///relative/file`, or
            `sqlite:////absolute/file`.

    Raises:
        ConfigurationError: no such kind of store, or no path in the URL.
        StoreError: the store cannot be opened.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # whose text may hold the password
        raise ConfigurationError("what is given as the URL of a store is no URL") from None
    opener = _OPENERS.get(parts.scheme)
    if opener is None or "://" not in url:
        # The URL itself may hold a password.
        raise ConfigurationError(
            f"no store for {parts.scheme or 'a URL without a scheme'}://; "
            f"known are {', '.join(f'{scheme}://' for scheme in _OPENERS)}"
        )
    if parts.netloc:
        raise ConfigurationError(
            f"{parts.scheme}:// is followed by a path and no host: "
            f"write {parts.scheme}:/// and the path"
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(
            f"{parts.scheme}:// takes no parameters; in a path write %3F for ? and %23 for #"
        )
    return opener(unquote(parts.path))


def without_password(url: str) -> str:
    """Show a URL to a person."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="").geturl()


def _open_memory(path: str) -> Store:
    from renai.stores.memory import MemoryStore

    return MemoryStore()


def _open_files(path: str) -> Store:
    from renai.stores.files import FileStore

    if len(path) < 2:
        raise ConfigurationError("file:// needs a folder: file:///absolute/folder")
    return FileStore(Path(path))


def _open_sqlite(path: str) -> Store:
    from renai.stores.sqlite import SqliteStore

    if len(path) < 2:
        raise ConfigurationError(
            "sqlite:// needs a file: sqlite:///relative or sqlite:////absolute"
        )
    return SqliteStore(Path(path[1:]))


_OPENERS: dict[str, Callable[[str], Store]] = {
    "memory": _open_memory,
    "file": _open_files,
    "sqlite": _open_sqlite,
}
