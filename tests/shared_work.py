"""Functions that other processes are given to do; they have to find them by name."""

from __future__ import annotations

import os
import signal
import sys
import threading

LOCK = threading.Lock()


def with_process(number: int) -> tuple[int, int]:
    return number, os.getpid()


def divide_by_less_three(number: int) -> int:
    return 1 // (number - 3)


def square_or_be_killed(here: int, number: int) -> int:
    """Square a number; at one, the process is killed unless it is `here`."""
    if number == 1 and os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def process_after_ctrl_c(here: int, number: int) -> int:
    """Return which process this is, after Ctrl-C unless it is `here`."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGINT)
    return os.getpid()


def block(number: int) -> None:
    """Say which process this is, and work for ever."""
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    threading.Event().wait()


def when_free(number: int) -> int:
    with LOCK:
        return number
