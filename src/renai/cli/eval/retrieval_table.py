"""Show a measurement of retrieval: as a table, or as one JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from renai.cli.terminal import output, say
from renai.counting import counted, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.evaluation.collection import Collection
    from renai.evaluation.retrieval import Pass, Trial


def show(collection: Collection, trials: Sequence[Trial]) -> None:
    """Print a measurement as a table for a person."""
    from rich.table import Table

    from renai.evaluation.retrieval import CUTOFFS

    say(
        f"{counted(len(collection.passages), 'passage')}, "
        f"{counted(len(collection.questions), 'question')}."
    )
    table = Table("Vectors", box=None, header_style="bold", pad_edge=False)
    first, *others = CUTOFFS
    recalls = [f"Recall@{first}", *(f"@{cutoff}" for cutoff in others)]
    for heading in (*recalls, "MRR", "Cold", "Calls", "Warm", "Calls", "Bytes"):
        table.add_column(heading, justify="right", no_wrap=True)
    for trial in trials:
        table.add_row(
            trial.vectors,
            *(f"{share:.3f}" for share in trial.recall.values()),
            f"{trial.mrr:.3f}",
            *_spent(trial.cold),
            *_spent(trial.warm),
            size_of(trial.entry_bytes) if trial.warm else "",
        )
    output().print(table)
    for trial in trials:
        if trial.warm:
            say(_saved(trial, trial.warm))


def as_json(collection: Collection, model: str, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return a measurement as JSON values; recall and MRR are 0 to 1."""
    return {
        "model": model,
        "passages": len(collection.passages),
        "questions": len(collection.questions),
        "trials": [asdict(trial) for trial in trials],
    }


def _spent(taken: Pass | None) -> tuple[str, str]:
    return (f"{taken.seconds:.1f} s", f"{taken.calls:,}") if taken else ("", "")


def _saved(trial: Trial, warm: Pass) -> str:
    cold = trial.cold
    return (
        f"{trial.vectors}: the second pass saved {cold.calls - warm.calls:,} of "
        f"{counted(cold.calls, 'model call')} and {cold.seconds - warm.seconds:.1f} s of "
        f"{cold.seconds:.1f} s."
    )
