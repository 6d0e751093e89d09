"""Look-ups that a server answers while what came before is checked."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from renai.closing import Closing
from renai.stores.abilities import parts_of
from renai.stores.breaker import BreakerStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renai.stores.base import Store

Q = TypeVar("Q")
R = TypeVar("R")

_AT_ONCE = 2  # one that a server works at, and one on its way


def is_on_server(store: Store) -> bool:
    """Return whether somebody else does a part of the work when a store is read."""
    return any(isinstance(part, BreakerStore) for part in parts_of(store))


class ReadAhead(Closing, Generic[Q, R]):
    """Asks questions in threads of its own, and gives the answers in their order.

    It belongs to one call, which must close it. There are never more than a few answers that nobody
    has taken, however many questions there are.

    Args:
        ask: asks one question, in any thread.
    """

    def __init__(self, ask: Callable[[Q], R]) -> None:
        self._ask = ask
        self._threads = ThreadPoolExecutor(_AT_ONCE, "renai read ahead")
        self._asked: deque[Callable[[], R]] = deque()

    def next_after(self, question: Q) -> Iterator[R]:
        """Ask a question, and yield the answer to an earlier one once enough are on their way."""
        self._asked.append(self._begin(question))
        if len(self._asked) > _AT_ONCE:
            yield self._asked.popleft()()

    def rest(self) -> Iterator[R]:
        """Yield the answers that were not taken yet."""
        while self._asked:
            yield self._asked.popleft()()

    def close(self) -> None:
        """Wait for the questions that are on their way, and ask no others."""
        self._threads.shutdown(cancel_futures=True)

    def _begin(self, question: Q) -> Callable[[], R]:
        with suppress(RuntimeError):  # no more threads: the program is about to end
            return self._threads.submit(self._ask, question).result
        return partial(self._ask, question)
