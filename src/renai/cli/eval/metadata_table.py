"""Show a comparison of candidates: as tables, or as one JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from renai.cli.terminal import output, say
from renai.counting import counted, rounded
from renai.evaluation.fields import SPELLINGS
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table
    from rich.text import Text

    from renai.evaluation.scores import Agreement, Comparison, Score, Share, Spent

_UNKNOWN = "?"
_HEADINGS = [field.capitalize() for field in SPELLINGS]


def show(comparison: Comparison) -> None:
    """Print a comparison as tables for a person."""
    say(_documents(comparison))
    output().print(_spent(comparison.scores))
    if comparison.truth:
        output().print(_accuracy(comparison.scores))
    if comparison.agreements:
        output().print(_agreements(comparison.agreements))


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values; shares are 0 to 1, or null if nothing was compared."""
    truth = comparison.truth
    return {
        "documents": comparison.documents,
        "read": comparison.read,
        "truth": {"known": len(truth.known), "unmatched": truth.unmatched} if truth else None,
        "candidates": [
            {
                "provider": each.answers.provider,
                "model": each.answers.model,
                "answered": len(each.answers.said),
                "cached": each.answers.cached,
                "accuracy": {field: _share(share) for field, share in each.accuracy.items()},
                "calibration": _calibration(each),
                "spent": asdict(each.spent),
            }
            for each in comparison.scores
        ],
        "agreement": [
            {
                "between": [pair.one, pair.other],
                **{field: _share(share) for field, share in pair.fields.items()},
            }
            for pair in comparison.agreements
        ],
    }


def _documents(comparison: Comparison) -> str:
    truth, unread = comparison.truth, comparison.documents - comparison.read
    sentences = [f"{counted(comparison.documents, 'document')}; copies count once."]
    if unread:
        sentences.append(f"Nobody could read {unread:,}.")
    if truth:
        sentences.append(f"The truth is known of {len(truth.known):,}.")
    if truth and truth.unmatched:
        sentences.append(f"{counted(truth.unmatched, 'row')} of it fit none of them.")
    return " ".join(sentences)


def _accuracy(scores: Sequence[Score]) -> Table:
    table = _table("Right", [*_HEADINGS, "Cal. error"])
    for each in scores:
        error = each.calibration.error if each.calibration else None
        cells = [_percent(share.value) for share in each.accuracy.values()]
        cells.append(_UNKNOWN if error is None else f"{error:.2f}")
        table.add_row(_name(each.answers.name), *cells)
    return table


def _spent(scores: Sequence[Score]) -> Table:
    table = _table("Candidate", ["Answers", "Cached", "Median", "95 %", "Tokens", "Cost"])
    for each in scores:
        spent = each.spent
        table.add_row(
            _name(each.answers.name),
            f"{len(each.answers.said):,}",
            f"{each.answers.cached:,}",
            _seconds(spent.seconds),
            _seconds(spent.slow_seconds),
            rounded(spent.prompt_tokens + spent.completion_tokens),
            _money(spent),
        )
    return table


def _agreements(pairs: Sequence[Agreement]) -> Table:
    table = _table("Agreement", _HEADINGS)
    for pair in pairs:
        cells = [_percent(share.value) for share in pair.fields.values()]
        table.add_row(_name(f"{pair.one} and {pair.other}"), *cells)
    return table


def _table(first: str, numbers: Sequence[str]) -> Table:
    """Return a table with a name in the first column, which may wrap, and numbers in the others."""
    from rich.table import Table

    table = Table(first, box=None, header_style="bold", pad_edge=False)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _name(name: str) -> Text:
    from rich.text import Text

    return Text(printable(name), overflow="fold")


def _percent(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f} s"


def _money(spent: Spent) -> str:
    """Return the money spent; an unknown price is shown as unknown, never as zero."""
    known = f"${spent.money:.4f}" if spent.money else "$0"
    if not spent.unpriced:
        return known
    return f"{known} + {_UNKNOWN}" if spent.money else _UNKNOWN


def _share(share: Share) -> dict[str, Any]:
    return {"same": share.same, "of": share.of, "share": share.value}


def _calibration(score: Score) -> dict[str, Any] | None:
    calibration = score.calibration
    if calibration is None:
        return None
    return {
        "expected_error": calibration.error,
        "without_confidence": calibration.unsure,
        "bins": [each._asdict() for each in calibration.bins],
    }
