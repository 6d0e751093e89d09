"""Ctrl-C while the program starts: it leaves at once and says nothing.

To import what a command needs takes some tenths of a second, in which nothing has begun that would
have to be ended well, and in which Python would show where it was.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # stands for typing's, which need not be waited for here
if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130


def interrupts_end() -> None:
    """End the program on Ctrl-C, unless whoever started it has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def interrupts_raise() -> None:
    """Raise KeyboardInterrupt again, once there is somebody to catch it."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
