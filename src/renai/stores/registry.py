"""The table of stores: which store a URL opens, by the URL's scheme.

Another package adds a store by an entry point in its `pyproject.toml`, which names a row:

    [project.entry-points."renai.stores"]
    toy = "renai_toy:TOY"           # where TOY = StoreKind(open_toy)

Then `toy://…` works wherever a store is given by its URL. `docs/stores/own.md` shows a complete
example.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from renai.errors import ConfigurationError, RenaiError, StoreError
from renai.missing import to_install
from renai.plugins import find_plugins, load_plugin, package_of
from renai.stores.base import Store, split_urls, without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


GROUP = "renai.stores"
"""The group of entry points by which other packages add stores."""

_OF_ONE_KIND = ({"redis"}, {"postgresql"})
"""The kinds of stores of which several are one store."""

# URLs of another form are refused: in them, what looks like a host or a port, and would be named
# in messages, may be a piece of a password.
_SERVER = re.compile(
    r"""
    [a-z+]+://
    (?: (?: [^\s@/?\#%] | %[0-9A-Fa-f]{2} )* @ )?  # user and password
    [^\s@\#]*
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class StoreKind:
    """A row of the table of stores.

    Attributes:
        open: opens a store, given its URL and `max_bytes`, which is None where `evicts` is false.
            It imports what it needs when it is called, and raises `ConfigurationError` for a wrong
            URL and `StoreError` for a store that cannot be opened.
        package: the package to install with pip if `open` raises `ImportError`; empty for none.
        leases: whether processes that share it compute an entry once at a time (`LeasingStore`).
        evicts: whether it keeps to `max_bytes`.
        no_limit: the error message for `max_bytes` where it does not evict.
        streams: whether it can read itself from end to end (`StreamingStore`).
        alias_of: the scheme of which this one is another spelling, or a variant; empty for none.
        drivers: the modules that `package` brings; `renai doctor` looks whether they are there.
    """

    open: Callable[[str, int | None], Store]
    package: str = ""
    leases: bool = False
    evicts: bool = False
    no_limit: str = ""
    streams: bool = False
    alias_of: str = ""
    drivers: tuple[str, ...] = ()


def open_store(url: str | Sequence[str | Sequence[str]], *, max_bytes: int | None = None) -> Store:
    """Open a store.

    A store on a server is asked only as long as it answers (`BreakerStore`).

    Several servers of one kind are one store, and each name belongs to one of them
    (`ShardedStore`). Two of them as tiers are given as `[fast, [slow]]`.

    Args:
        url: `memory://`, `file:///absolute/folder`, `sqlite:///relative/file`,
            `sqlite:////absolute/file`, `redis://host`, `postgresql://host/database` or another
            spelling of one of these, or a URL for a store that another package adds; or the URLs of
            Redis servers, or of PostgreSQL servers, in a list or separated by commas; or two stores
            as tiers, the fast one first.
        max_bytes: the bytes that all values in the store may take together, in each of two tiers,
            of several servers an equal part in each; beyond it those used least recently are
            dropped.

    Raises:
        ConfigurationError: there is no such kind of store, the URL has no path, the driver is
            missing, the store cannot keep to `max_bytes`, or a server is named twice.
        StoreError: the store cannot be opened.
    """
    urls = split_urls(url) if isinstance(url, str) else list(url)
    if len(urls) > 1 and isinstance(url, str):
        return _open_servers(urls, max_bytes)
    if not isinstance(url, str):
        are_servers = urls and {_kind_of_server(each) for each in urls} in _OF_ONE_KIND
        return (_open_servers if are_servers else _open_tiers)(urls, max_bytes)
    scheme = _scheme_of(url)
    kind = find_store(scheme)
    if max_bytes is not None and not kind.evicts:
        raise ConfigurationError(kind.no_limit or f"{scheme}:// cannot keep to max_bytes")
    try:
        return kind.open(url, max_bytes) if scheme in STORES else _open_added(kind, url, max_bytes)
    except ImportError as error:
        if not kind.package:
            raise
        raise ConfigurationError(
            f"{scheme}:// needs a driver, which is missing: {_bring(kind.package)}"
        ) from error


def absolute_url(url: str | Sequence[Any]) -> str | list[Any]:
    """Return a store's URL that means the same place whatever the working folder is.

    A process elsewhere can open it; only `sqlite://` may have a relative path. Of several URLs each
    is returned.
    """
    if not isinstance(url, str):
        return list(map(absolute_url, url))
    parts = urlsplit(url)
    if parts.scheme != "sqlite":
        return url
    return f"sqlite:///{quote(str(Path(unquote(parts.path)[1:]).absolute()))}"


def store_schemes() -> tuple[str, ...]:
    """Return the schemes of all stores, renai's own first; no package is imported for that."""
    return (*STORES, *(name for name in find_plugins(GROUP) if name not in STORES))


def own_stores() -> dict[str, list[str]]:
    """Return the schemes of renai's own stores, each with its other spellings and variants."""
    return {
        scheme: [other for other, row in STORES.items() if row.alias_of == scheme]
        for scheme, kind in STORES.items()
        if not kind.alias_of
    }


def find_store(scheme: str) -> StoreKind:
    """Return the row of a store.

    Raises:
        ConfigurationError: there is no such store, or the package that adds it is broken.
    """
    if scheme in STORES:
        return STORES[scheme]
    point = find_plugins(GROUP).get(scheme)
    if point is None:
        raise ConfigurationError(f"no store for {scheme}://; {_known()}")
    return load_plugin(point, StoreKind)


def added_stores() -> Iterator[tuple[str, str]]:
    """Yield the schemes that other packages add, each with a remark about it for a person.

    The packages are imported.
    """
    for scheme, point in find_plugins(GROUP).items():
        package = package_of(point)
        if scheme in STORES:
            yield scheme, f"stays renai's own; that of the package {package} is ignored"
            continue
        try:
            find_store(scheme)
        except ConfigurationError as error:
            yield scheme, str(error)
        else:
            yield scheme, f"of the package {package}"


def _scheme_of(url: str) -> str:
    """Return a URL's scheme. No message repeats the URL itself, which may contain a password."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        raise ConfigurationError("what is given as the URL of a store is no URL") from None
    if not scheme or "://" not in url:
        raise ConfigurationError(
            f"a store is given as a URL, such as sqlite:///vectors.sqlite; {_known()}"
        )
    return scheme


def _known() -> str:
    ignored = "".join(
        f"; the {scheme}:// of the package {package_of(point)} is ignored, for renai has its own"
        for scheme, point in find_plugins(GROUP).items()
        if scheme in STORES
    )
    named = (scheme for scheme in store_schemes() if scheme in own_stores() or scheme not in STORES)
    return f"known are {', '.join(f'{scheme}://' for scheme in named)}{ignored}"


def _open_added(kind: StoreKind, url: str, max_bytes: int | None) -> Store:
    """Open a store that another package adds.

    Raises:
        ConfigurationError: what its function returns is not a store.
        StoreError: its function fails with any other error than the expected ones.
    """
    scheme = _scheme_of(url)
    whose = f"the {scheme}:// of the package {package_of(find_plugins(GROUP)[scheme])}"
    try:
        store = kind.open(url, max_bytes)
    except (RenaiError, ImportError):
        raise
    except Exception as error:
        said = "" if "@" in url else f": {error}"  # it might repeat the password
        raise StoreError(f"{whose} cannot be opened ({type(error).__name__}{said})") from error
    if not isinstance(store, Store):
        raise ConfigurationError(f"{whose} is no store, but a {type(store).__qualname__}")
    return store


def _open_tiers(urls: Sequence[str | Sequence[str]], max_bytes: int | None) -> Store:
    from renai.stores.tiered import TieredStore

    if len(urls) != 2:
        raise ConfigurationError(f"tiers are two stores, the fast one first, and not {len(urls)}")
    fast, slow = (open_store(url, max_bytes=max_bytes) for url in urls)
    return TieredStore(fast, slow)


def _kind_of_server(url: object) -> str:
    """Return the scheme, in renai's own spelling, that a URL has."""
    if not isinstance(url, str) or len(split_urls(url)) > 1:
        return ""
    scheme = _scheme_of(url)
    return (STORES[scheme].alias_of or scheme) if scheme in STORES else scheme


def _open_servers(urls: Sequence[Any], max_bytes: int | None) -> Store:
    """Open several servers as one store.

    Raises:
        ConfigurationError: they are no servers, of several kinds, or one is named twice.
        StoreError: one of them cannot be opened.
    """
    if {_kind_of_server(url) for url in urls} not in _OF_ONE_KIND:
        raise ConfigurationError(
            "several stores that share entries out are all redis:// or all postgresql://, and "
            "these are " + ", ".join(f"{_scheme_of(url)}://" for url in urls)
        )
    from renai.stores.rendezvous import identity_of
    from renai.stores.sharded import ShardedStore

    places: dict[str, str] = {}
    for url in urls:
        _check_server(url)
        identity = identity_of(url)
        if identity in places:
            raise ConfigurationError(
                f"{without_password(url)} is named twice among the servers of one store"
            )
        places[identity] = url
    share = None if max_bytes is None else max(1, max_bytes // len(urls))
    with ExitStack() as stack:
        servers = {}
        for identity, url in places.items():
            servers[identity] = open_store(url, max_bytes=share)
            stack.callback(servers[identity].close)
        store = ShardedStore(servers)
        stack.pop_all()
    return store


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


def _open_redis(url: str, max_bytes: int | None) -> Store:  # noqa: ARG001 - as every opener
    from renai.stores.breaker import BreakerStore
    from renai.stores.redis import RedisStore

    _check_server(url)
    return BreakerStore(RedisStore(url), without_password(url))


def _open_postgres(url: str, max_bytes: int | None) -> Store:
    from renai.stores.breaker import BreakerStore
    from renai.stores.postgres import PostgresStore

    _check_server(url)
    return BreakerStore(PostgresStore(url, max_bytes=max_bytes), without_password(url))


def _bring(package: str) -> str:
    """Return the command that brings a store's driver."""
    extra = re.fullmatch(r"renai\[(\w+)\]", package)
    return to_install(extra[1]) if extra else f"pip install '{package}'"


def _check_server(url: str) -> None:
    if not _SERVER.fullmatch(url):
        raise ConfigurationError(
            f"what is given as {urlsplit(url).scheme}:// is no URL; in a password write %25 for %, "
            "%2F for /, %40 for @, %23 for #, %3F for ? and %20 for a space"
        )


def _path_in(url: str) -> str:
    """Return the path in the URL of a store that has a path and nothing else."""
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


_REDIS = StoreKind(
    _open_redis,
    package="renai[redis]",
    drivers=("redis",),
    leases=True,
    no_limit="Redis limits itself: leave max_bytes out, and set its maxmemory, and its "
    "maxmemory-policy to allkeys-lru",
)

_POSTGRES = StoreKind(
    _open_postgres,
    package="renai[postgres]",
    drivers=("psycopg",),
    leases=True,
    evicts=True,
)

STORES: dict[str, StoreKind] = {
    "memory": StoreKind(_open_memory, evicts=True),
    "file": StoreKind(_open_files, evicts=True),
    "sqlite": StoreKind(_open_sqlite, leases=True, evicts=True, streams=True),
    "redis": _REDIS,
    "postgresql": _POSTGRES,
    "postgres": replace(_POSTGRES, alias_of="postgresql"),
    "unix": replace(_REDIS, alias_of="redis"),
    **{
        name + how: replace(_REDIS, alias_of="redis")
        for name in ("redis", "rediss", "valkey", "valkeys")
        for how in ("", "+cluster", "+sentinel")
        if name + how != "redis"
    },
}
"""The rows that come with renai, by scheme; none of them can be replaced."""
