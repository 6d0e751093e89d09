"""How values are read from Redis: none that is larger than it can be, and most in one round trip.

Sizes could be asked for before values are, which takes a server about as long as the values
themselves. So a batch is read without that as soon as it is known how large values are: no more is
received than they and a few others can take. If more comes, the batch is read anew, and then sizes
are asked for first.
"""

from __future__ import annotations

from contextlib import suppress
from inspect import Parameter, signature
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import redis  # noqa: TID253 - as in the rest of this backend
from redis.cluster import RedisCluster  # noqa: TID253

from renai.stores.redis.replies import Alike, TooLongReplyError, replies_up_to
from renai.stores.redis.rights import lacks_right

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from renai.stores.redis.connection import Client

# Of all keys in one go, since nearly always none is too large.
_LARGER = """
local larger = {}
local most = tonumber(ARGV[1])
for index, key in ipairs(KEYS) do
    local length = redis.pcall('STRLEN', key)
    if type(length) == 'table' then
        if not string.find(length.err, 'WRONGTYPE', 1, true) then return length end
    elseif length > most then
        larger[#larger + 1] = index - 1
    end
end
return larger
"""
# What a pool wants to know before it gives a connection; later versions of redis-py ask nothing.
_FIRST = signature(redis.ConnectionPool.get_connection).parameters["command_name"]
_COMMAND = ("MGET",) if _FIRST.default is Parameter.empty else ()
_LIKELY = 2  # times the bytes that values took on average, which a batch may bring unasked
_SPARE = 1 << 18  # bytes that it may bring besides; texts differ
_AROUND = 32  # bytes; those around a value in a reply are fewer
_MOST_ALIKE = 1 << 26  # bytes; memory for a reply is asked for before it has come


class Values(NamedTuple):
    """What was found under names.

    Attributes:
        found: the values, by name.
        large: the names of the values that are too large, and are not among them.
    """

    found: dict[str, bytes]
    large: list[str]


