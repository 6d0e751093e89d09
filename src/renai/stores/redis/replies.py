"""How replies of Redis are received: up to so many bytes, and values of one size at once.

redis-py reads a reply to its end, however long it is, so whoever writes a large value under a name
that others read could fill their memory. Here the sockets of its connections count what they
receive, and give up where a block has set a limit and more comes. It makes no difference how
replies are parsed, and what lies below the socket.

Where a block asks for values that will probably all have the same size, as vectors have, the reply
is received into one buffer and cut there. If it has any other form, what was received goes the way
of all replies.
"""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import redis  # noqa: TID253 - as in the rest of this backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.connection import Connection


class TooLongReplyError(Exception):
    """More came in reply than may come; the connection is broken off.

    It is none of redis-py's errors, and no `OSError`: after some of those redis-py asks again.
    """


@dataclass(frozen=True)
class Alike:
    """Values that have the same size, as the values of one `MGET`.

    Attributes:
        count: how many they are.
        size: the bytes of each.
        skipped: the bytes at the beginning of each that are not wanted.
    """

    count: int
    size: int
    skipped: int


@dataclass
class Replies:
    """What a block receives.

    Attributes:
        most_bytes: the bytes that may come.
        alike: the form that the reply probably has; None for any other.
        received: the bytes that came; zero where nobody counts them.
        are_cut: whether the reply had that form, so that its values are without what was not
            wanted of them.
    """

    most_bytes: float
    alike: Alike | None = None
    received: int = 0
    are_cut: bool = False


_REPLIES: ContextVar[Replies | None] = ContextVar("replies", default=None)


@contextmanager
def replies_up_to(most_bytes: float, alike: Alike | None = None) -> Iterator[Replies]:
    """Let what this thread receives in a block take no more bytes than this.

    It holds for connections of a class that `counting` has made.

    Args:
        most_bytes: the bytes that may come.
        alike: the form that the reply probably has.

    Raises:
        TooLongReplyError: more came; the rest was not received.
    """
    replies = Replies(most_bytes, alike)
    before = _REPLIES.set(replies)
    try:
        yield replies
    finally:
        _REPLIES.reset(before)


def counting(kind: type[Connection]) -> type[Connection]:
    """Return a class of connections, like another one, which count what they receive."""
    return cast("type[Connection]", type(f"Counting{kind.__name__}", (_Counting, kind), {}))


class _Counting:
    """What makes a class of connections count."""

    _counted: _CountingSocket | None = None

    # Every class of connections has this method, and others override it as well. Should redis-py
    # stop calling it, nothing is counted, which `Replies.received` tells.
    def _connect(self) -> _CountingSocket:
        self._counted = _CountingSocket(super()._connect())  # type: ignore[misc]
        return self._counted

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Receive a reply."""
        this: Any = self
        replies = _REPLIES.get()
        if self._counted is not None and replies is not None and replies.alike is not None:
            try:
                values = self._counted.receive_alike(replies.alike)
            except TimeoutError as error:
                this.disconnect()
                raise redis.TimeoutError("Timeout reading from socket") from error
            except OSError as error:
                this.disconnect()
                raise redis.ConnectionError(f"Error while reading from socket: {error}") from error
            except BaseException:
                this.disconnect()
                raise
            if values is not None:
                replies.are_cut = True
                return values
        return super().read_response(*args, **options)  # type: ignore[misc]


class _CountingSocket:
    """A connected socket, plain or of TLS, which counts."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        self._returned = memoryview(b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connected, name)

    def recv_into(self, buffer: Any, *options: int) -> int:
        """Receive into a buffer, as for hiredis."""
        if self._returned:
            part = self._take_returned(len(buffer))
            memoryview(buffer)[: len(part)] = part
            return len(part)
        received = self._connected.recv_into(buffer, *options)
        self._count(received)
        return received

    def recv(self, size: int, *flags: int) -> bytes:
        """Receive bytes, as for the parser in Python."""
        if flags:  # redis-py looks whether the connection is closed
            return self._connected.recv(size, *flags)
        if self._returned:
            return bytes(self._take_returned(size))
        received = self._connected.recv(size)
        self._count(len(received))
        return received

    def receive_alike(self, alike: Alike) -> list[bytes] | None:
        """Receive a reply of values that are alike, and return them without what is not wanted.

        If it turns out to have another form, what came is returned to be received once more, and
        None is returned here.

        Raises:
            OSError: the connection has ended, or took too long.
        """
        first, head = b"*%d\r\n" % alike.count, b"$%d\r\n" % alike.size
        step = len(head) + alike.size + 2
        reply = bytearray(len(first) + alike.count * step)
        view, received, checked = memoryview(reply), 0, 0
        while received < len(reply):
            size = self.recv_into(view[received:])
            if not size:
                raise ConnectionResetError("the server has closed the connection")
            received += size
            # Before more is waited for: a reply of another form may have ended already. What came
            # of all heads is compared, the first letters of them, then the second ones, and so on.
            at = len(first) + checked * step
            letters = [reply[at + place : received : step] for place in range(len(head))]
            if not first.startswith(bytes(view[: len(first)][:received])) or any(
                came.count(letter) < len(came) for came, letter in zip(letters, head, strict=True)
            ):
                self._returned = view[:received]
                return None
            checked = max(0, (received - len(first)) // step)
        cut = struct.iter_unpack(
            f"{len(head) + alike.skipped}x{alike.size - alike.skipped}s2x", view[len(first) :]
        )
        return list(chain.from_iterable(cut))

    def _take_returned(self, size: int) -> memoryview:
        part, self._returned = self._returned[:size], self._returned[size:]
        return part

    def _count(self, received: int) -> None:
        replies = _REPLIES.get()
        if replies is None:
            return
        replies.received += received
        if replies.received > replies.most_bytes:
            # What is still to come would be taken for the reply to the next question.
            with suppress(OSError):
                self._connected.shutdown(socket.SHUT_RDWR)
            raise TooLongReplyError(
                f"more than {replies.most_bytes:.0f} bytes came in reply; the rest is not read"
            )
