"""Draw a comparison of candidates: how often they are right, and whether they know it.

Without a truth to compare with, it shows how often they agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cli.drawing import check, new_figure, save
from renai.evaluation.fields import SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from renai.evaluation.scores import Comparison, Score, Share

__all__ = ["check", "draw"]


def draw(path: Path, comparison: Comparison) -> None:
    """Draw a comparison into a file.

    Raises:
        ConfigurationError: matplotlib is missing, or the file cannot be written.
    """
    scores, pairs = comparison.scores, comparison.agreements
    judged = {each.answers.name: each.accuracy for each in scores if each.accuracy}
    figure = new_figure(wide=bool(judged))
    if judged:
        left, right = figure.subplots(1, 2)
        _bars(left, judged, "right")
        _reliability(right, scores)
    else:
        left = figure.subplots()
        _bars(left, {f"{pair.one} and {pair.other}": pair.fields for pair in pairs}, "agreeing")
    # One legend for both plots, since a candidate has the same colour in both.
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, path)


def _bars(axes: Axes, rows: Mapping[str, Mapping[str, Share]], word: str) -> None:
    fields = [field for field in SPELLINGS if any(shares[field].of for shares in rows.values())]
    width = 0.8 / len(rows)
    for at, (name, shares) in enumerate(rows.items()):
        places = [place + (at + 0.5) * width - 0.4 for place in range(len(fields))]
        heights = [100 * (shares[field].value or 0.0) for field in fields]
        axes.bar(places, heights, width, label=name.replace("$", r"\$"))
    axes.set_xticks(range(len(fields)), fields)
    axes.set_ylabel(f"% {word}")
    axes.set_ylim(0, 100)


def _reliability(axes: Axes, scores: Sequence[Score]) -> None:
    """Plot accuracy over confidence; below the dotted line, candidates are too sure."""
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for each in scores:
        bins = each.calibration.bins if each.calibration else []
        axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], marker="o")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share with right title and authors")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
