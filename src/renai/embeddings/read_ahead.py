"""Look-ups that a server answers while what came before is checked."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from renai.closing import Closing
from renai.stores.abilities import asks_ahead, finished, parts_of
from renai.stores.breaker import BreakerStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from renai.stores.abilities import Reading
    from renai.stores.base import Store

_AT_ONCE = 2  # one that a server works at, and one on its way


def is_on_server(store: Store) -> bool:
    """Return whether somebody else does a part of the work when a store is read."""
    return any(isinstance(part, BreakerStore) for part in parts_of(store))


class _Answer(Protocol):
    def result(self) -> dict[str, bytes]: ...

    def cancel(self) -> object: ...


class ReadAhead(Closing):
    """Looks up batches of names, and gives the answers in their order.

    A store that can be asked ahead is asked here. Any other is asked in threads, which must wait
    for each other whenever they do something in Python.

    It belongs to one call, which must close it. There are never more than a few answers that nobody
    has taken, however many batches there are.

    Args:
        store: the store that is read.
        read: begins to read a batch, in any thread.
    """

    def __init__(self, store: Store, read: Callable[[Sequence[str]], Reading]) -> None:
        self._store = store
        self._read = read
        self._threads = ThreadPoolExecutor(_AT_ONCE, "renai read ahead")
        self._begun: deque[_Answer] = deque()

    def next_after(self, batch: Sequence[str]) -> Iterator[dict[str, bytes]]:
        """Ask for a batch, and yield the answer to an earlier one if enough are on their way."""
        answers = [self._begun.popleft().result()] if len(self._begun) == _AT_ONCE else []
        self._begun.append(self._begin(self._read(batch)))
        yield from answers

    def rest(self) -> Iterator[dict[str, bytes]]:
        """Yield the answers that were not taken yet."""
        while self._begun:
            yield self._begun.popleft().result()

    def close(self) -> None:
        """Wait for what threads have begun, and ask for nothing more."""
        for answer in self._begun:
            answer.cancel()
        self._threads.shutdown(cancel_futures=True)

    def _begin(self, reading: Reading) -> _Answer:
        if asks_ahead(self._store):
            try:
                next(reading)
            except StopIteration as end:
                known: Future[dict[str, bytes]] = Future()
                known.set_result(end.value)
                return known
            return _Begun(reading)
        with suppress(RuntimeError):  # no more threads: the program is about to end
            return self._threads.submit(finished, reading)
        return _Begun(reading)


class _Begun:
    """A reading that goes on in the thread that wants its result."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def result(self) -> dict[str, bytes]:
        return finished(self._reading)

    def cancel(self) -> None:
        self._reading.close()