class Reader:
    """Reads values by name.

    Args:
        client: whom it asks.
        prefix: what a key is before the name.
        skipped: how many bytes at the beginning of each value are not wanted.
    """

    def __init__(self, client: Client, prefix: str, skipped: int) -> None:
        self._redis = client
        self._prefix = prefix
        self._skipped = skipped
        self._may_run_scripts = True
        # The bytes that each value of the last batch took on average, and the size of all of them
        # if it was the same. None as long as nothing is known, and where nobody counts bytes.
        self._usual: float | None = None
        self._size: int | None = None

    def all_of(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the values that there are, however large."""
        return self._received(names, inf, inf).found

    def up_to(self, names: Sequence[str], most_bytes: int) -> Values:
        """Return the values that there are and take no more bytes than this.

        Raises:
            TooLongReplyError: somebody put larger ones there after their sizes were asked for.
        """
        most_bytes += self._skipped
        if self._usual is not None:
            with suppress(TooLongReplyError):
                return self._received(names, most_bytes, min(_LIKELY * self._usual, most_bytes))
        large = self._larger_than(most_bytes, names)
        left_out = set(large)
        rest = [name for name in names if name not in left_out] if large else names
        found, grown = self._received(rest, most_bytes, most_bytes)
        return Values(found, [*large, *grown])

    @property
    def asks_ahead(self) -> bool:
        """Whether it can ask before it waits: it knows whom, and how much may come."""
        return self._usual is not None and not isinstance(self._redis, RedisCluster)

    def reading_up_to(self, names: Sequence[str], most_bytes: int) -> Generator[None, None, Values]:
        """Ask for what `up_to` returns, yield, and return it when it has come.

        The connection is of no use to others until then.
        """
        if not names:
            return Values({}, [])
        most, usual = most_bytes + self._skipped, self._usual or 0
        keys = [self._prefix + name for name in names]
        client: Any = self._redis
        pool = client.connection_pool
        connection = pool.get_connection(*_COMMAND)
        is_read = False
        try:
            connection.send_packed_command(_packed(connection, keys))
            yield
            each = min(_LIKELY * usual, most)
            values = self._received(names, most, each, connection.read_response)
            is_read = True
        except (redis.ConnectionError, TooLongReplyError):
            pass  # asked once more below, as redis-py does, and in the way for large values
        finally:
            if not is_read:  # what still comes would be taken for the answer to another question
                connection.disconnect()
            pool.release(connection)
        return values if is_read else self.up_to(names, most_bytes)

    def of_each(self, keys: Sequence[str], queue: Callable[[Any, str], object]) -> list[Any]:
        """Ask something of each key; the answer is None for one that is no string, so no entry.

        Args:
            keys: the keys.
            queue: queues the question about a key in a pipeline.
        """

        def answers(*, raise_on_error: bool) -> list[Any]:
            with self._redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    queue(pipeline, key)
                return pipeline.execute(raise_on_error)

        try:
            return answers(raise_on_error=True)
        except redis.ResponseError as error:
            if not is_of_another_type(error):
                raise
        found = []
        for answer in answers(raise_on_error=False):
            if isinstance(answer, Exception) and not is_of_another_type(answer):
                raise answer
            found.append(None if isinstance(answer, Exception) else answer)
        return found

    def _received(
        self,
        names: Sequence[str],
        most_bytes: float,
        each: float,
        reply: Callable[[], Sequence[Any]] | None = None,
    ) -> Values:
        """Return values, if the reply takes no more bytes than so many for each.

        They are asked for here, unless `reply` receives what was asked before.
        """
        if not names:
            return Values({}, [])
        skipped, size, alike = self._skipped, self._size, None
        if size is not None and size <= most_bytes and len(names) * size <= _MOST_ALIKE:
            alike = Alike(len(names), size, skipped)
        with replies_up_to((each + _AROUND) * len(names) + _SPARE, alike) as replies:
            values = reply() if reply else self._asked([self._prefix + name for name in names])
        if replies.are_cut:
            return Values(dict(zip(names, values, strict=True)), [])
        pairs = zip(names, values, strict=True)
        there = {name: value for name, value in pairs if value is not None}
        sizes = set(map(len, there.values()))
        if sizes and most_bytes < inf:  # what was read whatever its size is no measure
            self._usual = replies.received / len(there) if replies.received else None
            self._size = max(sizes) if len(sizes) == 1 and max(sizes) > skipped else None
        large = [name for name, value in there.items() if len(value) > most_bytes]
        found = {name: value[skipped:] for name, value in there.items() if len(value) <= most_bytes}
        return Values(found, large)

    def _asked(self, keys: Sequence[str]) -> list[Any]:
        if not isinstance(self._redis, RedisCluster):
            values: Any = self._redis.mget(keys)
            return list(values)
        # A command with several keys is for keys of one server.
        return self.of_each(keys, lambda ask, key: ask.get(key))

    def _larger_than(self, most_bytes: int, names: Sequence[str]) -> list[str]:
        """Return the names of the values that take more bytes than this."""
        keys = [self._prefix + name for name in names]
        if not isinstance(self._redis, RedisCluster) and self._may_run_scripts:
            try:
                larger: Any = self._redis.eval(_LARGER, len(keys), *keys, most_bytes)
            except redis.ResponseError as error:
                if not lacks_right(error):
                    raise
                self._may_run_scripts = False
            else:
                return [names[number] for number in larger]
        lengths = self.of_each(keys, lambda ask, key: ask.strlen(key))
        pairs = zip(names, lengths, strict=True)
        return [name for name, length in pairs if length is not None and length > most_bytes]


def _packed(connection: Any, keys: Sequence[str]) -> list[bytes]:
    """Return the command that asks for keys, as it is sent.

    redis-py looks at each key in turn. Those of vectors all have one length.
    """
    (size, *others), together = set(map(len, keys)), "".join(keys)
    if others or not together.isascii():
        packed: list[bytes] = connection.pack_command("MGET", *keys)
        return packed
    before = f"\r\n${size}\r\n"
    return [f"*{len(keys) + 1}\r\n$4\r\nMGET{before}{before.join(keys)}\r\n".encode()]


def is_of_another_type(error: Exception) -> bool:
    """Return whether a command has failed because what the key holds is no string."""
    return "WRONGTYPE" in str(error)
