"""Who gets which name: files that belong together get one number, and no name is given twice.

Files that share a stem and are to get the same new stem form a family, with the sidecars they
bring. If the name of one of them is taken, all of them get the next number, so that what belonged
together still looks so afterwards.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from renai.renaming.naming import name_key, numbered
from renai.renaming.sidecars import Neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Wish(NamedTuple):
    """From one stem to another; folders are strings, for 10,000 of them must be fast."""

    folder: str
    stem: str
    new_folder: str
    new_stem: str


class Family:
    """Files that go from one stem to another together.

    Attributes:
        wish: from where to where.
        members: extension of a document -> its position among the items of the plan.
        suffixes: what follows the stem in each name, sidecars included.
    """

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.members: dict[str, int] = {}
        self.suffixes: list[str] = []
        self._keys: set[str] = set()

    def admit(self, suffix: str) -> bool:
        """Take a file in, unless some disk takes it for one of the family (`.PDF`, `.pdf`)."""
        key = name_key(suffix)
        if key in self._keys:
            return False
        self._keys.add(key)
        self.suffixes.append(suffix)
        return True


def families_of(wishes: Mapping[int, tuple[Wish, str]]) -> list[Family]:
    """Put together what goes together.

    Args:
        wishes: position of an item -> its wish and its extension.
    """
    families: list[Family] = []
    latest: dict[Wish, Family] = {}
    for position, (wish, extension) in wishes.items():
        family = latest.get(wish)
        if family is None or not family.admit(extension):
            family = latest[wish] = Family(wish)
            family.admit(extension)
            families.append(family)
        family.members[extension] = position
    return families


class Folders:
    """What stands, or will stand, in the folders of a plan; each is listed at most once."""

    def __init__(self, listing: Callable[[Path], Iterable[str]]) -> None:
        self._listing = listing
        self._names: dict[str, list[str]] = {}
        self._taken: dict[str, Counter[str]] = {}
        self._neighbours: dict[str, Neighbours] = {}
        self._next: dict[tuple[str, ...], int] = defaultdict(lambda: 1)

    def neighbours(self, folder: str, documents: set[str]) -> Neighbours:
        """The files of a folder by stem, where `documents` are those of the plan."""
        known = self._neighbours.get(folder)
        if known is None:
            names = self._names_in(folder)
            there = {name for name in names if os.path.join(folder, name) in documents}  # noqa: PTH118 - strings
            known = self._neighbours[folder] = Neighbours(names, there)
        return known

    def give_up(self, family: Family) -> None:
        """The family's names become free."""
        taken = self._taken_in(family.wish.folder)
        for suffix in family.suffixes:
            taken[name_key(family.wish.stem + suffix)] -= 1

    def claim(self, family: Family) -> int:
        """Take the first number under which all of a family's new names are free."""
        wish, suffixes = family.wish, family.suffixes
        taken = self._taken_in(wish.new_folder)
        # Ten thousand files of one name must not each start to count at 1.
        asked = (wish.new_folder, wish.new_stem, *suffixes)
        for number in count(self._next[asked]):
            stem = numbered(wish.new_stem, number)
            keys = [name_key(stem + suffix) for suffix in suffixes]
            if all(taken.get(key, 0) <= 0 for key in keys):
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
