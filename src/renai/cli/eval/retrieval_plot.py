"""Draw a measurement of retrieval: what is found, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cli.drawing import check, new_figure, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from renai.evaluation.retrieval import Trial

__all__ = ["check", "draw"]


def draw(path: Path, trials: Sequence[Trial]) -> None:
    """Draw a measurement into a file.

    Raises:
        ConfigurationError: matplotlib is missing, or the file cannot be written.
    """
    figure = new_figure(wide=True)
    left, right = figure.subplots(1, 2)
    names = [trial.vectors for trial in trials]
    cutoffs = {f"recall@{at}": [each.recall[at] for each in trials] for at in trials[0].recall}
    _bars(left, names, cutoffs | {"MRR": [each.mrr for each in trials]})
    left.set_ylim(0, 1)
    seconds = {
        "cold": [each.cold.seconds for each in trials],
        "warm": [each.warm.seconds if each.warm else 0.0 for each in trials],
    }
    _bars(right, names, seconds)
    right.set_ylabel("seconds to embed everything")
    for axes in (left, right):
        axes.legend(fontsize="small")
    save(figure, path)


def _bars(axes: Axes, names: Sequence[str], rows: Mapping[str, Sequence[float]]) -> None:
    """Plot a group of bars for each name, with one bar for each row."""
    width = 0.8 / len(rows)
    for at, (label, heights) in enumerate(rows.items()):
        places = [place + (at + 0.5) * width - 0.4 for place in range(len(names))]
        axes.bar(places, heights, width, label=label)
    axes.set_xticks(range(len(names)), names)
