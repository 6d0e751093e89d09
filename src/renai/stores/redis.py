"""A store in Redis, which many machines may share.

Entries are strings under a prefix of renai's own, so that nothing else in that Redis is ever seen
or touched. Each begins with the time when it was written, which Redis itself does not know. Redis
frees space by itself, by expiry and by its `maxmemory-policy`.
"""

from __future__ import annotations

import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import redis  # noqa: TID253 - this file is the backend, and is itself imported late
from redis.backoff import NoBackoff  # noqa: TID253
from redis.retry import Retry  # noqa: TID253

from renai.batching import batched
from renai.closing import Closing
from renai.errors import StoreError
from renai.stores.base import LONGEST_LEASE, Stat, check_name, is_gone, without_password

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renai.stores.base import Lease

_PREFIX = "renai:"
_LEASES = "renai-lease:"
_STORED_AT = struct.Struct("<d")
_CHUNK = 1000  # names in one command: larger answers hold up all other clients
_TIMEOUT = 10.0
_REWRITING = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
_REWRITE_SECONDS = 600.0
_POLL_SECONDS = 0.05

# One key for each leased name; Redis ends it by its own clock. Scripts are atomic.
_CLAIM = """
local gone = {}
for index = 4, #ARGV do gone[ARGV[index]] = true end
local held = {}
for index, key in ipairs(KEYS) do
    local token = redis.call('GET', key)
    local left = redis.call('PTTL', key)
    if token and not gone[token] and left >= 0 and left <= tonumber(ARGV[3]) then
        held[#held + 1] = {index - 1, token}
    else
        redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    end
end
return held
"""
_RENEW = """
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('PEXPIRE', key, ARGV[2]) end
end
"""
_RELEASE = """
for _, key in ipairs(KEYS) do
    if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""
# Writing into a key that is gone meanwhile would make it anew, without an entry in it.
_BACKDATE = """
for index, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then redis.call('SETRANGE', key, 0, ARGV[index]) end
end
"""


class RedisStore(Closing):
    """Keeps entries in one database of a Redis server.

    Args:
        url: `redis://user:password@host:port/database`, or `rediss://` for TLS, with the
            parameters that redis-py knows.

    Raises:
        StoreError: the server cannot be reached, or refuses.
    """

    def __init__(self, url: str) -> None:
        self._place = without_password(url)
        # A connection may have been closed since its last use, so try again; but not after a
        # timeout, which would only happen again.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        with self._failing("open"):
            try:
                self._redis = redis.Redis.from_url(
                    url,
                    socket_timeout=_TIMEOUT,
                    socket_connect_timeout=_TIMEOUT,
                    retry=retry,
                )
                self._redis.ping()
            except TypeError as error:
                raise StoreError(
                    f"cannot open {self._place}: redis-py does not know a parameter of its URL "
                    f"({error})"
                ) from error

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        found: dict[str, bytes] = {}
        start = _STORED_AT.size
        with self._failing("read"):
            for chunk in batched(names, _CHUNK):
                values: Any = self._redis.mget([_PREFIX + name for name in chunk])
                pairs = zip(chunk, values, strict=True)
                found |= {name: value[start:] for name, value in pairs if value is not None}
        return found

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries, then release the lease; Redis drops entries after `ttl` seconds."""
        stored_at = _STORED_AT.pack(time.time())
        milliseconds = None if ttl is None else _milliseconds(ttl)
        values = {_PREFIX + check_name(name): stored_at + data for name, data in items.items()}
        with self._failing("write"):
            for chunk in batched(values, _CHUNK):
                with self._redis.pipeline(transaction=False) as pipeline:
                    for key in chunk:
                        pipeline.set(key, values[key], px=milliseconds)
                    pipeline.execute()
        if release is not None:
            self.release(release)

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        count = 0
        with self._failing("write"):
            for chunk in batched(names, _CHUNK):
                count += self._redis.unlink(*[_PREFIX + name for name in chunk])
        return count

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`.

        Entries that are written or deleted meanwhile may or may not be among them.
        """
        pattern = _PREFIX + _escape(prefix) + "*"
        with self._failing("list"):
            # Redis may name a key several times in one iteration.
            keys = sorted(set(self._redis.scan_iter(pattern, count=_CHUNK)))
        for chunk in batched(keys, _CHUNK):
            yield from self._stats(chunk)

    def dates_of(self, names: Sequence[str]) -> dict[str, float]:
        """Return when entries were written, by name."""
        dates = {}
        with self._failing("read"):
            for chunk in batched(names, _CHUNK):
                with self._redis.pipeline(transaction=False) as pipeline:
                    for name in chunk:
                        pipeline.getrange(_PREFIX + name, 0, _STORED_AT.size - 1)
                    heads = pipeline.execute()
                for name, head in zip(chunk, heads, strict=True):
                    if len(head) == _STORED_AT.size:
                        (dates[name],) = _STORED_AT.unpack(head)
        return dates

    def backdate(self, dates: Mapping[str, float]) -> None:
        """Set the times at which entries count as written; their expiry stays the same."""
        with self._failing("write"):
            for chunk in batched(dates, _CHUNK):
                keys = [_PREFIX + check_name(name) for name in chunk]
                heads = [_STORED_AT.pack(dates[name]) for name in chunk]
                self._redis.eval(_BACKDATE, len(keys), *keys, *heads)

    def scrub(self) -> str:
        """Make the server write its dump and its log anew, if it keeps them."""
        try:
            return self._rewrite_files()
        except (redis.RedisError, OSError) as error:
            return (
                f"{self._place} could not be told to write its files anew ({error}); until it "
                "does (BGSAVE, BGREWRITEAOF), they keep what was dropped."
            )

    def _rewrite_files(self) -> str:
        server: Any = self._redis
        persistence = server.info("persistence")
        # A server that was never meant to write to disk shall not do so now.
        dumps = server.config_get("save").get("save") or persistence.get("rdb_saves", 1)
        commands = ["BGSAVE"] if dumps else []
        commands += ["BGREWRITEAOF"] if persistence["aof_enabled"] else []
        deadline = time.monotonic() + _REWRITE_SECONDS
        for command in commands:
            self._await_end(deadline)  # one in progress may have begun before the deletions
            server.execute_command(command)
            self._await_end(deadline)
        return f"Replicas and backups of {self._place} may keep what was dropped from it."

    def _await_end(self, deadline: float) -> None:
        while True:
            persistence: Any = self._redis.info("persistence")
            if not any(persistence[running] for running in _REWRITING):
                return
            if time.monotonic() > deadline:
                raise redis.TimeoutError("it is still writing")
            time.sleep(_POLL_SECONDS)

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease; return the names that others hold."""
        held = self._claim(lease)
        if gone := {token for token in set(held.values()) if is_gone(token)}:
            held = self._claim(lease, gone | {lease.token})
        return set(held)

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it lasts its `seconds` from now on."""
        with self._failing("renew a lease in"):
            self._run(_RENEW, lease, lease.token, _milliseconds(lease.lasts))

    def release(self, lease: Lease) -> None:
        """End a lease."""
        with self._failing("release a lease in"):
            self._run(_RELEASE, lease, lease.token)

    def close(self) -> None:
        """Close the connections; may be called twice, and a later call opens new ones."""
        self._redis.close()

    def _claim(self, lease: Lease, void: Iterable[str] = ()) -> dict[str, str]:
        """Return the names that others hold, each with the token of their lease."""
        longest = _milliseconds(LONGEST_LEASE)
        with self._failing("claim a lease in"):
            held = self._run(_CLAIM, lease, lease.token, _milliseconds(lease.lasts), longest, *void)
        return {lease.names[index]: token.decode() for index, token in held}

    def _run(self, script: str, lease: Lease, *arguments: str | int) -> Any:
        keys = [_LEASES + name for name in lease.names]
        return self._redis.eval(script, len(keys), *keys, *arguments)

    def _stats(self, keys: Sequence[bytes]) -> Iterator[Stat]:
        with self._failing("list"), self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.object("IDLETIME", key)  # first, since the others count as use
                pipeline.getrange(key, 0, _STORED_AT.size - 1)
                pipeline.strlen(key)
            answers = iter(pipeline.execute(raise_on_error=False))
        now = time.time()
        for key, idle, head, length in zip(keys, answers, answers, answers, strict=True):
            if isinstance(head, bytes) and len(head) == _STORED_AT.size:
                (stored_at,) = _STORED_AT.unpack(head)
                # Unknown if the server's policy is to drop the least frequently used.
                used_at = now - idle if isinstance(idle, int) else stored_at
                name = key.decode().removeprefix(_PREFIX)
                yield Stat(name, length - _STORED_AT.size, stored_at, max(stored_at, used_at))

    @contextmanager
    def _failing(self, action: str) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError, ValueError) as error:
            raise StoreError(f"cannot {action} {self._place}: {error}") from error


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _escape(text: str) -> str:
    """Return a pattern that matches exactly this text."""
    return "".join(f"\\{letter}" if letter in r"*?[]\^-" else letter for letter in text)
