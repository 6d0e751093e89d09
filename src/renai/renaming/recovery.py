"""Mend what a crashed run left behind, as the disk shows it.

The journal says where each file was to go, and the disk where it is. A group that was not begun
stays as it was, for the user who comes back may no longer want it. A group that was begun is
finished, and so are those that stand in its way; if that fails, it is put back. Nothing is ever
removed but a second hard link of which the journal says that the run was about to make it. A crash
in here leaves just another open journal.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from renai.errors import JournalError
from renai.renaming.journal_files import has_ended, journal_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from renai.renaming.journal_format import Run

_log = logging.getLogger("renai")


class Recovery(NamedTuple):
    """What came of mending one crashed run.

    Attributes:
        run: its name.
        finished: files that have their new names, those that had them already included.
        left: files that keep their old names.
        failed: what went wrong with the others, one line each.
    """

    run: str
    finished: int
    left: int
    failed: tuple[str, ...]


@contextmanager
def unwatched(total: int) -> Iterator[Callable[[object], None]]:  # noqa: ARG001 - nobody watches
    """Lend a function that does nothing."""
    yield lambda _: None


Watching: TypeAlias = "Callable[[int], AbstractContextManager[Callable[[object], None]]]"
"""Gets a number of files, and lends what is to be called after each of them."""


def recover(folder: Path, *, watching: Watching = unwatched) -> list[Recovery]:
    """Mend all crashed runs; leave those alone that are under way, here or elsewhere.

    Args:
        folder: where journals are kept; it need not exist.
        watching: watches the mending of a run, whose open files it is told.

    Returns:
        What was mended; empty if no run had crashed. A journal that cannot be read is logged as a
        warning and left as it is.
    """
    mended: list[Recovery] = []
    for path in journal_paths(folder):
        if has_ended(path):
            continue
        # Every run comes here, and hardly any finds what it could mend.
        from renai.renaming.execute import finish
        from renai.renaming.journal import Journal

        try:
            journal = Journal.reopen(path)
            if journal is None:
                continue
            with journal:
                run = journal.read()
                if run.planned and not run.ended:
                    with watching(sum(group.is_open() for group in run.groups)) as on_step:
                        finish(run, journal, on_step)
                    mended.append(_report(run))
        except JournalError as error:
            _log.warning("%s", error)
    return mended


def _report(run: Run) -> Recovery:
    counted = Counter(group.state for group in run.groups)
    return Recovery(
        run.name,
        finished=counted["done"],
        left=counted["skipped"],
        failed=tuple(
            f"{group.document.source.name}: {group.reason}"
            for group in run.groups
            if group.state in ("failed", "open")
        ),
    )
