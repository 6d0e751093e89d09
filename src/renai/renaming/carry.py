"""Carry units to their new names, each as one: either all of its files move, or none does.

This is the one loop behind a run, behind taking it back, and behind mending what a crash left.
They differ in their `Rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.errors import NameTakenError, RenameError
from renai.renaming.no_replace import are_one_entry, flush_folders, reason_for, rename_no_replace
from renai.renaming.order import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from renai.renaming.journal import Journal
    from renai.renaming.order import Move, Unit
    from renai.renaming.policy import Rules


def carry(
    units: Sequence[Unit],
    journal: Journal,
    rules: Rules,
    on_unit: Callable[[Unit], None] = lambda unit: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Bring open units to their targets; what fails costs that unit only.

    Args:
        units: in the journal already. Their state, reason and places are set.
        journal: is told of every unit before and after.
        rules: what the run holds to.
        on_unit: called after each unit.
        stop: asked between units; if true, the rest stays open. Units that were parked for
            others still get their names.

    Raises:
        JournalError: a step could not be recorded; what is open is found at the next recovery.
    """
    parked: set[int] = set()
    for unit, parks in in_order([unit for unit in units if unit.is_open()]):
        if not parked and stop():
            return
        if not unit.is_open():  # it could not be parked
            continue
        if parks:
            _attempt(unit, journal, rules, _park)
            if unit.is_open():
                parked.add(unit.index)
                continue
        else:
            _attempt(unit, journal, rules, _bring)
            parked.discard(unit.index)
        if not unit.is_open():
            journal.mark(unit)
        on_unit(unit)


def tidy(units: Iterable[Unit], folders: Iterable[Path]) -> None:
    """At a run's end: remove the folders it left empty, and have the new names on the disk."""
    flush_folders(
        {
            place.parent
            for unit in units
            for move in unit.moves
            for place in (move.source, move.place)
        }
    )
    for folder in reversed(list(folders)):
        try:
            folder.rmdir()
        except OSError:  # it is in use, or was never made
            continue


def _attempt(
    unit: Unit,
    journal: Journal,
    rules: Rules,
    action: Callable[[Unit, Journal, Rules], None],
) -> None:
    if unit.is_untouched() and (objection := rules.objection(unit)):
        unit.state, unit.reason = "skipped", objection
        return
    try:
        action(unit, journal, rules)
    except RenameError as error:
        unit.reason = str(error)
        if _put_back(unit):
            unit.state = "failed"
        else:  # stays open, for the next recovery
            unit.reason += f"; a part of it is left as {unit.document.place}"


def _park(unit: Unit, journal: Journal, rules: Rules) -> None:
    for move in unit.moves:
        _rename(move, move.parking)


def _bring(unit: Unit, journal: Journal, rules: Rules) -> None:
    parked = any(move.place == move.parking for move in unit.moves)
    while True:
        try:
            for move in unit.moves:
                _make_folder(move.target)
                _rename(move, move.target)
        except NameTakenError:
            if not rules.numbers:
                raise
            # Back first: the journal knows one target for each file, and is told before it moves.
            for move in unit.moves:
                _rename(move, move.parking if parked else move.source)
            unit.renumber()
            journal.renumbered(unit)
        else:
            unit.state = "done"
            return


def _put_back(unit: Unit) -> bool:
    """Give a unit its old names; False if one of them cannot be had."""
    try:
        for move in reversed(unit.moves):
            _rename(move, move.source)
    except RenameError:
        return False
    return True


def _rename(move: Move, target: Path) -> None:
    if move.place == target:
        return
    try:
        rename_no_replace(move.place, target)
    except NameTakenError:
        if not are_one_entry(move.place, target):
            raise
        # Only the spelling changes, and this disk ignores it: that takes two steps.
        rename_no_replace(move.place, move.parking)
        move.place = move.parking
        rename_no_replace(move.place, target)
    move.place = target


def _make_folder(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenameError(
            f"{target.name}: no folder {target.parent} could be made: {reason_for(error)}"
        ) from error
