"""Show how far a run has come, how long the rest may take, and what takes long.

The display is two lines above which log lines appear, and is gone at the end. It fits terminals of
any width: what has no room is left out.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from renai.cli.logs import log_above
from renai.cli.terminal import remarks
from renai.pace import Pace
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from renai.file_job import ScanResult

_FIRST_WORDS = "looking for files"
_WIDEST_BAR = 40
_NARROWEST_BAR = 10
_A_SECOND = 5  # refreshes


class Working(Protocol):
    """What works on the files of a run, and can say what takes long."""

    @property
    def waiting(self) -> str:
        """What takes long at this moment, in words; empty if nothing does."""
        ...


class Shown(NamedTuple):
    """What the display says.

    Attributes:
        done: how much is done; None for a bar that only moves, as nobody knows how much there is.
        total: of how much.
        what: the words beside the bar.
        time: how long it will take or has taken.
        details: the words below.
    """

    done: int | None
    total: int
    what: str
    time: str
    details: str


@contextmanager
def starting() -> Iterator[None]:
    """Show that something happens while the block loads what a run needs, which takes a moment."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    sys.stderr.write(_FIRST_WORDS)
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def watching(survey: ScanResult, working: Working) -> Iterator[None]:
    """Show the progress of the files while the block runs; nothing if there is no terminal.

    Args:
        survey: the files.
        working: what works on them. What it waits for is shown, too.
    """
    pace = Pace()
    with _live(lambda: of_files(survey, pace, working.waiting)):
        yield


@contextmanager
def watching_renames(total: int, what: str = "files renamed") -> Iterator[Callable[[object], None]]:
    """Show the progress of renames while the block runs; yield a function to call after each.

    Args:
        total: the number of files.
        what: the words behind it.
    """
    done, pace = 0, Pace()

    def on_step(_: object) -> None:
        nonlocal done
        done += 1

    def shown() -> Shown:
        return Shown(done, total, f"{done:,}/{total:,} {what}", pace.words(done, total), "")

    with _live(shown):
        yield on_step


def watching_recovery(total: int) -> AbstractContextManager[Callable[[object], None]]:
    """Show how far the files of a run that was interrupted are looked after, as its renames."""
    return watching_renames(total, "files of an interrupted run looked after")


def of_files(survey: ScanResult, pace: Pace, waiting: str = "") -> Shown:
    """Return what is said of a run's files.

    Args:
        survey: the files.
        pace: how fast they were done so far.
        waiting: what takes long at this moment; empty if nothing does.
    """
    if not survey.jobs:  # their number is not known yet
        return Shown(None, 0, _FIRST_WORDS, pace.so_far(), "")
    counts = survey.counts()
    if counts.digested < counts.found:
        what = f"{counts.digested:,}/{counts.found:,} files hashed"
        return Shown(counts.digested, counts.found, what, pace.so_far(), waiting)
    said = {"cached": counts.cached, "read": counts.read, "asked": counts.asked}
    said["failed"] = counts.failed
    details = ", ".join(f"{count:,} {word}" for word, count in said.items() if count)
    time = pace.words(counts.done, counts.found)
    what = f"{counts.done:,}/{counts.found:,} files"
    details = " · ".join(filter(None, [details, printable(waiting)]))
    return Shown(counts.done, counts.found, what, time, details)


@contextmanager
def _live(shown: Callable[[], Shown]) -> Iterator[None]:
    if not sys.stderr.isatty():
        yield
        return
    from rich.live import Live

    console = remarks()
    live = Live(
        get_renderable=lambda: _drawn(shown(), console.width),
        console=console,
        transient=True,
        refresh_per_second=_A_SECOND,
    )
    with live:
        live.refresh()  # at once: a person should see that something happens
        log_above(console)
        try:
            yield
        finally:
            log_above(None)


def _drawn(shown: Shown, width: int) -> RenderableType:
    """Return the display, as wide as the terminal at most."""
    from rich.console import Group
    from rich.text import Text

    words = " · ".join(filter(None, [shown.what, shown.time]))
    if len(words) > width:
        words = shown.what
    line = Text(words, no_wrap=True, overflow="ellipsis")
    bar_width = min(_WIDEST_BAR, width - len(words) - 2)
    bar = [_Bar(shown, bar_width)] if bar_width >= _NARROWEST_BAR else []
    details = Text(shown.details, style="dim", no_wrap=True, overflow="ellipsis")
    return Group(*bar, line, details)


class _Bar:
    """A bar, with what follows on its line."""

    def __init__(self, shown: Shown, width: int) -> None:
        self._shown = shown
        self._width = width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.progress_bar import ProgressBar
        from rich.segment import Segment

        done = self._shown.done
        total = None if done is None else self._shown.total
        yield from ProgressBar(total, done or 0, width=self._width).__rich_console__(
            console, options
        )
        yield Segment(" ")


@contextmanager
def counting_up(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show the number of entries that are done while the block runs; nothing without a terminal.

    Args:
        what: a word for what is done to the entries.
        total: the number of all entries; None if it is unknown.

    Yields:
        A function to call with the number of entries that were done since the last call.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,} entries"),
    )
    with Progress(*columns, console=remarks(), transient=True) as progress:
        task = progress.add_task(what, total=total)
        log_above(remarks())
        try:
            yield lambda count: progress.advance(task, count)
        finally:
            log_above(None)
