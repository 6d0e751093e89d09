"""A store in Redis, or in Valkey, which many machines may share.

Entries are strings under a prefix of renai's own, so that nothing else in that Redis is ever seen
or touched. Each begins with the time when it was written, which Redis itself does not know. Redis
frees space by itself, by expiry and by its `maxmemory-policy`.
"""

from __future__ import annotations

import logging
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import redis  # noqa: TID253 - this file is the backend, and is itself imported late
from redis.cluster import RedisCluster  # noqa: TID253
from redis.exceptions import RedisClusterException  # noqa: TID253

import renai.stores.redis.leases as redis_leases
from renai.batching import batched
from renai.closing import Closing
from renai.errors import StoreError
from renai.forks import renew_after_fork
from renai.stores.abilities import warn_of_large
from renai.stores.base import Stat, check_name, is_name, without_password
from renai.stores.redis.connection import connect, queue_script
from renai.stores.redis.leases import milliseconds
from renai.stores.redis.reading import Reader, is_of_another_type
from renai.stores.redis.replies import TooLongReplyError
from renai.stores.redis.rights import how_to_grant, lacks_right, user_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renai.stores.abilities import Reading
    from renai.stores.base import Lease
    from renai.stores.redis.connection import Client

_log = logging.getLogger("renai")

_PREFIX = "renai:"
_STORED_AT = struct.Struct("<d")
_LAST_OF_DATE = _STORED_AT.size - 1
_PART = 4 << 20  # bytes of a value that is copied
_CHUNK = 1000  # names in one command: larger answers hold up all other clients
_REWRITING = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
_REWRITE_SECONDS = 600.0
_POLL_SECONDS = 0.05
_REMEMBERED = 20_000
_OF_PIPELINE = ") of pipeline caused error: "

