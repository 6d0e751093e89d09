"""Group the files that are renamed together, and give each group a name that nobody else has.

Files that share a stem and are to get the same new stem form a group, with the sidecars that go
along: a cover, subtitles, metadata of another program. If the name of one of them is taken, all of
them get the next number, so that what belonged together still looks so afterwards.

A sidecar is tied to its document by its name alone: `book.opf` or `book.pdf.opf` for `book.pdf`.
The second form names its one document. The first belongs to all documents of that stem, so it
goes with them if they all go to the same new stem; where they part, or one of them stays, nobody
can tell whose it is, and it stays.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from renai.renaming.naming import name_key, numbered, split_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

SIDECAR_EXTENSIONS = frozenset(
    [
        *(".opf", ".xmp", ".nfo", ".json", ".xml", ".bib", ".ris"),  # metadata of other programs
        *(".jpg", ".jpeg", ".png", ".webp", ".gif"),  # covers
        *(".srt", ".vtt", ".lrc", ".cue"),  # subtitles, lyrics and tracks
        *(".annot", ".mbp", ".apnx", ".phl"),  # notes of readers
        *(".md5", ".sha256", ".sig", ".asc"),  # checksums and signatures
    ]
)
"""Extensions of files that live beside a document, in lower case."""


class Target(NamedTuple):
    """The stem that files are to get, and the one they have.

    Folders are strings, since a plan compares thousands of them.
    """

    folder: str
    stem: str
    new_folder: str
    new_stem: str


class NameGroup:
    """Files that go from one stem to another together, and share a number.

    Attributes:
        target: the stem they have, and the one they are to get.
        members: extension of a document -> its position among the jobs of the plan.
        suffixes: what follows the stem in each name, sidecars included.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.members: dict[str, int] = {}
        self.suffixes: list[str] = []
        self._keys: set[str] = set()

    def admit(self, suffix: str) -> bool:
        """Take a file in, unless some disk takes it for one of the group (`.PDF`, `.pdf`)."""
        key = name_key(suffix)
        if key in self._keys:
            return False
        self._keys.add(key)
        self.suffixes.append(suffix)
        return True


def group_names(targets: Mapping[int, tuple[Target, str]]) -> list[NameGroup]:
    """Form groups of the files that have the same target.

    Args:
        targets: position of a job -> its target and its extension.
    """
    groups: list[NameGroup] = []
    latest: dict[Target, NameGroup] = {}
    for position, (target, extension) in targets.items():
        group = latest.get(target)
        if group is None or not group.admit(extension):
            group = latest[target] = NameGroup(target)
            group.admit(extension)
            groups.append(group)
        group.members[extension] = position
    return groups


class Neighbours:
    """The files of one folder, by stem: documents and sidecars.

    Args:
        names: all names in the folder.
        documents: those of them that are documents whatever their extension, such as a
            photograph that is to be renamed itself.
    """

    def __init__(self, names: Iterable[str], documents: Collection[str]) -> None:
        self._documents: dict[str, set[str]] = defaultdict(set)
        self._sidecars: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names):
            stem, extension = split_name(name)
            if extension.lower() in SIDECAR_EXTENSIONS and name not in documents:
                self._sidecars[stem].append(extension)
            elif extension or name in documents:
                self._documents[stem].add(extension)

    def sidecars(self, stem: str, extensions: Collection[str]) -> Iterator[str]:
        """Yield what follows the stem in the names of the sidecars that go along.

        Args:
            stem: the stem that is given up.
            extensions: those of the documents that go from this stem to one new stem.
        """
        for extension in extensions:
            for second in self._sidecars.get(stem + extension, ()):
                yield extension + second
        if self._documents.get(stem, set()) <= set(extensions):
            yield from self._sidecars.get(stem, ())


class Folders:
    """The names that are taken, or will be, in the folders of a plan; each is listed at most once.

    Args:
        listing: lists the names in a folder; OSError counts as an empty folder.
        documents: the paths of all files of the plan that are documents themselves.
    """

    def __init__(
        self, listing: Callable[[Path], Iterable[str]], documents: Collection[str]
    ) -> None:
        self._listing = listing
        self._documents = documents
        self._names: dict[str, list[str]] = {}
        self._taken: dict[str, Counter[str]] = {}
        self._neighbours: dict[str, Neighbours] = {}
        self._next: dict[tuple[str, ...], int] = defaultdict(lambda: 1)

    def add_sidecars(self, group: NameGroup) -> None:
        """Take the sidecars that go along into a group."""
        folder, stem, *_ = group.target
        for suffix in self._neighbours_in(folder).sidecars(stem, group.members):
            group.admit(suffix)

    def give_up(self, group: NameGroup) -> None:
        """Free the old names of a group."""
        folder, stem, *_ = group.target
        taken = self._taken_in(folder)
        for suffix in group.suffixes:
            taken[name_key(stem + suffix)] -= 1

    def claim(self, group: NameGroup) -> int:
        """Take a group's new names, under the first number with which all are free; return it."""
        target, suffixes = group.target, group.suffixes
        taken = self._taken_in(target.new_folder)
        # Counting goes on where it ended: of many files that want one name, each would else try all
        # numbers before its own.
        asked = (target.new_folder, target.new_stem, *suffixes)
        for number in count(self._next[asked]):
            stem = numbered(target.new_stem, number)
            keys = [name_key(stem + suffix) for suffix in suffixes]
            if all(taken.get(key, 0) <= 0 for key in keys):
                taken.update(keys)
                self._next[asked] = number + 1
                return number
        raise AssertionError("numbers do not end")

    def _neighbours_in(self, folder: str) -> Neighbours:
        known = self._neighbours.get(folder)
        if known is None:
            names = self._names_in(folder)
            there = {name for name in names if os.path.join(folder, name) in self._documents}  # noqa: PTH118 - strings
            known = self._neighbours[folder] = Neighbours(names, there)
        return known

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
