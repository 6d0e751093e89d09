"""End the program in order when it is told to: by Ctrl-C, by SIGTERM, or by SIGHUP.

While the program starts, all three end it at once and in silence: importing what a command needs
takes a moment in which nothing has begun that would have to be ended properly, and Python would
print a traceback. Later, all three do what Ctrl-C does.
"""

from __future__ import annotations

import os
import signal
import stat

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`, to spare the time of that import
if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130

_LIKE_CTRL_C = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

_starting = False


def interrupts_end() -> None:
    """Make Ctrl-C end the program, unless the program was started with Ctrl-C ignored."""
    global _starting
    _starting = True
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def interrupts_raise() -> None:
    """Make all three raise KeyboardInterrupt, once there is code that catches it.

    A signal that the program was started to ignore, as by `nohup`, stays ignored. This does
    nothing where a command is called from other code than the program.
    """
    global _starting
    if not _starting:
        return
    _starting = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and hasattr(signal, "pthread_sigmask"):
        # Blocked, it is ignored as before, and asyncio still takes over its handler, which the
        # other two call: the shells' background jobs are started like this.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in _LIKE_CTRL_C:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _as_ctrl_c)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Call the handler of Ctrl-C; once, since a session that ends sends both signals."""
    for each in _LIKE_CTRL_C:
        signal.signal(each, signal.SIG_IGN)
    _leave_lost_terminal()
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(number, frame)


def _leave_lost_terminal() -> None:
    """Write into nothing instead of a terminal that was closed, where every write would fail."""
    for descriptor in (1, 2):
        try:
            lost = stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor)
        except OSError:  # it was closed on purpose
            continue
        if lost:
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
