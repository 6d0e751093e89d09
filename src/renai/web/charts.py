"""Charts: where the bars of a chart stand. The templates draw them as SVG, each with its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 640, 200
"""The size of a chart, in units of its own; it grows and shrinks with the page."""

_LEFT, _BOTTOM, _TOP = 62, 26, 14
_MOST_LABELS = 6
_BAR_SHARE = 0.72


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: where it stands, and what it says when one points at it."""

    series: int
    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis, and where it stands."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of bars over time, with the table of what it shows.

    Attributes:
        title: what it shows.
        series: the names of what is drawn side by side or on one another.
        bars: the bars.
        heights: the labels of the upright axis.
        labels: the labels below.
        rows: the table: a label, and a text for each series.
    """

    title: str
    series: tuple[str, ...]
    bars: list[Bar]
    heights: list[Mark]
    labels: list[Mark]
    rows: list[tuple[str, ...]]


def chart(
    title: str,
    series: tuple[str, ...],
    values: Sequence[tuple[str, Sequence[float]]],
    worded: Callable[[float], str],
    *,
    stacked: bool,
) -> Chart:
    """Lay out a chart.

    Args:
        title: what it shows.
        series: the names of the series.
        values: a label for each place on the time axis, and the value of each series there.
        worded: makes a text of a value.
        stacked: whether the series stand on one another; they stand side by side otherwise.
    """
    summed = [sum(row) if stacked else max(row) for _, row in values]
    most = max(summed, default=0.0) or 1.0
    room, step = HEIGHT - _BOTTOM - _TOP, (WIDTH - _LEFT) / max(1, len(values))
    thick = min(step * _BAR_SHARE, 48.0) / (1 if stacked else len(series))
    bars = []
    for place, (label, row) in enumerate(values):
        x = _LEFT + (place + 0.5) * step - thick * (1 if stacked else len(series)) / 2
        floor = float(HEIGHT - _BOTTOM)
        for number, value in enumerate(row):
            tall = room * value / most
            if value > 0:
                said = f"{label}: {worded(value)} {series[number]}"
                sizes = (x, floor - tall, thick, max(tall, 1.0))
                x1, y1, wide, high = (round(size, 1) for size in sizes)
                bars.append(Bar(number, x1, y1, wide, high, said))
            if stacked:
                floor -= tall
            else:
                x += thick
    every = -(-len(values) // _MOST_LABELS) or 1
    return Chart(
        title,
        series,
        bars,
        [
            Mark(round(HEIGHT - _BOTTOM - room * part, 1), worded(most * part))
            for part in (0, 0.5, 1)
        ],
        [
            Mark(round(_LEFT + (place + 0.5) * step, 1), label)
            for place, (label, _) in enumerate(values)
            if place % every == 0
        ],
        [(label, *map(worded, row)) for label, row in values],
    )
