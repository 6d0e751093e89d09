"""Decide what happens to every file of a run, before anything happens to any.

Pure: metadata and folder listings go in, decisions come out, and the disk is not touched. Names
that files of this plan give up may be taken by others of it; `moves.in_order` finds the order in
which that works.

Items and decisions are tuples, for a run over a library of 10,000 rightly named files makes that
many of each, and should cost no more than a blink.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from renai.documents.formats import is_image
from renai.renaming.grouping import Folders, Wish, families_of
from renai.renaming.naming import file_stem, folder_name, numbered, split_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renai.providers.schema import Metadata
    from renai.renaming.grouping import Family
    from renai.renaming.identity import Identity
    from renai.renaming.template import Template

Action = Literal["rename", "keep", "skip", "fail"]

NAMED_SO = "already named so"
"""Why most files of a second run keep their names."""


class Item(NamedTuple):
    """One file of a run, and what became of reading it.

    Attributes:
        path: the file, absolute.
        root: the folder the user named and the file was found under.
        file_hash: digest of its content, where it was read.
        metadata: what is known of it; None if it was skipped or failed.
        identity: the file as it was when it was hashed; None to take it from the disk later.
        problem: why there is no metadata: `("skip", reason)` or `("fail", reason)`; or why its
            name stays whatever the metadata: `("keep", reason)`.
        corrected: whether the metadata is what a person said.
    """

    path: Path
    root: Path
    file_hash: str | None = None
    metadata: Metadata | None = None
    identity: Identity | None = None
    problem: tuple[Literal["keep", "skip", "fail"], str] | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants of names.

    Attributes:
        template: how a name is made.
        organize: whether files move into `root/category`.
        min_confidence: below it a file keeps its name; 0 to 1.
        image_template: how an image's name is made; by default as any other.
    """

    template: Template
    organize: bool = False
    min_confidence: float = 0.0
    image_template: Template | None = None


class Companion(NamedTuple):
    """A sidecar that goes along."""

    path: Path
    new_path: Path


class Decision(NamedTuple):
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
        corrected: whether the metadata is what a person said.
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
    corrected: bool = False


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
    wishes: dict[int, tuple[Wish, str]] = {}
    for position, item in enumerate(items):
        outcome = _wanted(item, policy)
        if isinstance(outcome, Decision):
            decisions.append(outcome)
        else:
            decisions.append(None)
            wishes[position] = outcome
    if wishes:
        for position, decision in _renames(items, wishes, Folders(listing)):
            decisions[position] = decision
    return [decision for decision in decisions if decision is not None]


def reason_for_number(number: int) -> str:
    """Why a file got a number, if it got one."""
    return "that name is taken" if number > 1 else ""


def _wanted(item: Item, policy: Policy) -> Decision | tuple[Wish, str]:
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
    template = policy.template
    if policy.image_template is not None and is_image(extension):
        template = policy.image_template
    new_stem = file_stem(metadata, template, extension)
    if new_stem is None:
        return _unmoved(item, "keep", "no title")
    new_folder = _folder(item.root, metadata.category) if policy.organize else folder
    if new_folder == folder and _is_named(stem, new_stem):
        return _unmoved(item, "keep", NAMED_SO)
    return Wish(folder, stem, new_folder, new_stem), extension


def _unmoved(item: Item, action: Action, reason: str) -> Decision:
    return Decision(
        item.path,
        action,
        reason,
        None,
        item.file_hash,
        item.metadata,
        corrected=item.corrected,
    )


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
    items: Sequence[Item], wishes: dict[int, tuple[Wish, str]], folders: Folders
) -> Iterable[tuple[int, Decision]]:
    families = families_of(wishes)
    documents = {os.fspath(item.path) for item in items if item.metadata is not None}
    for family in families:
        neighbours = folders.neighbours(family.wish.folder, documents)
        for suffix in neighbours.travelling(family.wish.stem, family.members):
            family.admit(suffix)
        folders.give_up(family)
    for family in families:
        number = folders.claim(family)
        yield from _decisions(items, family, number)


def _decisions(
    items: Sequence[Item], family: Family, number: int
) -> Iterable[tuple[int, Decision]]:
    wish = family.wish
    stem = numbered(wish.new_stem, number)
    sidecars = tuple(
        Companion(Path(wish.folder, wish.stem + suffix), Path(wish.new_folder, stem + suffix))
        for suffix in family.suffixes
        if suffix not in family.members
    )
    for extension, position in family.members.items():
        item = items[position]
        yield (
            position,
            Decision(
                item.path,
                "rename",
                reason_for_number(number),
                Path(wish.new_folder, stem + extension),
                item.file_hash,
                item.metadata,
                sidecars,
                wish.new_stem,
                number,
                item.identity,
                item.corrected,
            ),
        )
        sidecars = ()  # they go with the first
