"""Calls of several servers at the same time, each in threads of its own.

A server that hangs holds up its own callers, and nobody who asks another one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from renai.errors import StoreError
from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from renai.stores.base import Store

R = TypeVar("R")

_AT_ONCE = 8  # calls of one server; further ones wait, so that one that hangs holds up no other


class ServerCalls:
    """Calls servers, which are known by their number.

    Args:
        servers: the servers.
    """

    def __init__(self, servers: Sequence[Store]) -> None:
        self._servers = servers
        self._threads: list[ThreadPoolExecutor]
        renew_after_fork(self, _begin_threads)

    def ask(
        self, numbers: Mapping[int, object] | set[int] | range, act: Callable[[int, Store], R]
    ) -> tuple[dict[int, R], dict[int, StoreError]]:
        """Call several servers at the same time; return their answers and errors, by number."""
        *others, last = numbers or [None]
        answers: dict[int, R] = {}
        errors: dict[int, StoreError] = {}
        waiting: dict[int, Callable[[], R]] = {}
        for number in others:
            assert number is not None
            waiting[number] = self._begin(number, act)
        if last is not None:
            waiting[last] = partial(act, last, self._servers[last])
        # This thread's own call comes first, and those of the others are always awaited.
        unexpected: Exception | None = None
        for number, finish in reversed(waiting.items()):
            try:
                answers[number] = finish()
            except StoreError as error:
                errors[number] = error
            except Exception as error:  # noqa: BLE001 - raised below
                unexpected = error
        if unexpected is not None:
            raise unexpected
        return answers, errors

    def close(self) -> None:
        """End the threads when their calls have ended; later calls run in the caller's thread."""
        for threads in self._threads:
            threads.shutdown(wait=False)

    def _begin(self, number: int, act: Callable[[int, Store], R]) -> Callable[[], R]:
        store = self._servers[number]
        with suppress(RuntimeError):  # the threads have ended, or the program is about to
            future: Future[R] = self._threads[number].submit(act, number, store)
            return future.result
        return partial(act, number, store)


def _begin_threads(it: ServerCalls) -> None:
    """Give it threads, which a child process does not have from its parent."""
    it._threads = [
        ThreadPoolExecutor(_AT_ONCE, f"renai server {number}") for number in range(len(it._servers))
    ]