# Writing into a key that is gone meanwhile would make it anew, without an entry in it.
_BACKDATE = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SETRANGE', KEYS[1], 0, ARGV[1]) end
"""


class _Link(NamedTuple):
    """A client, and what reads by it."""

    client: Client
    reader: Reader


class RedisStore(Closing):
    """Keeps entries in one database of a Redis server, or in a cluster of such servers.

    Args:
        url: its URL, in one of the forms that `renai.stores.redis.connection` knows.

    Raises:
        ConfigurationError: the URL has a parameter that cannot be, or lacks a part.
        StoreError: the server cannot be reached, or refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = without_password(url)
        self._user = user_in(url)
        self._may_lease = True
        self._link: _Link | None = None
        self._linking: threading.Lock
        renew_after_fork(self, _leave_to_parent)
        with self._failing("open"):
            try:
                self._linked()
            except TypeError as error:
                raise StoreError(
                    f"cannot open {self._place}: redis-py does not know a parameter of its URL "
                    f"({error})"
                ) from error

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        found: dict[str, bytes] = {}
        with self._failing("read"):
            for chunk in batched(names, _CHUNK):
                found |= self._reader.all_of(chunk)
        return found

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist, without those that take more bytes than this."""
        found: dict[str, bytes] = {}
        with self._failing("read"):
            for chunk in batched(names, _CHUNK):
                values, large = self._reader.up_to(chunk, most_bytes)
                warn_of_large(self._place, large, most_bytes)
                found |= values
        return found

    def asks_ahead(self) -> bool:
        """Return whether entries can be asked for before they are waited for."""
        return self._link is not None and self._link.reader.asks_ahead

    def reading_up_to(self, names: Sequence[str], most_bytes: int) -> Reading:
        """Ask for entries, yield, and return those that exist and take no more bytes than this."""
        if len(names) > _CHUNK:
            return self.get_up_to(names, most_bytes)
        with self._failing("read"):
            values, large = yield from self._reader.reading_up_to(names, most_bytes)
            warn_of_large(self._place, large, most_bytes)
            return values

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries, then release the lease; Redis drops entries after `ttl` seconds."""
        self._set(items, px=None if ttl is None else milliseconds(ttl))
        if release is not None:
            self.release(release)

    def add_many(self, items: Mapping[str, bytes]) -> None:
        """Write those of the entries that do not exist."""
        self._set(items, nx=True)

    def _set(self, items: Mapping[str, bytes], **options: Any) -> None:
        stored_at = _STORED_AT.pack(time.time())
        values = {_PREFIX + check_name(name): stored_at + data for name, data in items.items()}
        with self._failing("write"):
            for chunk in batched(values, _CHUNK):
                with self._redis.pipeline(transaction=False) as pipeline:
                    for key in chunk:
                        pipeline.set(key, values[key], **options)
                    pipeline.execute()

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        count = 0
        with self._failing("write"):
            for chunk in batched(names, _CHUNK):
                count += self._redis.unlink(*[_PREFIX + name for name in chunk])
        return count

    def move(self, name: str, new_name: str) -> bool:
        """Give an entry another name, in the place of what has that; return whether it existed.

        It is copied on its way through here, by parts: a cluster renames nothing from one server to
        another.
        """
        key, new_key = _PREFIX + name, _PREFIX + check_name(new_name)
        with self._failing("write"):
            length: Any = self._redis.strlen(key)
            if not length:
                return False
            self._redis.unlink(new_key)
            for start in range(0, length, _PART):
                self._redis.append(new_key, self._redis.getrange(key, start, start + _PART - 1))
            return bool(self._redis.unlink(key))

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`.

        Entries that are written or deleted meanwhile may or may not be among them.
        """
        pattern = _PREFIX + _escape(prefix) + "*"
        with self._failing("list"):
            for chunk in batched(_once(self._redis.scan_iter(pattern, count=_CHUNK)), _CHUNK):
                yield from self._stats(chunk)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        dates = {}
        with self._failing("read"):
            for chunk in batched(names, _CHUNK):
                keys = [_PREFIX + name for name in chunk]
                heads = self._reader.of_each(
                    keys, lambda ask, key: ask.getrange(key, 0, _LAST_OF_DATE)
                )
                for name, head in zip(chunk, heads, strict=True):
                    if head is not None and len(head) == _STORED_AT.size:
                        (dates[name],) = _STORED_AT.unpack(head)
        return dates

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written; their expiry stays the same."""
        with self._failing("write"):
            for chunk in batched(dates, _CHUNK):
                with self._redis.pipeline(transaction=False) as pipeline:
                    for name in chunk:
                        key, date = _PREFIX + check_name(name), _STORED_AT.pack(dates[name])
                        queue_script(self._redis, pipeline, _BACKDATE, key, date)
                    pipeline.execute()

    def scrub(self) -> str:
        """Make every server write its dump and its log anew, if it keeps them."""
        try:
            for server in self._servers():
                _rewrite_files(server)
        except (redis.RedisError, RedisClusterException, OSError) as error:
            return (
                f"{self._place} could not be told to write its files anew ({error}); until it "
                "does (BGSAVE, BGREWRITEAOF), they keep what was dropped."
            )
        return f"Replicas and backups of {self._place} may keep what was dropped from it."

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold.

        An account that lacks the right to do so is warned, and goes on without leases.
        """
        if self._may_lease:
            with self._failing("claim a lease in"):
                try:
                    return redis_leases.claim(self._redis, lease)
                except redis.ResponseError as error:
                    if not lacks_right(error):
                        raise
                    self._may_lease = False
                    _log.warning(
                        "Processes that share %s may compute the same at the same time: %s",
                        self._place,
                        how_to_grant(error, self._user),
                    )
        return set()

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        if not self._may_lease:
            return
        with self._failing("renew a lease in"):
            redis_leases.renew(self._redis, lease)

    def release(self, lease: Lease) -> None:
        """End a lease."""
        if not self._may_lease:
            return
        with self._failing("release a lease in"):
            redis_leases.release(self._redis, lease)

    def close(self) -> None:
        """Close the connections; may be called twice, and a later call opens new ones."""
        if self._link is not None:
            self._link.client.close()

    @property
    def _redis(self) -> Client:
        return self._linked().client

    @property
    def _reader(self) -> Reader:
        return self._linked().reader

    def _linked(self) -> _Link:
        """Return the client of this process, which a child after a fork has yet to make."""
        link = self._link
        if link is None:
            with self._linking:  # of two clients, one would be let go of while it is in use
                link = self._link
                if link is None:
                    client = connect(self._url)
                    link = _Link(client, Reader(client, _PREFIX, _STORED_AT.size))
                    self._link = link
        return link

    def _servers(self) -> Iterator[Any]:
        if isinstance(self._redis, RedisCluster):
            cluster: Any = self._redis
            yield from map(cluster.get_redis_connection, cluster.get_primaries())
        else:
            yield self._redis

    def _stats(self, keys: Sequence[bytes]) -> Iterator[Stat]:
        with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.object("IDLETIME", key)  # first, since the others count as use
                pipeline.getrange(key, 0, _LAST_OF_DATE)
                pipeline.strlen(key)
            answers = iter(pipeline.execute(raise_on_error=False))
        now = time.time()
        for key, idle, head, length in zip(keys, answers, answers, answers, strict=True):
            if isinstance(length, Exception) and not is_of_another_type(length):
                raise length
            if isinstance(head, bytes) and len(head) == _STORED_AT.size:
                (stored_at,) = _STORED_AT.unpack(head)
                # Unknown if the server's policy is to drop the least frequently used.
                used_at = now - idle if isinstance(idle, int) else stored_at
                name = key.decode(errors="replace").removeprefix(_PREFIX)
                if not is_name(name):  # another program's, or nonsense
                    continue
                yield Stat(name, length - _STORED_AT.size, stored_at, max(stored_at, used_at))

    @contextmanager
    def _failing(self, action: str) -> Iterator[None]:
        try:
            yield
        except (
            *(redis.RedisError, RedisClusterException, TooLongReplyError),
            *(OSError, ValueError),
        ) as error:
            said = str(error).partition(" : <")[0]  # sentinels' errors show whole clients
            said = said.rpartition(_OF_PIPELINE)[2]  # before it stands a command, with its values
            if lacks_right(error):
                said = how_to_grant(error, self._user)
            raise StoreError(f"cannot {action} {self._place}: {said}") from error


def _rewrite_files(server: Any) -> None:
    persistence = server.info("persistence")
    # A server that was never meant to write to disk shall not do so now.
    dumps = server.config_get("save").get("save") or persistence.get("rdb_saves", 1)
    commands = ["BGSAVE"] if dumps else []
    commands += ["BGREWRITEAOF"] if persistence["aof_enabled"] else []
    deadline = time.monotonic() + _REWRITE_SECONDS
    for command in commands:
        _await_end(server, deadline)  # one in progress may have begun before the deletions
        server.execute_command(command)
        _await_end(server, deadline)


def _await_end(server: Any, deadline: float) -> None:
    while True:
        persistence = server.info("persistence")
        if not any(persistence[running] for running in _REWRITING):
            return
        if time.monotonic() > deadline:
            raise redis.TimeoutError("it is still writing")
        time.sleep(_POLL_SECONDS)


def _once(keys: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each key once, though Redis may name it several times in one iteration.

    It does so where its table of keys shrinks meanwhile, and then soon after the first time. So it
    is enough to remember the last ones, which takes the same memory however many there are.
    """
    lately: set[bytes] = set()
    order: deque[bytes] = deque()
    for key in keys:
        if key not in lately:
            lately.add(key)
            order.append(key)
            if len(order) > _REMEMBERED:
                lately.remove(order.popleft())
            yield key


def _escape(text: str) -> str:
    """Return a pattern that matches exactly this text."""
    return "".join(f"\\{letter}" if letter in r"*?[]\^-" else letter for letter in text)


_parents: list[_Link] = []


def _leave_to_parent(it: RedisStore) -> None:
    """Have no client: redis-py's has locks, which other threads of the parent may have held.

    It needs them also to be let go of, so it is kept.
    """
    it._linking = threading.Lock()
    if it._link is not None:
        _parents.append(it._link)
        it._link = None
