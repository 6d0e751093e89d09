"""Carry out a plan, so that it can be taken back and outlives a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.file_job import Companion, Decision
from renai.renaming.identity import Identity
from renai.renaming.journal import Journal
from renai.renaming.journal_format import Run
from renai.renaming.order import Move, Unit, parking_place
from renai.renaming.plan import reason_for_number
from renai.renaming.recovery import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from renai.file_job import Action, FileJob
    from renai.renaming.order import State

_ACTIONS: dict[State, Action] = {
    "done": "rename",
    "skipped": "skip",
    "failed": "fail",
    "open": "fail",  # a part of it could not be put back
}


def apply(
    jobs: Iterable[FileJob],
    folder: Path,
    *,
    words: str = "",
    on_step: Callable[[FileJob], None] = lambda job: None,
    stop: Callable[[], bool] = lambda: False,
) -> str | None:
    """Rename what is to be renamed.

    What happened is set as the decision of each job that was to be renamed: `rename` with the
    name the file really got, `skip` or `fail` with a reason.

    Args:
        jobs: files with their decisions.
        folder: where journals are kept; made if it is missing.
        words: what the user asked for, for the history.
        on_step: called after each file, with the file and what happened to it.
        stop: asked between files; if true, the rest keeps its names.

    Returns:
        What `undo` knows the run by; None if there was nothing to rename.

    Raises:
        JournalError: the renames cannot be recorded. Raised before the first of them, or in the
            middle, if the disk runs full; `recover` then mends what is left open.
        KeyboardInterrupt: passed on after the file under way is whole again.
    """
    renames = [job for job in jobs if job.action == "rename"]
    if not renames:
        return None

    def note(unit: Unit) -> None:
        job = renames[unit.index]
        job.decision = _outcome(unit)
        on_step(job)

    with Journal.create(folder, words) as journal:
        units = [_unit(job, i, journal.run) for i, job in enumerate(renames)]
        run = Run(journal.run, units=units, folders=_missing_folders(units))
        carry_out(run, journal, note, stop)
    for job, unit in zip(renames, units, strict=True):
        job.decision = _outcome(unit)
    return journal.run


def _unit(job: FileJob, index: int, run: str) -> Unit:
    new_path = job.new_path
    assert new_path is not None
    files = [(job.path, new_path, Identity.from_stat(job.stat))]
    for path, new_path in job.decision.companions:
        if identity := Identity.of(path):  # what vanished meanwhile need not move
            files.append((path, new_path, identity))
    moves = [
        Move(path, new_path, parking_place(path, run, index, i), identity, path)
        for i, (path, new_path, identity) in enumerate(files)
    ]
    return Unit(index, moves, job.file_hash, job.decision.stem, job.decision.number)


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


def _outcome(unit: Unit) -> Decision:
    if unit.state != "done":
        return Decision(_ACTIONS[unit.state], unit.reason)
    document, *sidecars = unit.moves
    return Decision(
        "rename",
        reason_for_number(unit.number),
        document.target,
        tuple(Companion(move.source, move.target) for move in sidecars),
        unit.stem,
        unit.number,
    )
