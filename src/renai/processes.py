"""Work shared out among processes, for what keeps a processor busy for seconds."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    nobody there to let go of them. What a process that is killed leaves undone is done here.

    Args:
        work: the function; it, its arguments and its results can be pickled.
        shares: its arguments, all about as much work.
    """
    count = min(processors(), len(shares))
    if count < 2:
        return [work(share) for share in shares]
    # Both take long to import, and are not needed for most of what renai does.
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    results: list[R] = []
    with ProcessPoolExecutor(count, get_context("spawn"), _heed_ctrl_c) as pool:
        try:
            futures = [pool.submit(work, share) for share in shares]
            for future in futures:
                results.append(future.result())  # noqa: PERF401 - what came of it before it broke
        except BrokenExecutor:  # from then on nothing more comes of it
            pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return [*results, *map(work, shares[len(results) :])]


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
