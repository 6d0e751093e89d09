"""List past runs, and say how much of each still stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from renai.errors import JournalError
from renai.renaming.journal import journal_paths, read_run

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from renai.renaming.journal_format import Run
    from renai.renaming.order import RenameGroup

RunState = Literal["done", "undone", "partly undone", "open", "damaged"]


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run, as the history lists it.

    Attributes:
        run: what `undo` knows it by.
        started_at: when, in UTC; None if the journal is damaged.
        words: what the user asked for.
        renamed: files it renamed, sidecars not counted.
        undone: those of them that have their old names back.
        state: `open` if it is under way or crashed.
        problem: what is wrong with a damaged journal.
    """

    run: str
    started_at: datetime | None
    words: str
    renamed: int
    undone: int
    state: RunState
    problem: str = ""


def history(folder: Path) -> list[PastRun]:
    """List the runs whose journals are in a folder, the oldest first."""
    paths = journal_paths(folder)
    return [_past_run(path, paths) for path in paths if "u" not in path.stem]


def standing_groups(run: Run, folder: Path) -> list[RenameGroup]:
    """Return the groups of a run that were renamed and not taken back yet.

    Raises:
        JournalError: the record of an earlier undo cannot be read.
    """
    undone = {
        group.undoes
        for path in undo_paths(run.name, journal_paths(folder))
        for group in read_run(path).groups
        if group.state == "done"
    }
    return [group for group in run.groups if group.state == "done" and group.index not in undone]


def undo_paths(run: str, paths: list[Path]) -> list[Path]:
    """Return those of all journals that take a run back."""
    return [path for path in paths if path.stem.startswith(f"{run}u")]


def _past_run(path: Path, paths: list[Path]) -> PastRun:
    try:
        run = read_run(path)
        standing = len(standing_groups(run, path.parent))
        open_undo = any(not read_run(undo).ended for undo in undo_paths(run.name, paths))
    except JournalError as error:
        return PastRun(path.stem, None, "", 0, 0, "damaged", str(error))
    renamed = sum(group.state == "done" for group in run.groups)
    state: RunState = "done"
    if open_undo or (run.planned and not run.ended):
        state = "open"
    elif standing < renamed:
        state = "partly undone" if standing else "undone"
    return PastRun(run.name, run.started_at, run.words, renamed, renamed - standing, state)
