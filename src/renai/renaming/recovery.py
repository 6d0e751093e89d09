"""Mend what a crashed run left behind, as the disk shows it.

The journal says where each file was to go, and the disk where it is. A unit that was not begun
stays as it was, for the user who comes back may no longer want it. A unit that was begun is
finished, and so are those that stand in its way; if that fails, it is put back. Nothing is ever
removed but the second of two hard links to one file. A crash in here leaves just another open
journal.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.errors import JournalError
from renai.renaming.carry import carry, tidy
from renai.renaming.identity import Identity
from renai.renaming.journal import Journal, has_ended, journal_paths
from renai.renaming.no_replace import are_one_entry
from renai.renaming.order import blockers_of, holders_of
from renai.renaming.policy import RENAMING, UNDOING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renai.renaming.journal_format import Run
    from renai.renaming.order import Move, Unit
    from renai.renaming.policy import Rules

_log = logging.getLogger("renai")


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found of one crashed run.

    Attributes:
        run: its name.
        finished: files that have their new names, those that had them already included.
        left: files that keep their old names.
        failed: what went wrong with the others, one line each.
    """

    run: str
    finished: int
    left: int
    failed: tuple[str, ...]


def recover(folder: Path) -> list[Recovery]:
    """Mend all crashed runs. Runs under way, here or elsewhere, are left alone.

    Args:
        folder: where journals are kept; it need not exist.

    Returns:
        What was mended; empty if no run had crashed. A journal that cannot be read is logged as a
        warning and left as it is.
    """
    mended: list[Recovery] = []
    for path in journal_paths(folder):
        if has_ended(path):
            continue
        try:
            journal = Journal.reopen(path)
            if journal is None:
                continue
            with journal:
                run = journal.read()
                if run.planned and not run.ended:
                    settle(run, journal)
                    mended.append(_report(run))
        except JournalError as error:
            _log.warning("%s", error)
    return mended


def carry_out(
    run: Run, journal: Journal, on_unit: Callable[[Unit], None], stop: Callable[[], bool]
) -> None:
    """Write a run's plan, carry it out, and end it; however it ends, no unit is half-done.

    Raises:
        JournalError: a step could not be recorded; `recover` mends what is left open.
    """
    journal.write_plan(run)
    try:
        carry(run.units, journal, _rules(run), on_unit, stop)
    except JournalError:
        raise
    except BaseException:  # Ctrl-C, or the caller's own
        settle(run, journal)
        raise
    settle(run, journal)


def settle(run: Run, journal: Journal) -> None:
    """Leave no unit of a run half-done, and end its journal if that was possible."""
    found = [unit for unit in run.units if unit.is_open() and _is_within_reach(unit)]
    for unit in found:
        _find(unit)
        if not unit.is_open():
            journal.mark(unit)
    waiting = [unit for unit in found if unit.is_open()]
    carry(_begun_and_in_the_way(waiting), journal, _rules(run))
    for unit in waiting:
        if unit.is_open() and unit.is_untouched():
            unit.state, unit.reason = "skipped", "interrupted before its turn"
            journal.mark(unit)
    tidy(run.units, run.folders)
    if not any(unit.is_open() for unit in run.units):
        journal.end()


def _rules(run: Run) -> Rules:
    return UNDOING if run.is_undo else RENAMING


def _is_within_reach(unit: Unit) -> bool:
    """False while the disk is not mounted; such a unit is found at a later recovery."""
    move = unit.document
    if move.source.parent.is_dir() or move.target.parent.is_dir():
        return True
    unit.reason = f"{move.source}: its folder is not there; is its disk mounted?"
    return False


def _find(unit: Unit) -> None:
    """Set the places of a unit's files, as the disk shows them."""
    found = [(move, place) for move in unit.moves if (place := _place(move))]
    if not found or found[0][0] is not unit.document:
        unit.state, unit.reason = "failed", f"{unit.document.source.name}: is at none of its names"
        return
    unit.moves = [move for move, _ in found]
    for move, place in found:
        move.place = place
    if all(move.place == move.target for move in unit.moves):
        unit.state = "done"


def _place(move: Move) -> Path | None:
    """Which of its names a file stands under, if it is the file that the journal knows."""
    seen = {
        path: identity
        for path in (move.source, move.parking, move.target)
        if (identity := Identity.of(path)) and move.identity.survives_in(identity)
    }
    exact = [path for path, identity in seen.items() if identity.inode == move.identity.inode]
    place = next(iter(exact or seen), None)
    for other in exact[1:]:
        if are_one_entry(exact[0], other):  # two spellings, where case does not count
            listed = os.listdir(other.parent)  # noqa: PTH208 - names, not paths
            place = other if other.name in listed else place
        else:
            _drop_second_link(other)
    return place


def _drop_second_link(path: Path) -> None:
    """Undo the first half of a rename by way of a link; the file keeps its other name."""
    with suppress(OSError):
        if path.lstat().st_nlink > 1:
            path.unlink()


def _begun_and_in_the_way(units: list[Unit]) -> list[Unit]:
    """Units that were begun, those whose names they are to get, and so on."""
    by_index = {unit.index: unit for unit in units}
    holders = holders_of(units)
    queue = [unit for unit in units if not unit.is_untouched()]
    chosen: set[int] = set()
    while queue:
        unit = queue.pop()
        if unit.index not in chosen:
            chosen.add(unit.index)
            queue += [by_index[index] for index in blockers_of(unit, holders)]
    return [unit for unit in units if unit.index in chosen]


def _report(run: Run) -> Recovery:
    counted = Counter(unit.state for unit in run.units)
    return Recovery(
        run.name,
        finished=counted["done"],
        left=counted["skipped"],
        failed=tuple(unit.reason for unit in run.units if unit.state in ("failed", "open")),
    )
