"""Work shared out among forked processes, for what keeps a processor busy for seconds."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

S = TypeVar("S")
R = TypeVar("R")


def processors() -> int:
    """Return how many processes may work at once; 1 where this process had better not fork.

    A fork copies one thread only, with whatever locks the others hold at that moment.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def share_out(work: Callable[[S], R], shares: Sequence[S]) -> list[R]:
    """Call a function for each of several shares, and return its results in their order.

    Processes that are forked for it do the work, where there are several processors. What one of
    them leaves undone, whatever the reason, is done here; so errors are raised as by plain calls.

    Args:
        work: the function; its results can be pickled.
        shares: its arguments, all about as much work.
    """
    count = min(processors(), len(shares))
    groups = [range(first, len(shares), count) for first in range(count)] if count > 1 else []
    running = [_start(work, [shares[number] for number in group]) for group in groups]
    done: dict[int, R] = {}
    try:
        for group, (receiver, _) in zip(groups, running, strict=True):
            done.update(zip(group, _received(receiver), strict=False))
        return [done[n] if n in done else work(share) for n, share in enumerate(shares)]
    finally:
        for receiver, process in running:
            process.terminate()
            process.join()
            receiver.close()


def _start(work: Callable[[S], Any], shares: Sequence[S]) -> tuple[Connection, Any]:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, work, shares), daemon=True)
    with warnings.catch_warnings():
        # Python warns of threads that only native libraries have; these are prepared for it.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sender.close()
    return receiver, process


def _work(sender: Connection, work: Callable[[S], Any], shares: Sequence[S]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is for the process that waits
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        sender.send([work(share) for share in shares])
    except Exception:  # noqa: BLE001 - it is raised where the work is done once more
        sender.send([])


def _received(receiver: Connection) -> list[Any]:
    try:
        results: list[Any] = receiver.recv()
    except (EOFError, OSError):  # it was killed
        return []
    return results
