"""Write log lines to standard error, in the form that users' scripts read: `[INFO] …`.

Into a pipe or a file they always go. On a terminal, lines about single files would scroll all else
away in a large run, where the progress bar counts the files instead.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from renai.file_job import ScanResult

MOST_FILES = 100
"""The most files of a run whose lines are shown on a terminal."""
_SECONDS_UNSEEN = 1.0  # for which lines may wait to be written as a block


class _Lines(logging.Handler):
    """Writes `[LEVEL] message`; details that `--verbose` adds are labelled INFO, too."""

    def __init__(self) -> None:
        super().__init__()
        self.console: Console | None = None
        self.run: ScanResult | None = None
        self._held_back: list[str] = []
        self._shown_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        is_info = record.levelno < logging.WARNING
        line = printable(f"[{'INFO' if is_info else record.levelname}] {record.getMessage()}")
        if is_info and self.run is not None:
            if not self.run.jobs:  # it is not known yet how many there will be
                self._held_back.append(line)
                return
            if len(self.run.jobs) > MOST_FILES:
                return
            self.write_held_back()
        self._write(line, at_once=not is_info)

    def write_held_back(self) -> None:
        """Write what was held back until the number of files was known, or drop it."""
        lines, self._held_back = self._held_back, []
        if self.run is not None and len(self.run.jobs) <= MOST_FILES:
            for line in lines:
                self._write(line)

    def _write(self, line: str, *, at_once: bool = False) -> None:
        if self.console is None:
            sys.stderr.write(f"{line}\n")  # stderr escapes what its encoding cannot show
            now = monotonic()
            if at_once or now - self._shown_at > _SECONDS_UNSEEN:
                self._shown_at = now
                sys.stderr.flush()
        else:
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)


_LINES = _Lines()


def _record(
    name: str,
    level: int,
    pathname: str,
    lineno: int,
    msg: Any,
    args: Any,
    exc_info: Any,
    *_: Any,
) -> logging.LogRecord:
    """Return a record without what no line shows, such as when it was logged, and in which thread.

    To find that out would take as long as all else that a line needs.
    """
    if len(args) == 1 and isinstance(args[0], Mapping) and args[0]:  # for "%(name)s"
        args = args[0]
    record = logging.LogRecord.__new__(logging.LogRecord)
    vars(record).update(_UNSAID)
    record.name, record.msg, record.args, record.exc_info = name, msg, args, exc_info
    record.levelno, record.levelname = level, logging.getLevelName(level)
    record.pathname, record.lineno = pathname, lineno
    return record


_UNSAID = vars(logging.makeLogRecord({}))


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
    logger = logging.getLogger("renai")
    logger.makeRecord = _record  # type: ignore[method-assign, assignment]
    usual = logging.WARNING if quiet else logging.INFO
    logger.setLevel(logging.DEBUG if verbose else usual)
    logger.propagate = False
    if _LINES not in logger.handlers:
        logger.addHandler(_LINES)


@contextmanager
def lines_of(run: ScanResult) -> Iterator[None]:
    """While the block runs, show lines on a terminal only if the run has few files.

    With `--verbose`, all are shown all the same.
    """
    if not sys.stderr.isatty() or logging.getLogger("renai").isEnabledFor(logging.DEBUG):
        yield
        return
    _LINES.run = run
    try:
        yield
    finally:
        _LINES.write_held_back()
        _LINES.run = None


@contextmanager
def in_blocks() -> Iterator[None]:
    """While the block runs, write lines by the thousand characters where nobody watches.

    For a time in which nothing is done that a run which is killed should have told of. To write
    each line by itself takes as long as to make it. So it is also where PYTHONUNBUFFERED has Python
    write each line, as in many containers: what waits is written about once a second.
    """
    stream = sys.stderr
    if stream.isatty() or not isinstance(stream, io.TextIOWrapper):
        yield
        return
    by_line, at_once = stream.line_buffering, stream.write_through
    stream.reconfigure(line_buffering=False, write_through=False)
    try:
        yield
    finally:
        stream.reconfigure(line_buffering=by_line, write_through=at_once)  # writes what is left


def log_above(console: Console | None) -> None:
    """Write log lines above a live display of this console; with None, to standard error again."""
    _LINES.console = console
