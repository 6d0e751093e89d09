"""A run, its recovery and its undo, each killed at one of its renames.

Each death is that of a fork. `test_crashes.py` has these lives lived in a small process, for a fork
of the tests' own takes longer than a life: it copies the page tables of all that was imported.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from forks import exit_code, fork
from jobs import job_to_rename
from renai.renaming import no_replace as rename
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.renaming.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.file_job import FileJob


def names(books: Path) -> dict[str, str]:
    return {
        str(path.relative_to(books)): path.read_text()
        for path in books.rglob("*")
        if path.is_file()
    }


def dying_at(call: int, after: bool, job: Callable[[], object]) -> bool:
    """Do a job in a fork of this process that dies at its nth rename; tell whether it did."""
    real, calls = rename._rename_exclusively(), count()

    def rename_or_die(source: Path, target: Path) -> None:
        now = next(calls) == call
        try:
            if not now or after:
                real(source, target)
        finally:
            if now:
                os._exit(9)

    def goes_through() -> bool:
        rename._rename_exclusively = lambda: rename_or_die
        with suppress(Exception):
            job()
        return True

    return exit_code(fork(goes_through)) != 0


def circle_and_chain(books: Path) -> list[FileJob]:
    pairs = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("f", "taken")]
    return [
        job_to_rename(
            books / f"{old}.pdf",
            books / f"{new}.pdf",
            (books / f"{old}.jpg", books / f"{new}.jpg"),
        )
        for old, new in pairs
    ]


def die_and_die_again(folder: str, call: int, after: bool) -> None:
    """Die at the nth rename of a run and of its undo, and at a rename of the recovery between.

    Args:
        folder: an empty one.
        call: the number of the rename, from 0.
        after: whether it is done by then.
    """
    for second in (0, 2):
        books, state = Path(folder) / str(second) / "books", Path(folder) / str(second) / "state"
        books.mkdir(parents=True)
        for letter in "abcdf":
            (books / f"{letter}.pdf").write_text(f"document {letter}")
            (books / f"{letter}.jpg").write_text(f"cover {letter}")
        (books / "taken.jpg").write_text("cover of another")
        before = names(books)
        plan = circle_and_chain(books)
        assert dying_at(call, after, lambda plan=plan, state=state: execute(plan, state))
        dying_at(second, after, lambda state=state: recover(state))
        recover(state)
        assert recover(state) == []
        assert not any(name.startswith(".renai") for name in names(books))
        assert sorted(names(books).values()) == sorted(before.values())
        assert {name[:7] for name in names(books) if "(" in name} <= {"taken ("}, "circles close"
        dying_at(call, after, lambda state=state: undo(state))
        assert all(file.done for file in undo(state).files)
        assert names(books) == before
        assert undo(state).files == []
