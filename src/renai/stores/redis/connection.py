"""Clients for the URLs that name a Redis or a Valkey.

| URL | names |
|---|---|
| `redis://user:password@host:port/database` | a server, or any node of a cluster |
| `unix:///path/to.sock?db=0` | a server on this machine |
| `redis+cluster://host:port,host:port` | a cluster, by some of its nodes |
| `redis+sentinel://host:port,host:port/service/database` | the master that sentinels name |

`rediss` in place of `redis` is the same over TLS, and `valkey` and `valkeys` mean the same as the
two. The forms with several hosts are those of other Python packages (limits, coredis,
redis-sentinel-url). Parameters after `?` are redis-py's; `sentinel_username` and
`sentinel_password` are for the sentinels themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import redis  # noqa: TID253 - belongs to the backend, which is itself imported late
from redis.backoff import NoBackoff  # noqa: TID253
from redis.cluster import ClusterNode, RedisCluster  # noqa: TID253
from redis.connection import Connection, parse_url  # noqa: TID253
from redis.retry import Retry  # noqa: TID253
from redis.sentinel import (  # noqa: TID253
    Sentinel,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from renai.errors import ConfigurationError
from renai.stores.redis.replies import counting

if TYPE_CHECKING:
    from typing import TypeAlias
    from urllib.parse import SplitResult

    Client: TypeAlias = redis.Redis | RedisCluster

_TIMEOUT = 10.0  # seconds
_PORT, _SENTINEL_PORT = 6379, 26379
_SENTINEL_WORDS = "sentinel_"
_REFUSED = ("decode_responses", "encoding", "encoding_errors")
_OF_THE_LINK = ("socket_", "ssl_")
"""The beginnings of parameters that hold for connections to sentinels as well."""


def connect(url: str) -> Client:
    """Return a client for what a URL names; it has been asked whether it is there.

    Raises:
        ConfigurationError: the URL has a parameter that would change what is read, or lacks a part.
        redis.RedisError, RedisClusterException, OSError, ValueError, TypeError: it cannot be
            reached, or redis-py does not understand the URL.
    """
    parts = urlsplit(url)
    scheme, _, how = parts.scheme.replace("valkey", "redis").partition("+")
    user, at, hosts = parts.netloc.rpartition("@")
    # What redis-py reads: one host, and a database in place of a path.
    plain = f"{scheme}://{user}{at}{hosts.partition(',')[0]}{{}}?{parts.query}".format
    if how == "cluster":
        if parts.path.strip("/") not in ("", "0"):
            raise ConfigurationError("a Redis cluster has no databases: leave the URL's path out")
        return _connect_to_cluster(plain(""), hosts)
    if how == "sentinel":
        return _connect_to_master(parts, plain(""), hosts)
    return _connect_to_server(plain(parts.path), hosts)


def queue_script(
    client: Client, pipeline: Any, script: str, key: str, *arguments: str | int | bytes
) -> None:
    """Add a script on one key to a pipeline."""
    # For a cluster, redis-py would ask a server which keys each script has.
    cluster: Any = client if isinstance(client, RedisCluster) else None
    node = cluster and cluster.get_node_from_key(key)
    to = {"target_nodes": node} if node else {}
    pipeline.execute_command("EVAL", script, 1, key, *arguments, **to)


def _connect_to_server(url: str, host: str) -> Client:
    kind = counting(_options(url).get("connection_class", Connection))
    server = redis.Redis.from_url(url, connection_class=kind, **_defaults())
    try:
        state: Any = server.info("cluster")
    except redis.ResponseError:  # an account that may not ask
        server.ping()
        return server
    if not state.get("cluster_enabled"):
        return server
    server.close()
    if not host:
        raise ConfigurationError(
            "this Redis belongs to a cluster: name it by its host, as redis+cluster://host:port"
        )
    return _connect_to_cluster(url, host)


def _connect_to_cluster(url: str, hosts: str) -> Client:
    options = _options(url)
    for unused in ("host", "port", "db"):
        options.pop(unused, None)
    made: Any = ClusterNode
    nodes = [made(host, port) for host, port in _addresses(hosts, _PORT)]
    cluster = RedisCluster(startup_nodes=nodes, **{**_defaults(), **options})
    cluster.ping()
    return cluster


def _connect_to_master(parts: SplitResult, url: str, hosts: str) -> Client:
    service, _, database = parts.path.removeprefix("/").rstrip("/").partition("/")
    if not service or not f"0{database}".isdigit():
        raise ConfigurationError(
            f"{parts.scheme}:// needs the name of the service that the sentinels watch, and may "
            f"have a database: {parts.scheme}://host:{_SENTINEL_PORT}/mymaster/0"
        )
    options = {**_defaults(), **_options(url)}
    for unused in ("host", "port", "db"):
        options.pop(unused, None)
    kind: type[Connection] = SentinelManagedConnection
    if options.pop("connection_class", None) is not None:
        options["ssl"] = True
        kind = SentinelManagedSSLConnection
    to_sentinels = {
        name: value
        for name, value in options.items()
        if name in ("ssl", "retry") or name.startswith(_OF_THE_LINK)
    }
    for name in [name for name in options if name.startswith(_SENTINEL_WORDS)]:
        to_sentinels[name.removeprefix(_SENTINEL_WORDS)] = options.pop(name)
    made: Any = Sentinel
    sentinels = made(_addresses(hosts, _SENTINEL_PORT), sentinel_kwargs=to_sentinels)
    options["connection_class"] = counting(kind)
    master: redis.Redis = sentinels.master_for(
        unquote(service), redis.Redis, db=int(database or 0), **options
    )
    master.ping()
    return master


def _addresses(hosts: str, port: int) -> list[tuple[str, int]]:
    split = [urlsplit(f"//{host}") for host in hosts.split(",")]
    return [(each.hostname or "localhost", each.port or port) for each in split]


def _options(url: str) -> dict[str, Any]:
    """Return the parameters in a URL of one host, as redis-py understands them."""
    options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    for name in _REFUSED:
        if name in options:
            raise ConfigurationError(
                f"leave {name} out of the URL: what is kept in Redis are bytes, and are not decoded"
            )
    return options


def _defaults() -> dict[str, Any]:
    return {
        "socket_timeout": _TIMEOUT,
        "socket_connect_timeout": _TIMEOUT,
        # A connection may have been closed since its last use, so try again; but not after a
        # timeout, which would only happen again.
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    }
