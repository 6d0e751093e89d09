"""Take a run's renames back, of files that are still what was renamed, and over no other file.

Taking back is a run of its own, with a journal written before, so that a crash in the middle is
mended like any other, and what was refused can be tried again.

    with choose_run(folder) as past:       # no other process takes it back meanwhile
        if past.standing and agreed(past):  # a person may be asked in between
            files = past.take_back()
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.errors import JournalError
from renai.renaming.execute import execute_run
from renai.renaming.history import common_folder, run_path, standing_groups
from renai.renaming.journal import Journal, read_run
from renai.renaming.journal_files import run_paths
from renai.renaming.journal_format import Run
from renai.renaming.last_run import EmptyRun, last_empty_run
from renai.renaming.order import Identity, Move, RenameGroup, parking_place
from renai.renaming.recovery import recover, unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from renai.renaming.recovery import Watching


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


@dataclass(frozen=True, slots=True)
class RunToUndo:
    """A run that can be taken back, as far as its renames still stand.

    Attributes:
        run: what its journal says.
        standing: its groups that were renamed and not taken back yet.
        renamed: the number of files it renamed, sidecars not counted.
        folder: where journals are kept.
    """

    run: Run
    standing: list[RenameGroup]
    renamed: int
    folder: Path

    @property
    def place(self) -> Path | None:
        """The folder that all the files were in, at some depth; None if there is none."""
        return common_folder(self.standing or self.run.groups)

    def take_back(
        self,
        *,
        on_step: Callable[[TakenBack], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> list[TakenBack]:
        """Give the files their old names; return what became of each.

        Args:
            on_step: called after each file.
            stop: asked between files; if true, the rest keeps its new names.

        Raises:
            JournalError: the renames cannot be recorded.
            KeyboardInterrupt: passed on after the file under way is whole again.
        """
        if not self.standing:
            return []
        return _take_back(self.run, self.standing, self.folder, on_step, stop)


@contextmanager
def choose_run(
    folder: Path, run: str | None = None, *, watching: Watching = unwatched
) -> Iterator[RunToUndo | EmptyRun | None]:
    """Lend the run that is to be taken back; until the block ends no other process undoes it.

    Crashed runs are mended first.

    Args:
        folder: where journals are kept.
        run: its name, leading zeros or not; None for the last one, whatever came of it.
        watching: watches the mending of crashed runs, as for `recover`.

    Yields:
        The run; an `EmptyRun` if the last one renamed nothing and has no journal; None if there has
        been none.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal cannot be read, or it is under way.
    """
    recover(folder, watching=watching)
    if run is None:
        path = next(reversed(run_paths(folder)), None)
        if (empty := last_empty_run(folder)) or path is None:
            yield empty
            return
    else:
        path = run_path(folder, run)
    journal = Journal.reopen(path)
    if journal is None:
        raise JournalError(f"run {path.stem} is still under way; wait for its end")
    with journal:
        yield _past_run(journal.read(), folder)


def run_with_renames(folder: Path) -> RunToUndo | None:
    """Return the last run that has something to take back, to be named; None if none has."""
    for path in reversed(run_paths(folder)):
        try:
            past = _past_run(read_run(path), folder)
        except JournalError:  # it cannot be taken back
            continue
        if past.standing:
            return past
    return None


def undo(
    folder: Path,
    run: str | None = None,
    *,
    on_step: Callable[[TakenBack], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Undone:
    """Give the files of a run their old names, without a question.

    What was refused can be tried again by a second call; a run that was taken back in full is
    left alone.

    Args:
        folder: where journals are kept.
        run: its name, leading zeros or not; None for the last one, whatever came of it.
        on_step: called after each file.
        stop: asked between files; if true, the rest keeps its new names.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal cannot be read, or it is under way.
        KeyboardInterrupt: passed on after the file under way is whole again.
    """
    with choose_run(folder, run) as past:
        if not isinstance(past, RunToUndo):
            return Undone(None, [])
        return Undone(past.run.name, past.take_back(on_step=on_step, stop=stop))


def _past_run(run: Run, folder: Path) -> RunToUndo:
    renamed = sum(group.state == "done" for group in run.groups)
    return RunToUndo(run, standing_groups(run, folder), renamed, folder)


def _take_back(
    past: Run,
    groups: list[RenameGroup],
    folder: Path,
    on_step: Callable[[TakenBack], None],
    stop: Callable[[], bool],
) -> list[TakenBack]:
    with Journal.create(folder, past.words, undoes=past.name) as journal:
        back = [_reversed(group, i, journal.run_name) for i, group in enumerate(groups)]
        run = Run(journal.run_name, groups=back, folders=past.folders)
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
    return RenameGroup(index, moves, group.file_hash, undoes=group.index, root=group.root)


def _taken_back(group: RenameGroup) -> TakenBack:
    move = group.document
    return TakenBack(move.source, move.target, group.state == "done", group.reason)
