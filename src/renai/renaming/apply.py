"""Carry out a plan, so that it can be taken back and outlives a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.keys.digest import get_file_hash
from renai.renaming.identity import Identity
from renai.renaming.journal import Journal
from renai.renaming.journal_format import Run
from renai.renaming.naming import split_name
from renai.renaming.order import Move, Unit, parking_place
from renai.renaming.plan import Companion, reason_for_number
from renai.renaming.recovery import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from renai.renaming.order import State
    from renai.renaming.plan import Action, Decision

_ACTIONS: dict[State, Action] = {
    "done": "rename",
    "skipped": "skip",
    "failed": "fail",
    "open": "fail",  # a part of it could not be put back
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a plan.

    Attributes:
        run: what `undo` knows it by; None if there was nothing to rename.
        decisions: those that were given, in their order; the renames among them say what
            happened: `rename` with the name the file really got, `skip` or `fail` with a reason.
    """

    run: str | None
    decisions: list[Decision]


def apply(
    decisions: Sequence[Decision],
    folder: Path,
    *,
    words: str = "",
    on_step: Callable[[Decision], None] = lambda decision: None,
    stop: Callable[[], bool] = lambda: False,
) -> Applied:
    """Rename what is to be renamed.

    Args:
        decisions: a plan.
        folder: where journals are kept; made if it is missing.
        words: what the user asked for, for the history.
        on_step: called with what happened, after each file.
        stop: asked between files; if true, the rest keeps its names.

    Raises:
        JournalError: the renames cannot be recorded. Raised before the first of them, or in the
            middle, if the disk runs full; `recover` then mends what is left open.
        KeyboardInterrupt: passed on after the file under way is whole again.
    """
    positions = [at for at, decision in enumerate(decisions) if decision.action == "rename"]
    if not positions:
        return Applied(None, list(decisions))

    def outcome(unit: Unit) -> Decision:
        return _outcome(decisions[positions[unit.index]], unit)

    with Journal.create(folder, words) as journal:
        units = [_unit(decisions[at], i, journal.run) for i, at in enumerate(positions)]
        run = Run(journal.run, units=units, folders=_missing_folders(units))
        carry_out(run, journal, lambda unit: on_step(outcome(unit)), stop)
    results = list(decisions)
    for unit, at in zip(units, positions, strict=True):
        results[at] = outcome(unit)
    return Applied(journal.run, results)


def _unit(decision: Decision, index: int, run: str) -> Unit:
    assert decision.new_path is not None
    known = decision.identity or Identity.of(decision.path) or _NO_FILE
    files = [(decision.path, decision.new_path, known)]
    for path, new_path in decision.companions:
        if identity := Identity.of(path):  # what vanished meanwhile need not move
            files.append((path, new_path, identity))
    moves = [
        Move(path, new_path, parking_place(path, run, index, i), identity, path)
        for i, (path, new_path, identity) in enumerate(files)
    ]
    file_hash = decision.file_hash or _hash(decision.path)
    stem = decision.stem or split_name(decision.new_path.name)[0]
    return Unit(index, moves, file_hash, stem, decision.number)


_NO_FILE = Identity(0, 0, -1, 0)


def _hash(path: Path) -> str | None:
    try:
        return get_file_hash(path)
    except OSError:  # the rename will say so
        return None


def _missing_folders(units: list[Unit]) -> list[Path]:
    """Folders that the units need and that do not exist, parents first."""
    missing: list[Path] = []
    for folder in dict.fromkeys(move.target.parent for unit in units for move in unit.moves):
        line = []
        while not folder.exists() and folder not in missing:
            line.append(folder)
            folder = folder.parent
        missing += reversed(line)
    return missing


def _outcome(decision: Decision, unit: Unit) -> Decision:
    if unit.state != "done":
        return decision._replace(
            action=_ACTIONS[unit.state],
            reason=unit.reason,
            new_path=None,
            companions=(),
        )
    document, *sidecars = unit.moves
    return decision._replace(
        reason=reason_for_number(unit.number),
        new_path=document.target,
        number=unit.number,
        companions=tuple(Companion(move.source, move.target) for move in sidecars),
    )
