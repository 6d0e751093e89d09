"""Find out which files of a plan are duplicates, and of which file.

Files with equal bytes have equal metadata, so all of them want one name. Which of them gets it is
the user's choice; whatever it is, no file is ever deleted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renai.file_job import FileJob
    from renai.settings import Duplicates


def find_duplicates(
    jobs: Sequence[FileJob], renames: Iterable[int], settled: Iterable[int], wish: Duplicates
) -> Mapping[int, int]:
    """Return the files that are not to be renamed because others have the same content.

    A settled file stands for all of its content. Else the copies that kept their names in a first
    run would be renamed in the next one.

    Args:
        jobs: the files of the run.
        renames: the positions of the files that would be renamed, in order.
        settled: the positions of the files that have the right name, or keep theirs because a
            person wants that, in order.
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
