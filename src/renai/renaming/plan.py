"""Decide what happens to every file of a run, before anything happens to any.

Metadata and folder listings go in, decisions come out, and the disk is only looked at. Names that
files of this plan give up may be taken by others of it; `order.in_order` finds the order in which
that works.
"""

from __future__ import annotations

import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from renai.file_job import NOT_READ, Companion, Decision
from renai.renaming.grouping import Folders, Target, group_names
from renai.renaming.library_bounds import LEADS_OUT, leads_out
from renai.renaming.naming import folder_name, is_numbered, numbered, split_name
from renai.renaming.template import file_stem
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from renai.file_job import FileJob
    from renai.renaming.grouping import NameGroup
    from renai.renaming.template import Template
    from renai.settings import Duplicates

UNCERTAIN = "uncertain"
"""Why a file keeps its name whose new one is a guess."""

NAMED_SO = "already named so"
"""Why most files of a second run keep their names."""

_KEPT = Decision("keep", NAMED_SO)


class Policy(NamedTuple):
    """How the user wants files to be named.

    Attributes:
        template: how a name is made.
        organize: whether files move into `root/category`.
        min_confidence: below it a file keeps its name; 0 to 1.
        image_template: how an image's name is made; by default as any other.
        duplicates: which of several files with equal content are renamed.
    """

    template: Template
    organize: bool = False
    min_confidence: float = 0.0
    image_template: Template | None = None
    duplicates: Duplicates = "keep"


def make_plan(
    jobs: Sequence[FileJob], policy: Policy, listing: Callable[[Path], Iterable[str]] = os.listdir
) -> list[Decision]:
    """Decide what happens to each file; nothing is renamed, and the jobs stay as they are.

    Args:
        jobs: the files of the run, each once; of two that want one name, the first gets it, and
            the other a number, unless it is a duplicate that is to keep its name.
        policy: what the user wants.
        listing: names in a folder; asked at most once for each, and only for folders in which
            something is renamed. It may raise OSError for a folder that does not exist yet.

    Returns:
        A decision for every job, in the order of the jobs.
    """
    leaves = cache(leads_out)  # a library has few categories, and many files
    decisions: list[Decision | None] = []
    targets: dict[int, tuple[Target, str]] = {}
    for position, job in enumerate(jobs):
        outcome = _target_of(job, policy)
        if isinstance(outcome, Decision):
            decisions.append(outcome)
        elif policy.organize and leaves(job.root, outcome[0].new_folder):
            decisions.append(Decision("keep", LEADS_OUT))
        else:
            decisions.append(None)
            targets[position] = outcome
    if targets:
        settled = _settled(jobs, decisions)
        duplicates = _find_duplicates(jobs, targets, settled, policy.duplicates)
        for position, original in duplicates.items():
            del targets[position]
            decisions[position] = _kept_as_duplicate(jobs[position].path, jobs[original].path)
        for position, decision in _renames(jobs, targets, listing):
            decisions[position] = decision
    return [decision for decision in decisions if decision is not None]


def _target_of(job: FileJob, policy: Policy) -> Decision | tuple[Target, str]:
    """Return the new stem a file is to get, and its extension; or why it keeps its name."""
    if job.problem:
        return Decision(*job.problem)
    metadata = job.metadata
    if metadata is None:
        return NOT_READ
    stem, extension = split_name(job.name)
    template = policy.template
    if policy.image_template is not None and job.kind == "image":
        template = policy.image_template
    new_stem, refusal = file_stem(metadata, template, extension)
    if refusal:
        return Decision("keep", refusal)
    has_name = is_numbered(stem, new_stem)
    if has_name and not policy.organize:
        return _KEPT
    folder = os.path.dirname(job.location)  # noqa: PTH120 - no Path is needed yet
    new_folder = _folder(job.root, metadata.category) if policy.organize else folder
    if has_name and new_folder == folder:
        return _KEPT
    if (metadata.confidence or 0.0) < policy.min_confidence:
        return Decision("keep", UNCERTAIN)
    return Target(folder, stem, new_folder, new_stem), extension


def _settled(jobs: Sequence[FileJob], decisions: Sequence[Decision | None]) -> list[int]:
    """Return the positions of files that are rightly named, or keep names as a person wants."""
    return [
        position
        for position, decision in enumerate(decisions)
        if decision is not None
        and decision.action == "keep"
        and (decision.reason == NAMED_SO or jobs[position].problem)
    ]


def _find_duplicates(
    jobs: Sequence[FileJob], renames: Iterable[int], settled: Iterable[int], wish: Duplicates
) -> Mapping[int, int]:
    """Return the files that are not to be renamed because others have the same content.

    Files with equal bytes have equal metadata, so all of them want one name. Which of them gets it
    is the user's choice; whatever it is, no file is ever deleted.

    A settled file stands for all of its content. Else the copies that kept their names in a first
    run would be renamed in the next one.

    Args:
        jobs: the files of the run.
        renames: the positions of the files that would be renamed, in order.
        settled: the positions that `_settled` returns.
        wish: what the user wants.

    Returns:
        The position of each duplicate, with the position of the file that it is a duplicate of.
    """
    duplicates: dict[int, int] = {}
    if wish == "all":
        return duplicates
    equal: defaultdict[str, list[int]] = defaultdict(list)
    for position in renames:
        if content := jobs[position].file_hash:
            equal[content].append(position)
    for position in settled:
        if copies := equal.pop(jobs[position].file_hash, None):
            duplicates |= dict.fromkeys(copies, position)
    for first, *others in equal.values():
        duplicates |= dict.fromkeys(others, first)
        if others and wish == "skip":
            duplicates[first] = others[0]
    return duplicates


def _kept_as_duplicate(path: Path, original: Path) -> Decision:
    """Return the decision for a file whose content another one has as well."""
    said = original.name if original.parent == path.parent else str(original)
    return Decision("keep", f"a duplicate of {printable(said)}", duplicate_of=original)


def _folder(root: Path, category: str | None) -> str:
    name = folder_name(category)
    # `renai Science --organize`, after `renai . --organize`, must not make Science/Science.
    return os.fspath(root if root.name == name else root / name)


def _renames(
    jobs: Sequence[FileJob],
    targets: dict[int, tuple[Target, str]],
    listing: Callable[[Path], Iterable[str]],
) -> Iterator[tuple[int, Decision]]:
    """Yield the position and the decision of each file that gets a new name."""
    documents = {job.location for job in jobs if job.metadata is not None}
    folders = Folders(listing, documents)
    groups = group_names(targets)
    for group in groups:
        folders.add_sidecars(group)
        folders.give_up(group)
    for group in groups:
        yield from _decisions_for(group, folders.claim(group))


def _decisions_for(group: NameGroup, number: int) -> Iterator[tuple[int, Decision]]:
    folder, old_stem, new_folder, new_stem = group.target
    stem = numbered(new_stem, number)
    sidecars = tuple(
        Companion(Path(folder, old_stem + suffix), Path(new_folder, stem + suffix))
        for suffix in group.suffixes
        if suffix not in group.members
    )
    for extension, position in group.members.items():
        new_path = Path(new_folder, stem + extension)
        yield position, Decision.to_rename(new_path, sidecars, new_stem, number)
        sidecars = ()  # sidecars go with the first document of their group
