"""Take a run's renames back, of files that are still what was renamed, and over no other file.

Taking back is a run of its own, with a journal written before, so that a crash in the middle is
mended like any other, and what was refused can be tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.errors import JournalError, UsageError
from renai.renaming.execute import execute_run
from renai.renaming.history import standing_groups
from renai.renaming.journal import Journal, journal_paths
from renai.renaming.journal_format import Run
from renai.renaming.order import Identity, Move, RenameGroup, parking_place
from renai.renaming.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of one file of an undone run.

    Attributes:
        path: the name the run gave it.
        old_path: the name it had before.
        done: whether it has its old name again.
        reason: why not.
    """

    path: Path
    old_path: Path
    done: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of an undo.

    Attributes:
        run: the run that was taken back; None if there is none to take back.
        files: its renames that still stood, in their order; empty if none did.
    """

    run: str | None
    files: list[TakenBack]


def undo(
    folder: Path,
    run: str | None = None,
    *,
    on_step: Callable[[TakenBack], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Undone:
    """Give the files of a run their old names.

    What was refused can be tried again by a second call; a run that was taken back in full is
    left alone. Crashed runs are mended first.

    Args:
        folder: where journals are kept.
        run: its name, leading zeros or not; None for the last one that has something to undo.
        on_step: called after each file.
        stop: asked between files; if true, the rest keeps its new names.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal cannot be read, or it is under way.
        KeyboardInterrupt: passed on after the file under way is whole again.
    """
    recover(folder)
    for path in _candidates(folder, run):
        journal = Journal.reopen(path)
        if journal is None:
            raise JournalError(f"run {path.stem} is still under way; wait for its end")
        with journal:  # its lock is held, so that no other process undoes it meanwhile
            past = journal.read()
            if groups := standing_groups(past, folder):
                return Undone(past.name, _take_back(past, groups, folder, on_step, stop))
    return Undone(run and _full_name(run), [])


def _candidates(folder: Path, run: str | None) -> list[Path]:
    """Return the journal of the run that is asked for, or those of all runs, the last one first."""
    paths = [path for path in journal_paths(folder) if "u" not in path.stem]
    if run is None:
        return paths[::-1]
    named = [path for path in paths if path.stem == _full_name(run)]
    if not named:
        raise UsageError(f"there is no run {run}; `renai history` lists them")
    return named


def _full_name(run: str) -> str:
    return run.zfill(4)


def _take_back(
    past: Run,
    groups: list[RenameGroup],
    folder: Path,
    on_step: Callable[[TakenBack], None],
    stop: Callable[[], bool],
) -> list[TakenBack]:
    with Journal.create(folder, past.words, undoes=past.name) as journal:
        back = [_reversed(group, i, journal.run) for i, group in enumerate(groups)]
        run = Run(journal.run, groups=back, folders=past.folders)
        execute_run(run, journal, lambda group: on_step(_taken_back(group)), stop)
    return [_taken_back(group) for group in back]


def _reversed(group: RenameGroup, index: int, run: str) -> RenameGroup:
    moves = [
        Move(
            move.target,
            move.source,
            parking_place(move.target, run, index, i),
            Identity.of(move.target) or move.identity,
            move.target,
        )
        for i, move in enumerate(group.moves)
        if move is group.document
        or Identity.of(move.target)  # a sidecar that is lost holds nothing up
    ]
    return RenameGroup(index, moves, group.file_hash, undoes=group.index)


def _taken_back(group: RenameGroup) -> TakenBack:
    move = group.document
    return TakenBack(move.source, move.target, group.state == "done", group.reason)
