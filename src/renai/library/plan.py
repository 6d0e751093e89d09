"""Decide what happens to every file of a run, before anything happens to any.

Pure: metadata and folder listings go in, decisions come out, and the disk is not touched. Files
that share a stem and get the same new stem form a family: they, and the sidecars they bring, get
one number if the name is taken, so that what belonged together still looks so afterwards.

Names that files of this plan give up may be taken by others of it; `moves.in_order` finds the
order in which that works.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from renai.library.naming import file_stem, folder_name, name_key, numbered, split_name
from renai.library.sidecars import Neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renai.library.identity import Identity
    from renai.library.template import Template
    from renai.providers.schema import Metadata

Action = Literal["rename", "keep", "skip", "fail"]


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a run, and what became of reading it.

    Attributes:
        path: the file, absolute.
        root: the folder the user named and the file was found under.
        file_hash: digest of its content, where it was read.
        metadata: what is known of it; None if it was skipped or failed.
        identity: the file as it was when it was hashed; None to take it from the disk later.
        problem: why there is no metadata: `("skip", reason)` or `("fail", reason)`.
    """

    path: Path
    root: Path
    file_hash: str | None = None
    metadata: Metadata | None = None
    identity: Identity | None = None
    problem: tuple[Literal["skip", "fail"], str] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants of names.

    Attributes:
        template: how a name is made.
        organize: whether files move into `root/category`.
        min_confidence: below it a file keeps its name; 0 to 1.
    """

    template: Template
    organize: bool = False
    min_confidence: float = 0.0


class Companion(NamedTuple):
    """A sidecar that goes along."""

    path: Path
    new_path: Path


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen, or has happened, to one file.

    Attributes:
        path: the file, absolute.
        action: `rename`; `keep` its name; `skip`, for it was not read; `fail`.
        reason: one short phrase for a person; empty for a rename without a story.
        new_path: where a rename leads, else None.
        file_hash: digest of its content.
        metadata: what is known of it.
        companions: sidecars that are renamed with it.
        stem: the new stem without a number, and
        number: the number it got; the next one is taken if that name is gone by then.
        identity: the file as it was when it was hashed.
    """

    path: Path
    action: Action
    reason: str = ""
    new_path: Path | None = None
    file_hash: str | None = None
    metadata: Metadata | None = None
    companions: tuple[Companion, ...] = ()
    stem: str = ""
    number: int = 1
    identity: Identity | None = None


class _Wish(NamedTuple):
    """From one stem to another; folders are strings, for 10,000 of them must be fast."""

    folder: str
    stem: str
    new_folder: str
    new_stem: str


@dataclass(slots=True)
class _Family:
    """Files that go from one stem to another together: suffix -> position of the item."""

    wish: _Wish
    members: dict[str, int] = field(default_factory=dict)
    sidecars: list[str] = field(default_factory=list)

    def has_room_for(self, extension: str) -> bool:
        """False if some filesystem takes the two names for one, as `.PDF` and `.pdf`."""
        return name_key(extension) not in map(name_key, self.members)

    def suffixes(self) -> list[str]:
        return [*self.members, *self.sidecars]


def make_plan(
    items: Sequence[Item], policy: Policy, listing: Callable[[Path], Iterable[str]] = os.listdir
) -> list[Decision]:
    """Decide.

    Args:
        items: the files of the run, each once; of two that want one name, the first gets it.
        policy: what the user wants.
        listing: names in a folder; asked at most once for each, and only for folders in which
            something is renamed. It may raise OSError for a folder that does not exist yet.

    Returns:
        A decision for every item, in the order of the items.
    """
    decisions: list[Decision | None] = []
    wishes: dict[int, tuple[_Wish, str]] = {}
    for position, item in enumerate(items):
        outcome = _wanted(item, policy)
        if isinstance(outcome, Decision):
            decisions.append(outcome)
        else:
            decisions.append(None)
            wishes[position] = outcome
    if wishes:
        for position, decision in _renames(items, wishes, _Folders(listing)):
            decisions[position] = decision
    return [decision for decision in decisions if decision is not None]


def _wanted(item: Item, policy: Policy) -> Decision | tuple[_Wish, str]:
    """Either what is settled already, or the new stem a file is to get, and its extension."""
    if item.problem:
        return _unmoved(item, *item.problem)
    metadata = item.metadata
    if metadata is None:
        return _unmoved(item, "skip", "not read")
    if reason := _doubt(metadata.confidence, policy.min_confidence):
        return _unmoved(item, "keep", reason)
    folder, name = os.path.split(item.path)
    stem, extension = split_name(name)
    new_stem = file_stem(metadata, policy.template, extension)
    if new_stem is None:
        return _unmoved(item, "keep", "no title")
    new_folder = _folder(item.root, metadata.category) if policy.organize else folder
    if new_folder == folder and _is_named(stem, new_stem):
        return _unmoved(item, "keep", "already named so")
    return _Wish(folder, stem, new_folder, new_stem), extension


