"""Work shared out among processes, for what keeps a processor busy for seconds."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from renai.signals import block_alone, blocked_signals, interrupts_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from multiprocessing.process import BaseProcess

S = TypeVar("S")
R = TypeVar("R")


def processors() -> int:
    """Return how many processes may work at once."""
    if hasattr(os, "sched_getaffinity"):  # it may be given fewer than there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(work: Callable[[S], R], shares: Sequence[S]) -> list[R]:
    """Call a function for each of several shares, and return its results in their order.

    Processes that are started for it do the work, where there are several processors. They are no
    forks: a fork has the locks that other threads held at that moment, SQLite's among them, and
    nobody there to let go of them. What a process that is killed leaves undone is done here. If
    this one is interrupted or killed, they end at once.

    Args:
        work: the function; it, its arguments and its results can be pickled.
        shares: its arguments, all about as much work.
    """
    count = min(processors(), len(shares))
    if count < 2:
        return [work(share) for share in shares]
    # Both take long to import, and are not needed for most of what renai does.
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    results: list[R] = []
    others = active_children()
    blocked = blocked_signals()
    end_with_this = partial(_end_with_parent, blocked)
    with ProcessPoolExecutor(count, get_context("spawn"), end_with_this) as pool:
        try:
            # Until they are started: one that was begun with half of what it has to know, or that
            # heeds Ctrl-C while it imports, would end with a traceback, and known to nobody.
            with interrupts_wait():
                block_alone(blocked | {signal.SIGINT})
                try:
                    futures = [pool.submit(work, share) for share in shares]
                finally:
                    block_alone(blocked)
            for future in futures:
                results.append(future.result())  # noqa: PERF401 - what came of it before it broke
        except BrokenExecutor:  # from then on nothing more comes of it
            pass
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C, or another signal, to this process only
                for worker in active_children():
                    if worker not in others:
                        worker.terminate()
            raise
        finally:
            # Waited for: the thread that watches the processes would close its pipe while Python,
            # at its end, writes to it.
            pool.shutdown(cancel_futures=True)
    return [*results, *map(work, shares[len(results) :])]


def _end_with_parent(blocked: Collection[int]) -> None:
    """Heed Ctrl-C in a process that works for another one, and do not outlive that one.

    Args:
        blocked: the signals that the other one has blocked, also for this one.
    """
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    block_alone(blocked)
    threading.Thread(target=_wait_for_end_of, args=[parent_process()], daemon=True).start()


def _wait_for_end_of(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
