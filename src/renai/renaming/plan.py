"""Decide what happens to every file of a run, before anything happens to any.

Pure: metadata and folder listings go in, decisions come out, and the disk is not touched. Names
that files of this plan give up may be taken by others of it; `moves.in_order` finds the order in
which that works.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from renai.documents.formats import is_image
from renai.file_job import NOT_READ, Companion, Decision
from renai.renaming.grouping import Folders, Wish, families_of
from renai.renaming.naming import file_stem, folder_name, numbered, split_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renai.file_job import FileJob
    from renai.renaming.grouping import Family
    from renai.renaming.template import Template

NAMED_SO = "already named so"
"""Why most files of a second run keep their names."""


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


def make_plan(
    jobs: Sequence[FileJob], policy: Policy, listing: Callable[[Path], Iterable[str]] = os.listdir
) -> list[Decision]:
    """Decide.

    Args:
        jobs: the files of the run, each once; of two that want one name, the first gets it.
        policy: what the user wants.
        listing: names in a folder; asked at most once for each, and only for folders in which
            something is renamed. It may raise OSError for a folder that does not exist yet.

    Returns:
        A decision for every job, in the order of the jobs.
    """
    decisions: list[Decision | None] = []
    wishes: dict[int, tuple[Wish, str]] = {}
    for position, job in enumerate(jobs):
        outcome = _wanted(job, policy)
        if isinstance(outcome, Decision):
            decisions.append(outcome)
        else:
            decisions.append(None)
            wishes[position] = outcome
    if wishes:
        for position, decision in _renames(jobs, wishes, Folders(listing)):
            decisions[position] = decision
    return [decision for decision in decisions if decision is not None]


def reason_for_number(number: int) -> str:
    """Why a file got a number, if it got one."""
    return "that name is taken" if number > 1 else ""


def _wanted(job: FileJob, policy: Policy) -> Decision | tuple[Wish, str]:
    """Either what is settled already, or the new stem a file is to get, and its extension."""
    if job.problem:
        return Decision(*job.problem)
    metadata = job.metadata
    if metadata is None:
        return NOT_READ
    if reason := _doubt(metadata.confidence, policy.min_confidence):
        return Decision("keep", reason)
    folder, name = os.path.split(job.path)
    stem, extension = split_name(name)
    template = policy.template
    if policy.image_template is not None and is_image(extension):
        template = policy.image_template
    new_stem = file_stem(metadata, template, extension)
    if new_stem is None:
        return Decision("keep", "no title")
    new_folder = _folder(job.root, metadata.category) if policy.organize else folder
    if new_folder == folder and _is_named(stem, new_stem):
        return Decision("keep", NAMED_SO)
    return Wish(folder, stem, new_folder, new_stem), extension


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
    jobs: Sequence[FileJob], wishes: dict[int, tuple[Wish, str]], folders: Folders
) -> Iterable[tuple[int, Decision]]:
    families = families_of(wishes)
    documents = {os.fspath(job.path) for job in jobs if job.metadata is not None}
    for family in families:
        neighbours = folders.neighbours(family.wish.folder, documents)
        for suffix in neighbours.travelling(family.wish.stem, family.members):
            family.admit(suffix)
        folders.give_up(family)
    for family in families:
        number = folders.claim(family)
        yield from _decisions(family, number)


def _decisions(family: Family, number: int) -> Iterable[tuple[int, Decision]]:
    wish = family.wish
    stem = numbered(wish.new_stem, number)
    sidecars = tuple(
        Companion(Path(wish.folder, wish.stem + suffix), Path(wish.new_folder, stem + suffix))
        for suffix in family.suffixes
        if suffix not in family.members
    )
    for extension, position in family.members.items():
        yield (
            position,
            Decision(
                "rename",
                reason_for_number(number),
                Path(wish.new_folder, stem + extension),
                sidecars,
                wish.new_stem,
                number,
            ),
        )
        sidecars = ()  # they go with the first