def _unmoved(item: Item, action: Action, reason: str) -> Decision:
    return Decision(item.path, action, reason, None, item.file_hash, item.metadata)


def _doubt(confidence: float | None, least: float) -> str:
    if confidence is None:
        return f"confidence unknown, {least:g} asked for" if least > 0 else ""
    return f"confidence {confidence:g} below {least:g}" if confidence < least else ""


def _folder(root: Path, category: str | None) -> str:
    name = folder_name(category)
    # `renai Science --organize`, after `renai . --organize`, must not make Science/Science.
    return os.fspath(root if root.name == name else root / name)


def _is_named(stem: str, wanted: str) -> bool:
    """Whether a stem is the wanted one, or the wanted one with a number."""
    if not stem.startswith(wanted):
        return False
    rest = stem[len(wanted) :]
    return not rest or (rest[:2] == " (" and rest[-1] == ")" and rest[2:-1].isdecimal())


def _renames(
    items: Sequence[Item], wishes: dict[int, tuple[_Wish, str]], folders: _Folders
) -> Iterable[tuple[int, Decision]]:
    families = _families(wishes)
    documents = {os.fspath(item.path) for item in items if item.metadata is not None}
    for family in families:
        neighbours = folders.neighbours(family.wish.folder, documents)
        family.sidecars = [
            suffix
            for suffix in neighbours.travelling(family.wish.stem, family.members)
            if family.has_room_for(suffix)
        ]
        folders.give_up(family)
    for family in families:
        number = folders.claim(family)
        yield from _decisions(items, family, number)


def _families(wishes: dict[int, tuple[_Wish, str]]) -> list[_Family]:
    families: list[_Family] = []
    latest: dict[_Wish, _Family] = {}
    for position, (wish, extension) in wishes.items():
        family = latest.get(wish)
        if family is None or not family.has_room_for(extension):
            family = latest[wish] = _Family(wish)
            families.append(family)
        family.members[extension] = position
    return families


def _decisions(
    items: Sequence[Item], family: _Family, number: int
) -> Iterable[tuple[int, Decision]]:
    wish = family.wish
    old, new = Path(wish.folder), Path(wish.new_folder)
    stem = numbered(wish.new_stem, number)
    sidecars = tuple(
        Companion(old / (wish.stem + suffix), new / (stem + suffix)) for suffix in family.sidecars
    )
    for extension, position in family.members.items():
        item = items[position]
        yield (
            position,
            Decision(
                item.path,
                "rename",
                "" if number == 1 else "that name is taken",
                new / (stem + extension),
                item.file_hash,
                item.metadata,
                sidecars,
                wish.new_stem,
                number,
                item.identity,
            ),
        )
        sidecars = ()  # they go with the first


class _Folders:
    """What stands, or will stand, in the folders of a plan."""

    def __init__(self, listing: Callable[[Path], Iterable[str]]) -> None:
        self._listing = listing
        self._names: dict[str, list[str]] = {}
        self._taken: dict[str, Counter[str]] = {}
        self._neighbours: dict[str, Neighbours] = {}
        self._next: dict[tuple[str, str, tuple[str, ...]], int] = defaultdict(lambda: 1)

    def neighbours(self, folder: str, documents: set[str]) -> Neighbours:
        known = self._neighbours.get(folder)
        if known is None:
            names = self._names_in(folder)
            there = {name for name in names if os.path.join(folder, name) in documents}  # noqa: PTH118 - strings
            known = self._neighbours[folder] = Neighbours(names, there)
        return known

    def give_up(self, family: _Family) -> None:
        """The family's names become free."""
        taken = self._taken_in(family.wish.folder)
        for suffix in family.suffixes():
            taken[name_key(family.wish.stem + suffix)] -= 1

    def claim(self, family: _Family) -> int:
        """Take the first number under which all of a family's new names are free."""
        wish, suffixes = family.wish, family.suffixes()
        taken = self._taken_in(wish.new_folder)
        # Ten thousand files of one name must not each start to count at 1.
        asked = (wish.new_folder, name_key(wish.new_stem), tuple(sorted(map(name_key, suffixes))))
        for number in count(self._next[asked]):
            stem = numbered(wish.new_stem, number)
            keys = [name_key(stem + suffix) for suffix in suffixes]
            if all(taken[key] <= 0 for key in keys):
                taken.update(keys)
                self._next[asked] = number + 1
                return number
        raise AssertionError("numbers do not end")

    def _taken_in(self, folder: str) -> Counter[str]:
        taken = self._taken.get(folder)
        if taken is None:
            taken = self._taken[folder] = Counter(map(name_key, self._names_in(folder)))
        return taken

    def _names_in(self, folder: str) -> list[str]:
        names = self._names.get(folder)
        if names is None:
            try:
                names = list(self._listing(Path(folder)))
            except OSError:
                names = []
            self._names[folder] = names
        return names
