"""Show a progress bar: how many files are done, and how long the rest may take."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from renai.cli.logs import log_above
from renai.cli.terminal import remarks
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from renai.file_job import ScanResult
    from renai.providers.base import Provider


@contextmanager
def watching(survey: ScanResult, provider: Provider) -> Iterator[None]:
    """Show the progress of the files while the block runs; nothing if there is no terminal.

    Args:
        survey: the files.
        provider: the provider that is asked about them. What it waits for is shown, too.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.live import Live
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = remarks()
    progress = Progress(
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=console,
    )
    task = progress.add_task("", total=None)

    def render() -> RenderableType:
        # Without a total the bar only pulses: the number of files is not known yet.
        total = len(survey.jobs) or None
        # Providers of other packages need not say what they wait for.
        waiting = escape(printable(getattr(provider, "waiting", "")))
        words = in_words(survey, waiting)
        progress.update(task, completed=survey.done, total=total, description=words)
        return progress

    with Live(get_renderable=render, console=console, transient=True, refresh_per_second=8):
        log_above(console)
        try:
            yield
        finally:
            log_above(None)


def in_words(survey: ScanResult, waiting: str = "") -> str:
    """Return `3/12 files · 1 cached, 2 asked, 0 failed`, once the number of files is known.

    Args:
        survey: the files.
        waiting: what all calls wait for at this moment; empty if they do not.
    """
    if not survey.jobs:
        return "looking for files"
    return (
        f"{survey.done:,}/{len(survey.jobs):,} files · "
        f"{survey.cached:,} cached, {survey.asked:,} asked, {survey.failed:,} failed"
        f"{f' · {waiting}' if waiting else ''}"
    )


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
