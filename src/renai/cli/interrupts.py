"""Make Ctrl-C end the program at once and in silence while it starts.

Importing what a command needs takes a moment. In that time nothing has begun that would have to be
ended properly, and Python would print a traceback.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # not `typing.TYPE_CHECKING`, to spare the time of that import
if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130


def interrupts_end() -> None:
    """Make Ctrl-C end the program, unless the program was started with Ctrl-C ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def interrupts_raise() -> None:
    """Make Ctrl-C raise KeyboardInterrupt again, once there is code that catches it."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
