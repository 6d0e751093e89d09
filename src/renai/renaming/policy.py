"""What must hold of a unit before it is touched, and what happens if its name is taken.

A rename goes by the file the plan was made for, as the system knows it; an undo, which may come
months later, by the content. The document is what is looked at: a sidecar may have been edited,
that is what some are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.keys.digest import get_file_hash
from renai.renaming.identity import Identity
from renai.renaming.no_replace import reason_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.renaming.order import Unit


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run holds to.

    Attributes:
        objection: why a unit must not be touched, asked just before it is; empty if it may.
        numbers: whether a unit whose name is taken gets the next number; else it is refused.
    """

    objection: Callable[[Unit], str]
    numbers: bool


def _changed_since_the_plan(unit: Unit) -> str:
    now = Identity.of(unit.document.place)
    if now is None:
        return "vanished since it was read"
    return "" if unit.document.identity.is_still(now) else "changed since it was read"


def _is_another_now(unit: Unit) -> str:
    path = unit.document.place
    if Identity.of(path) is None:
        return "is no longer there"
    try:
        same = get_file_hash(path) == unit.file_hash
    except OSError as error:
        return reason_for(error)
    return "" if same else "is another file now, or was changed; left alone"


RENAMING = Rules(_changed_since_the_plan, numbers=True)
UNDOING = Rules(_is_another_now, numbers=False)
