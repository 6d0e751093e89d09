"""Carry out a plan: write the journal, rename one group after the other, mark each.

A group is renamed as one: either all of its files get their new names, or none does. The same loop
renames the files of a plan, takes a run back, and goes on with a run that crashed; they differ in
their conditions. However a run ends, no group of it is left half-done.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from renai.errors import JournalError, NameTakenError, RenameError
from renai.file_job import Companion, Decision
from renai.renaming.conditions import conditions_of, is_the_document
from renai.renaming.journal import Journal
from renai.renaming.journal_format import WITHOUT_CHECKSUMS, Run
from renai.renaming.no_replace import are_one_entry, flush_folders, reason_for, rename_no_replace
from renai.renaming.order import (
    Identity,
    Move,
    RenameGroup,
    begun_or_in_the_way,
    in_order,
    locate,
    parking_place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from renai.file_job import Action, FileJob
    from renai.renaming.conditions import Conditions
    from renai.renaming.no_replace import Linking
    from renai.renaming.order import State

_ACTIONS: dict[State, Action] = {
    "done": "rename",
    "skipped": "skip",
    "failed": "fail",
    "open": "fail",  # a part of the group could not be put back
}


def execute(
    jobs: Iterable[FileJob],
    folder: Path,
    *,
    words: str = "",
    on_step: Callable[[FileJob], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> str | None:
    """Rename what is to be renamed, so that it can be taken back and outlives a crash.

    What happened is set as the decision of each job that was to be renamed: `rename` with the
    name the file really got, `skip` or `fail` with a reason.

    Args:
        jobs: files with their decisions.
        folder: where journals are kept; made if it is missing.
        words: what the user asked for, for the history.
        on_step: called after each file whose turn came, when its job says what happened. Where a
            run is stopped, the jobs of the others say it when this returns.
        stop: asked between files; if true, the rest keeps its names.

    Returns:
        What `undo` knows the run by; None if there was nothing to rename.

    Raises:
        JournalError: the renames cannot be recorded. Raised before the first of them, or in the
            middle, if the disk runs full; `recover` then mends what is left open.
        KeyboardInterrupt: passed on after the file under way is whole again.
    """
    jobs = list(jobs)
    renames = [job for job in jobs if job.action == "rename"]
    if not renames:
        return None
    duplicates: defaultdict[Path, list[Path]] = defaultdict(list)
    for job in jobs:
        if original := job.decision.duplicate_of:
            duplicates[original].append(job.path)

    def note_outcome(group: RenameGroup) -> None:
        job = renames[group.index]
        job.decision = _outcome(group)
        on_step(job)

    with Journal.create(folder, words) as journal:
        groups = [_group_of(job, i, journal.run_name) for i, job in enumerate(renames)]
        for group in groups:
            group.duplicates = duplicates.get(group.document.source, ())
        run = Run(journal.run_name, groups=groups, folders=_missing_folders(groups))
        execute_run(run, journal, note_outcome, stop)
    # Files whose turn did not come are settled at the end of the run.
    for job, group in zip(renames, groups, strict=True):
        job.decision = _outcome(group)
    return journal.run_name


def execute_run(
    run: Run, journal: Journal, on_group: Callable[[RenameGroup], None], stop: Callable[[], bool]
) -> None:
    """Write a run's plan, carry it out, and end it; however it ends, no group is half-done.

    Args:
        run: what is to be done.
        journal: of this run.
        on_group: called after each group.
        stop: asked between groups; if true, the rest keeps its names.

    Raises:
        JournalError: a step could not be recorded; `recover` mends what is left open.
    """
    journal.write_plan(run)
    try:
        _rename_groups(run.groups, journal, conditions_of(run), on_group, stop)
    except JournalError:
        raise
    except BaseException:  # Ctrl-C, or what a callback raised
        finish(run, journal)
        raise
    finish(run, journal)


def finish(
    run: Run, journal: Journal, on_group: Callable[[RenameGroup], None] = lambda _: None
) -> None:
    """Leave no group of a run half-done, and end its journal if nothing is left open.

    The disk shows how far an open group has come. One that was begun is brought to its end, as are
    those in its way, and put back if that fails; one that was not begun keeps its old names.

    Args:
        run: what is to be done, as far as it is.
        journal: of this run.
        on_group: called after each group.

    Raises:
        JournalError: a step could not be recorded.
    """
    found = [group for group in run.groups if group.is_open() and _is_within_reach(group)]
    locate(found, run.groups, links_recorded=run.format > WITHOUT_CHECKSUMS)
    for group in found:
        if not group.is_open():
            journal.mark(group)
            on_group(group)
    waiting = [group for group in found if group.is_open()]
    _rename_groups(begun_or_in_the_way(waiting), journal, conditions_of(run), on_group)
    for group in waiting:
        if group.is_open() and group.is_untouched():
            group.state, group.reason = "skipped", "interrupted before its turn"
            journal.mark(group)
            on_group(group)
    _flush_and_tidy(run)
    if not any(group.is_open() for group in run.groups):
        journal.end()


def _group_of(job: FileJob, index: int, run: str) -> RenameGroup:
    decision = job.decision
    assert decision.new_path is not None
    files = [(job.path, decision.new_path, Identity.from_stat(job.stat))]
    for path, new_path in decision.companions:
        if identity := Identity.of(path):  # a sidecar that vanished holds nothing up
            files.append((path, new_path, identity))
    moves = [
        Move(path, new_path, parking_place(path, run, index, i), identity, path)
        for i, (path, new_path, identity) in enumerate(files)
    ]
    return RenameGroup(index, moves, job.file_hash, decision.stem, decision.number, root=job.root)


def _missing_folders(groups: list[RenameGroup]) -> list[Path]:
    """Return folders that the groups need and that do not exist, parents first."""
    missing: list[Path] = []
    for folder in dict.fromkeys(move.target.parent for group in groups for move in group.moves):
        line = []
        while not folder.exists() and folder not in missing:
            line.append(folder)
            folder = folder.parent
        missing += reversed(line)
    return missing


def _outcome(group: RenameGroup) -> Decision:
    if group.state != "done":
        return Decision(_ACTIONS[group.state], group.reason)
    document, *sidecars = group.moves
    companions = tuple(Companion(move.source, move.target) for move in sidecars)
    return Decision.to_rename(document.target, companions, group.stem, group.number)


def _is_within_reach(group: RenameGroup) -> bool:
    """Return whether the disk is mounted; if not, a later recovery takes the group up."""
    move = group.document
    if move.source.parent.is_dir() or move.target.parent.is_dir():
        return True
    group.reason = f"its folder {move.source.parent} is not there; is its disk mounted?"
    return False


def _flush_and_tidy(run: Run) -> None:
    """Flush the new names to the disk, and remove the folders that the run left empty."""
    places = (place for group in run.groups for x in group.moves for place in (x.source, x.place))
    flush_folders({place.parent for place in places})
    for folder in reversed(run.folders):
        try:
            folder.rmdir()
        except OSError:  # the folder is in use, or was never made
            continue


def _rename_groups(
    groups: Sequence[RenameGroup],
    journal: Journal,
    conditions: Conditions,
    on_group: Callable[[RenameGroup], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Bring open groups to their targets; what fails costs that group only.

    Groups that were parked for others still get their names when `stop` says true.
    """
    parked: set[int] = set()
    for group, parks in in_order([group for group in groups if group.is_open()]):
        if not parked and stop():
            return
        if not group.is_open():  # parking it failed
            continue
        _take_step(group, parks, journal, conditions)
        if parks and group.is_open():
            parked.add(group.index)
            continue
        parked.discard(group.index)
        if not group.is_open():
            journal.mark(group)
        on_group(group)


