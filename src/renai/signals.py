"""Have what is to end the program wait while something must not be left half done."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Have Ctrl-C, SIGTERM and SIGHUP wait until a block has ended, where Python handles them.

    It does so in one thread alone, so that in all others no handler interrupts anything.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {
        number: handler for number in _ENDING if callable(handler := signal.getsignal(number))
    }
    for number in before:
        signal.signal(number, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in waiting:
        signal.raise_signal(number)


def blocked_signals() -> set[int]:
    """Return the signals that are blocked for this thread, and for processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        return set()
    return {*signal.pthread_sigmask(signal.SIG_BLOCK, [])}


def block_alone(signals: Collection[int]) -> None:
    """Block these signals for this thread, and no others; what came meanwhile is handled now."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
