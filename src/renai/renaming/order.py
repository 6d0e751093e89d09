"""Units that are renamed as one, and the order in which they can be.

A unit is a document and its sidecars. While a unit waits for another to give up the name it is to
get, that other goes first (A→B after B→C). Where units wait for each other in a circle (A→B
and B→A), one of them is parked: it gives up its names for passing ones in the same folder, which
follow from the run and the unit alone, so that a journal knows them before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from renai.renaming.naming import name_key, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from renai.renaming.identity import Identity

State = Literal["open", "done", "skipped", "failed"]


@dataclass(slots=True)
class Move:
    """One file of a unit.

    Attributes:
        source: its old name.
        target: its new name.
        parking: its name while it waits for a circle to open.
        identity: the file as it was when the unit was made.
        place: where it is now: one of the three.
    """

    source: Path
    target: Path
    parking: Path
    identity: Identity
    place: Path


@dataclass(slots=True)
class Unit:
    """What is renamed as one.

    Attributes:
        index: its position in the run.
        moves: the document first, then its sidecars.
        file_hash: digest of the document's content.
        stem: the new stem without a number, and
        number: the number it has; 1 for none.
        undoes: the unit of the undone run that this one takes back.
        state: what became of it.
        reason: why it was not renamed.
    """

    index: int
    moves: list[Move]
    file_hash: str | None = None
    stem: str = ""
    number: int = 1
    undoes: int | None = None
    state: State = field(default="open")
    reason: str = ""

    @property
    def document(self) -> Move:
        """The move of the document."""
        return self.moves[0]

    def is_open(self) -> bool:
        """Whether it is still to be renamed."""
        return self.state == "open"

    def is_untouched(self) -> bool:
        """Whether all of its files have their old names."""
        return all(move.place == move.source for move in self.moves)

    def renumber(self) -> None:
        """Aim at the next number."""
        old = numbered(self.stem, self.number)
        self.number += 1
        new = numbered(self.stem, self.number)
        self.moves = [
            replace(move, target=move.target.with_name(new + move.target.name[len(old) :]))
            for move in self.moves
        ]


class Step(NamedTuple):
    """Either park a unit, or bring it to its target from wherever it is."""

    unit: Unit
    parks: bool


def parking_place(source: Path, run: str, unit: int, move: int) -> Path:
    """The passing name of a file."""
    return source.with_name(f".renai-{run}-{unit}-{move}.tmp")


def in_order(units: Iterable[Unit]) -> Iterator[Step]:
    """Yield what to do, each name being given up before it is taken.

    A walk in depth, without recursion: a chain may be as long as a library. All is worked out
    from the places the units have at the start.
    """
    waiting = {unit.index: unit for unit in units}
    holders = holders_of(waiting.values())
    held = {unit.index: [_key(move.place) for move in unit.moves] for unit in waiting.values()}
    for first in held:
        trail = [first] if first in waiting else []  # each waits for the next one
        on_trail = set(trail)
        while trail:
            unit = waiting[trail[-1]]
            blocker = next(blockers_of(unit, holders), None)
            if blocker is not None and blocker not in on_trail:
                trail.append(blocker)
                on_trail.add(blocker)
                continue
            gone = unit.index if blocker is None else blocker
            for key in held[gone]:
                holders[key].discard(gone)
            if blocker is None:
                on_trail.discard(trail.pop())
                del waiting[gone]
                yield Step(unit, parks=False)
            else:
                yield Step(waiting[blocker], parks=True)


def holders_of(units: Iterable[Unit]) -> Holders:
    """Which units have which names now."""
    holders: Holders = defaultdict(set)
    for unit in units:
        for move in unit.moves:
            holders[_key(move.place)].add(unit.index)
    return holders


def blockers_of(unit: Unit, holders: Holders) -> Iterator[int]:
    """Yield the other units that have a name this one is to get."""
    for move in unit.moves:
        for index in holders.get(_key(move.target), ()):
            if index != unit.index:
                yield index


_Key = tuple[str, str]
Holders = dict[_Key, set[int]]


def _key(path: Path) -> _Key:
    return str(path.parent), name_key(path.name)
