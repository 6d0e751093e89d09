"""Forks of the test's process that neither go on with the tests nor make them wait for ever."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from waiting import LIMIT, until

if TYPE_CHECKING:
    from collections.abc import Callable

_FAILED = 70


def fork(work: Callable[[], bool]) -> int:
    """Do some work in a fork of this process; return its id.

    Its exit code is 0 if the work returns something true. It is killed should it hang: a fork has
    whatever locks other threads held at that moment.
    """
    child = os.fork()
    if child:
        return child
    code = _FAILED
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(LIMIT))
        code = 0 if work() else 1
    finally:
        os._exit(code)


def exit_code(child: int) -> int:
    """Wait for a fork; return its exit code, or less than 0 if it was killed.

    Raises:
        AssertionError: it does not end, for it has not even come to its work; now it is killed.
    """
    try:
        _, status = until(lambda: (ended := os.waitpid(child, os.WNOHANG))[0] and ended)
    except AssertionError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    return os.waitstatus_to_exitcode(status)
