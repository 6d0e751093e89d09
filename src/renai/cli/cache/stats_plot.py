"""Draw the usage counts as a picture: hits and misses by day, and what was saved."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from renai.cli.drawing import check, new_figure, save

if TYPE_CHECKING:
    from pathlib import Path

    from renai.maintenance.stats import Stats

__all__ = ["check", "draw"]


def draw(path: Path, stats: Stats) -> None:
    """Draw the counts into a file.

    Raises:
        ConfigurationError: matplotlib is missing, or the file cannot be written.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    figure = new_figure(wide=True)
    left, right = figure.subplots(1, 2)
    days, counts = list(stats.days), list(stats.days.values())
    hits, misses = [each.hits for each in counts], [each.misses for each in counts]
    left.bar(days, hits, label="hits")
    left.bar(days, misses, bottom=hits, label="misses")
    left.set_ylabel("look-ups a day")
    left.legend()
    money = any(each.saved.money for each in counts)
    saved = [each.saved.money if money else each.saved.seconds / 60 for each in counts]
    spent = [each.spent.money if money else each.spent.seconds / 60 for each in counts]
    right.plot(days, list(accumulate(saved)), marker="o", label="saved")
    right.plot(days, list(accumulate(spent)), marker="o", label="spent")
    right.set_ylabel("US dollars, where known" if money else "minutes of work")
    right.set_ylim(bottom=0)
    right.legend()
    for axes in (left, right):
        locator = AutoDateLocator(minticks=1, maxticks=8)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(
            ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        )
    save(figure, path)
