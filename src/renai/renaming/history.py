"""List past runs and their files, and say how much of each run still stands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from renai.errors import JournalError, UsageError
from renai.renaming.journal import read_run
from renai.renaming.journal_files import journal_paths, run_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from renai.renaming.journal_format import Run
    from renai.renaming.order import RenameGroup

RunState = Literal["done", "undone", "partly undone", "open", "damaged"]
FileState = Literal["renamed", "undone", "skipped", "failed", "open"]


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
        folder: the folder that all of its files were in, at some depth; None if it had no files.
    """

    run: str
    started_at: datetime | None
    words: str
    renamed: int
    undone: int
    state: RunState
    problem: str = ""
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class PastFile:
    """What became of one file of a past run.

    Attributes:
        path: the name it had before the run.
        new_path: the name the run gave it, or was to give it.
        state: `renamed`; `undone` if it was given its old name back; `skipped` or `failed` if it
            kept it; `open` if the run is under way or crashed.
        reason: why it was not renamed; of a renamed one, why the last undo left it alone.
        sidecars: the old and new names of what was renamed with it.
        duplicates: the files with the same content that kept their names because of it.
    """

    path: Path
    new_path: Path
    state: FileState
    reason: str
    sidecars: list[tuple[Path, Path]]
    duplicates: Sequence[Path] = ()


def history(folder: Path) -> list[PastRun]:
    """List the runs whose journals are in a folder, the oldest first."""
    paths = journal_paths(folder)
    return [_past_run(path, paths) for path in run_paths(folder)]


def run_and_files(folder: Path, run: str) -> tuple[PastRun, list[PastFile]]:
    """Return a run as the history lists it, and its files in the order of its plan.

    Args:
        folder: where journals are kept.
        run: its name, leading zeros or not.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal, or the record of an earlier undo, cannot be read.
    """
    path = run_path(folder, run)
    read = read_run(path)
    undone = _undone(read, folder)
    files = [_past_file(group, undone.get(group.index)) for group in read.groups]
    return _past_run(path, journal_paths(folder)), files


def run_path(folder: Path, run: str) -> Path:
    """Return the journal of a run.

    Args:
        folder: where journals are kept.
        run: its name, leading zeros or not.

    Raises:
        UsageError: there is no such run.
    """
    for path in run_paths(folder):
        if path.stem == run.zfill(4):
            return path
    raise UsageError(f"there is no run {run}; `renai history` lists them")


def standing_groups(run: Run, folder: Path) -> list[RenameGroup]:
    """Return the groups of a run that were renamed and not taken back yet.

    Raises:
        JournalError: the record of an earlier undo cannot be read.
    """
    undone = _undone(run, folder)
    return [
        group
        for group in run.groups
        if group.state == "done"
        and (group.index not in undone or undone[group.index].state != "done")
    ]


def common_folder(groups: Iterable[RenameGroup]) -> Path | None:
    """Return the deepest folder below which all documents were before; None if there is none."""
    folders = {group.document.source.parent for group in groups}
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # there are no files, or they are on several drives
        return None


def _undone(run: Run, folder: Path) -> dict[int | None, RenameGroup]:
    """Return what the last undo that tried it made of each group, by its index in the run."""
    return {
        group.undoes: group
        for path in _undo_paths(run.name, journal_paths(folder))
        for group in read_run(path).groups
        if group.state != "open"
    }


def _undo_paths(run: str, paths: list[Path]) -> list[Path]:
    """Return those of all journals that take a run back."""
    return [path for path in paths if path.stem.startswith(f"{run}u")]


def _past_file(group: RenameGroup, undo: RenameGroup | None) -> PastFile:
    document, *sidecars = group.moves
    if group.state != "done":
        return PastFile(
            document.source, document.target, group.state, group.reason, [], group.duplicates
        )
    moved = [(move.source, move.target) for move in sidecars]
    state: FileState = "undone" if undo and undo.state == "done" else "renamed"
    reason = undo.reason if undo else group.reason
    return PastFile(document.source, document.target, state, reason, moved, group.duplicates)


def _past_run(path: Path, paths: list[Path]) -> PastRun:
    try:
        run = read_run(path)
        standing = len(standing_groups(run, path.parent))
        open_undo = any(not read_run(undo).ended for undo in _undo_paths(run.name, paths))
    except JournalError as error:
        return PastRun(path.stem, None, "", 0, 0, "damaged", str(error))
    renamed = sum(group.state == "done" for group in run.groups)
    state: RunState = "done"
    if open_undo or (run.planned and not run.ended):
        state = "open"
    elif standing < renamed:
        state = "partly undone" if standing else "undone"
    return PastRun(
        run.name,
        run.started_at,
        run.words,
        renamed,
        renamed - standing,
        state,
        folder=common_folder(run.groups),
    )
