"""Write log lines to standard error, in the form that users' scripts read: `[INFO] …`."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from renai.text_cleaning import printable

if TYPE_CHECKING:
    from rich.console import Console


class _Lines(logging.Handler):
    """Writes `[LEVEL] message`; details that `--verbose` adds are labelled INFO, too."""

    def __init__(self) -> None:
        super().__init__()
        self.console: Console | None = None

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelno >= logging.WARNING else "INFO"
        line = printable(f"[{level}] {record.getMessage()}")
        if self.console is None:
            sys.stderr.write(f"{line}\n")  # stderr escapes what its encoding cannot show
        else:
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)


_LINES = _Lines()


def log_to_stderr(*, verbose: bool = False, quiet: bool = False) -> None:
    """Show what the library logs from now on.

    Args:
        verbose: whether details are shown, too.
        quiet: whether only warnings are shown, unless `verbose`: for commands in which a line for
            each file would only disturb.
    """
    # No line shows where in the code it was logged, so do not spend time on finding that out
    # (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logger = logging.getLogger("renai")
    usual = logging.WARNING if quiet else logging.INFO
    logger.setLevel(logging.DEBUG if verbose else usual)
    logger.propagate = False
    if _LINES not in logger.handlers:
        logger.addHandler(_LINES)


def log_above(console: Console | None) -> None:
    """Write log lines above a live display of this console; with None, to standard error again."""
    _LINES.console = console
