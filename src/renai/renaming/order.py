"""Groups of files that are renamed as one: where their files are, and which group goes first.

A group is a document and its sidecars. While a group waits for another to give up the name it is to
get, that other goes first (A→B after B→C). Where groups wait for each other in a circle (A→B
and B→A), one of them is parked: it gives up its names for passing ones in the same folder, which
follow from the run and the group alone, so that a journal knows them before.
"""

from __future__ import annotations

import os
import stat as modes
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from renai.renaming.naming import name_key, numbered
from renai.renaming.no_replace import Linking, are_one_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

State = Literal["open", "done", "skipped", "failed"]


class Identity(NamedTuple):
    """What tells a file from another one of the same name; a rename changes none of it.

    Attributes:
        device: `st_dev`.
        inode: `st_ino`.
        size: bytes.
        mtime_ns: time of the last change to its content, in nanoseconds.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def from_stat(cls, stat: os.stat_result) -> Identity:
        """Return the identity that a stat shows."""
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)

    @classmethod
    def of(cls, path: Path) -> Identity | None:
        """Return the identity of a regular file, or None where there is none.

        Links are not followed.
        """
        try:
            stat = path.lstat()
        except OSError:
            return None
        return cls.from_stat(stat) if modes.S_ISREG(stat.st_mode) else None

    def is_still(self, other: Identity) -> bool:
        """Return whether another sight, shortly after, is of the same file and content.

        Windows leaves device and inode out (0) when it lists a folder.
        """
        return self == other or (self.inode == 0 and self[2:] == other[2:])

    def survives_in(self, other: Identity) -> bool:
        """Return whether another sight, after a crash or a reboot, is likely of the same file.

        Device numbers change with a reboot, and inode numbers with a remount of FAT.
        """
        return self.size == other.size and (
            self.inode == other.inode or self.mtime_ns == other.mtime_ns
        )


@dataclass(slots=True)
class Move:
    """One file of a group.

    Attributes:
        source: its old name.
        target: its new name.
        parking: its name while it waits for a circle to open.
        identity: the file as it was when the group was made.
        place: where it is now: one of the three.
    """

    source: Path
    target: Path
    parking: Path
    identity: Identity
    place: Path


@dataclass(slots=True)
class RenameGroup:
    """A document and its sidecars, which are renamed as one.

    Attributes:
        index: its position in the run.
        moves: the document first, then its sidecars.
        file_hash: digest of the document's content.
        stem: the new stem without a number.
        number: the number it has; 1 for none.
        undoes: the group of the undone run that this one takes back.
        linking: the last of its renames that went by way of a second link.
        state: what became of it.
        reason: why it was not renamed.
        root: the folder that the person named, for the files of a plan; of a journal, which has
            none, the folder that the document's old and new names have in common.
        duplicates: the files with the same content that kept their names because of this one.
    """

    index: int
    moves: list[Move]
    file_hash: str | None = None
    stem: str = ""
    number: int = 1
    undoes: int | None = None
    linking: Linking | None = None
    state: State = field(default="open")
    reason: str = ""
    root: Path | None = None
    duplicates: Sequence[Path] = ()

    @property
    def document(self) -> Move:
        """The move of the document."""
        return self.moves[0]

    def is_open(self) -> bool:
        """Return whether it is still to be renamed."""
        return self.state == "open"

    def is_untouched(self) -> bool:
        """Return whether all of its files have their old names."""
        return all(move.place == move.source for move in self.moves)

    def renumber(self) -> None:
        """Aim at the same names with the next number."""
        old = numbered(self.stem, self.number)
        self.number += 1
        new = numbered(self.stem, self.number)
        self.moves = [
            replace(move, target=move.target.with_name(new + move.target.name[len(old) :]))
            for move in self.moves
        ]


class Step(NamedTuple):
    """One step of a run: park a group, or bring it to its target from wherever it is."""

    group: RenameGroup
    parks: bool


def parking_place(source: Path, run: str, group: int, move: int) -> Path:
    """Return the passing name of a file while its group is parked."""
    return source.with_name(f".renaming-{run}-{group}-{move}.tmp")


def in_order(groups: Iterable[RenameGroup]) -> Iterator[Step]:
    """Yield the steps that bring groups to their targets; each name is given up before it is taken.

    This walks in depth, without recursion: a chain may be as long as a library. All is worked out
    from the places that the groups have at the start.
    """
    waiting = {group.index: group for group in groups}
    holders = _holders_of(waiting.values())
    held = {group.index: [_key(move.place) for move in group.moves] for group in waiting.values()}
    for first in held:
        trail = [first] if first in waiting else []  # each waits for the next one
        on_trail = set(trail)
        while trail:
            group = waiting[trail[-1]]
            blocker = next(_blockers_of(group, holders), None)
            if blocker is not None and blocker not in on_trail:
                trail.append(blocker)
                on_trail.add(blocker)
                continue
            gone = group.index if blocker is None else blocker
            for key in held[gone]:
                holders[key].discard(gone)
            if blocker is None:
                on_trail.discard(trail.pop())
                del waiting[gone]
                yield Step(group, parks=False)
            else:
                yield Step(waiting[blocker], parks=True)


def begun_or_in_the_way(groups: list[RenameGroup]) -> list[RenameGroup]:
    """Return groups that were begun, those that hold the names these are to get, and so on."""
    by_index = {group.index: group for group in groups}
    holders = _holders_of(groups)
    queue = [group for group in groups if not group.is_untouched()]
    chosen: set[int] = set()
    while queue:
        group = queue.pop()
        if group.index not in chosen:
            chosen.add(group.index)
            queue += [by_index[index] for index in _blockers_of(group, holders)]
    return [group for group in groups if group.index in chosen]


_Key = tuple[str, str]
_Holders = dict[_Key, set[int]]


def _holders_of(groups: Iterable[RenameGroup]) -> _Holders:
    """Return which groups have which names now."""
    holders: _Holders = defaultdict(set)
    for group in groups:
        for move in group.moves:
            holders[_key(move.place)].add(group.index)
    return holders


def _blockers_of(group: RenameGroup, holders: _Holders) -> Iterator[int]:
    """Yield the other groups that have a name this one is to get."""
    for move in group.moves:
        for index in holders.get(_key(move.target), ()):
            if index != group.index:
                yield index


def _key(path: Path) -> _Key:
    return str(path.parent), name_key(path.name)


def locate(
    groups: Sequence[RenameGroup], of_run: Sequence[RenameGroup], *, links_recorded: bool
) -> None:
    """Find out from the disk where the files of groups are, and whether that settles a group.

    A group is done if all files have their new names, and has failed if its document is nowhere. A
    sidecar that is nowhere is left out. A second link is taken away only where it is known to be
    the first half of a rename.

    Args:
        groups: open groups.
        of_run: all groups of their run.
        links_recorded: whether the journal tells of each link that the run made.
    """
    for group in groups:
        if group.linking and group.linking.is_half_done():
            with suppress(OSError):
                group.linking.target.unlink()
    moves = [move for group in groups for move in group.moves]
    found = _told_apart([_places_on_disk(move) for move in moves], of_run)
    if not links_recorded:
        _drop_second_links(found, of_run)
    places = iter(found)
    for group in groups:
        _settle(group, [next(places) for _ in group.moves])


def _settle(group: RenameGroup, places: Sequence[Sequence[Path]]) -> None:
    if not places[0]:
        group.state = "failed"
        group.reason = "is at none of its names"
        return
    found = [(move, where[0]) for move, where in zip(group.moves, places, strict=True) if where]
    group.moves = [move for move, _ in found]
    for move, place in found:
        move.place = place
        if place != move.source:  # with its old name it must still be what the plan was made for
            move.identity = Identity.of(place) or move.identity
    if all(move.place == move.target for move in group.moves):
        group.state = "done"


def _places_on_disk(move: Move) -> list[Path]:
    """Return under which of its names a file stands; more than one if it has several links."""
    seen = {
        path: identity
        for path in (move.source, move.parking, move.target)
        if (identity := Identity.of(path)) and move.identity.survives_in(identity)
    }
    exact = [path for path, identity in seen.items() if identity.inode == move.identity.inode]
    if not exact:
        return list(seen)[:1]
    place, *others = exact
    for other in others:
        if are_one_entry(place, other):  # two spellings, where case does not count
            listed = os.listdir(other.parent)  # noqa: PTH208 - names, not paths
            return [other if other.name in listed else place]
    return exact


def _told_apart(found: list[list[Path]], of_run: Iterable[RenameGroup]) -> list[list[Path]]:
    """Leave out places that belong to another file: two names of one file look the same.

    Where a file can be at one place only, no other file is there.
    """
    sure = {move.target for group in of_run if group.state == "done" for move in group.moves}
    while True:
        sure.update(places[0] for places in found if len(places) == 1)
        fewer = [
            [place for place in places if place not in sure] or places
            if len(places) > 1
            else places
            for places in found
        ]
        if fewer == found:
            return found
        found = fewer


def _drop_second_links(found: Iterable[Sequence[Path]], of_run: Iterable[RenameGroup]) -> None:
    """Undo the first half of renames by way of a link; the files keep their other names.

    What another file of the run has, or is to get, for a name is not taken for such a link.
    """
    names = Counter(
        path
        for group in of_run
        for move in group.moves
        for path in {move.source, move.parking, move.target}
    )
    for _, *others in filter(None, found):
        for path in others:
            with suppress(OSError):
                if names[path] == 1 and path.lstat().st_nlink > 1:
                    path.unlink()