def _take_step(group: RenameGroup, parks: bool, journal: Journal, conditions: Conditions) -> None:
    if group.is_untouched() and (objection := conditions.objection(group)):
        group.state, group.reason = "skipped", objection
        return
    try:
        if parks:
            for move in group.moves:
                _rename(group, move, move.parking, journal)
        else:
            _bring_to_target(group, journal, conditions)
            group.state = "done"
    except RenameError as error:
        exchanged = isinstance(error, _ExchangedError)
        group.reason = conditions.exchanged if exchanged else _reason_of(error, group)
        if _put_back(group, journal):
            group.state = "skipped" if exchanged else "failed"
        else:  # the group stays open, for the next recovery
            group.reason += f"; a part of it is left as {group.document.place}"


def _bring_to_target(group: RenameGroup, journal: Journal, conditions: Conditions) -> None:
    parked = any(move.place == move.parking for move in group.moves)
    while True:
        try:
            for move in group.moves:
                _make_folder(move.target)
                _rename(group, move, move.target, journal)
        except NameTakenError:
            if not conditions.numbers:
                raise
            # The files go back first: the journal knows one target for each file, and must know the
            # next one before a file gets it.
            for move in group.moves:
                _rename(group, move, move.parking if parked else move.source, journal)
            group.renumber()
            journal.renumbered(group)
        else:
            return


def _reason_of(error: RenameError, group: RenameGroup) -> str:
    """Return why a group was not renamed; whoever tells it names the document, not its sidecars."""
    sidecars = [move.place for move in group.moves if move is not group.document]
    return str(error) if error.path in sidecars else error.reason


def _put_back(group: RenameGroup, journal: Journal) -> bool:
    """Give a group its old names; return False if one of them cannot be had."""
    try:
        for move in reversed(group.moves):
            _give_name(group, move, move.source, journal)
    except RenameError:
        return False
    return True


class _ExchangedError(RenameError):
    """What got the new name is another file than the one that was looked at just before."""


def _rename(group: RenameGroup, move: Move, target: Path, journal: Journal) -> None:
    """Rename a file, and see afterwards that it was the right one.

    Between the last look at a name and its rename another program may save another file there.
    """
    if move.place == target:
        return
    _give_name(group, move, target, journal)
    now = Identity.of(target)
    is_document = move is group.document
    if now is None or (is_document and not is_the_document(group, now)):
        raise _ExchangedError(move.source, "is another file now")


def _give_name(group: RenameGroup, move: Move, target: Path, journal: Journal) -> None:
    if move.place == target:
        return

    def on_link(linking: Linking) -> None:
        journal.linking(group, linking)

    try:
        rename_no_replace(move.place, target, on_link)
    except NameTakenError:
        if not are_one_entry(move.place, target):
            raise
        # Only the spelling changes, and to this disk both are one name: that takes two steps.
        rename_no_replace(move.place, move.parking, on_link)
        move.place = move.parking
        rename_no_replace(move.place, target, on_link)
    move.place = target


def _make_folder(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"no folder {target.parent} could be made: {reason_for(error)}"
        raise RenameError(target, reason) from error
