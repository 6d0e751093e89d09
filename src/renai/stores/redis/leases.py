"""Leases in Redis: one key for each leased name, which Redis ends by its own clock.

Scripts are atomic. In a cluster each key has a script of its own, since its keys are on several
servers; a name still has one holder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.cluster import RedisCluster  # noqa: TID253 - as in the rest of this backend

from renai.batching import batched
from renai.stores.base import LONGEST_LEASE, is_gone
from renai.stores.redis.connection import queue_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renai.stores.base import Lease
    from renai.stores.redis.connection import Client

_PREFIX = "renai-lease:"
_CHUNK = 1000  # scripts sent to a cluster at once

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


def claim(client: Client, lease: Lease) -> set[str]:
    """Begin a lease; return the names that others hold."""
    held = _claim(client, lease)
    if gone := {token for token in set(held.values()) if is_gone(token)}:
        held = _claim(client, lease, gone | {lease.token})
    return set(held)


def renew(client: Client, lease: Lease) -> None:
    """Extend a lease so that it lasts its `seconds` from now on."""
    list(_run(client, _RENEW, lease, lease.token, milliseconds(lease.lasts)))


def release(client: Client, lease: Lease) -> None:
    """End a lease."""
    list(_run(client, _RELEASE, lease, lease.token))


def milliseconds(seconds: float) -> int:
    """Return a time as Redis takes it, which is at least one millisecond."""
    return max(1, int(seconds * 1000))


def _claim(client: Client, lease: Lease, void: Iterable[str] = ()) -> dict[str, str]:
    """Return the names that others hold, each with the token of their lease."""
    times = milliseconds(lease.lasts), milliseconds(LONGEST_LEASE)
    return {
        lease.names[first + index]: token.decode(errors="replace")
        for first, held in _run(client, _CLAIM, lease, lease.token, *times, *void)
        for index, token in held
    }


def _run(
    client: Client, script: str, lease: Lease, *arguments: str | int
) -> Iterator[tuple[int, Any]]:
    """Run a script on the keys of a lease, and yield its answers.

    Each comes with the number of the first key that it is about.
    """
    keys = [_PREFIX + name for name in lease.names]
    if not isinstance(client, RedisCluster):
        yield 0, client.eval(script, len(keys), *keys, *arguments)
        return
    for start, chunk in zip(range(0, len(keys), _CHUNK), batched(keys, _CHUNK), strict=False):
        with client.pipeline(transaction=False) as pipeline:  # type: ignore[no-untyped-call]
            for key in chunk:
                queue_script(client, pipeline, script, key, *arguments)
            yield from enumerate(pipeline.execute(), start)
