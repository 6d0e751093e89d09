"""What must hold of a group before it is touched, and what happens if its name is taken.

A rename goes by the file the plan was made for, as the system knows it; an undo, which may come
months later, by the content. The document is looked at alone: sidecars are there to be edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.keys.digest import get_file_hash
from renai.renaming.library_bounds import LEADS_OUT, LED_ELSEWHERE, leads_out
from renai.renaming.no_replace import reason_for
from renai.renaming.order import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renai.renaming.journal_format import Run
    from renai.renaming.order import RenameGroup

_CHANGED = "changed since it was read"
_IS_ANOTHER = "is another file now, or was changed; left alone"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a kind of run asks of a group, and does where a name is taken.

    Attributes:
        objection: why a group must not be touched, asked just before it is; empty if it may. What
            was seen of the document then is noted, so that the rename can be checked against it.
        exchanged: what is said of a document that became another one after that.
        numbers: whether a group whose name is taken gets the next number; else it is refused.
    """

    objection: Callable[[RenameGroup], str]
    exchanged: str
    numbers: bool


def conditions_of(run: Run) -> Conditions:
    """Return the conditions under which a run renames."""
    return _UNDOING if run.is_undo else _RENAMING


def is_the_document(group: RenameGroup, now: Identity) -> bool:
    """Return whether what stands at the document's place now is the document."""
    document = group.document
    if document.identity.is_still(now):
        return True
    # Some network filesystems give a renamed file another inode number.
    return now.size == document.identity.size and _has_hash(document.place, group.file_hash)


def _has_hash(path: Path, file_hash: str | None) -> bool:
    try:
        return get_file_hash(path) == file_hash
    except OSError:
        return False


def _changed_since_the_plan(group: RenameGroup) -> str:
    document = group.document
    now = Identity.of(document.place)
    if now is None:
        return "vanished since it was read"
    if not document.identity.is_still(now):
        return _CHANGED
    document.identity = now
    return LEADS_OUT if _would_leave(group) else ""


def _would_leave(group: RenameGroup) -> bool:
    """Return whether a link leads one of a group's folders out of what was named."""
    folders = {group.document.source.parent, group.document.target.parent}
    root = group.root
    return root is not None and len(folders) > 1 and any(leads_out(root, x) for x in folders)


def _is_another_now(group: RenameGroup) -> str:
    document = group.document
    now = Identity.of(document.place)
    if now is None:
        return "is no longer there"
    if _would_leave(group):
        return LED_ELSEWHERE
    try:
        same = get_file_hash(document.place) == group.file_hash
    except OSError as error:
        return reason_for(error)
    if not same or Identity.of(document.place) != now:
        return _IS_ANOTHER
    document.identity = now
    return ""


_RENAMING = Conditions(_changed_since_the_plan, _CHANGED, numbers=True)
_UNDOING = Conditions(_is_another_now, _IS_ANOTHER, numbers=False)
