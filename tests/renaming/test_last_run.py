"""Which run was the last one, also where it left no journal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobs import job_to_rename
from renai.renaming.execute import execute
from renai.renaming.last_run import EmptyRun, last_empty_run, newest_run, note_empty_run
from renai.renaming.undo import undo

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 26, 20, 15, tzinfo=UTC)


def test_the_first_run_of_all_may_rename_nothing(state: Path) -> None:
    assert newest_run(state) == ""
    assert last_empty_run(state) is None
    note_empty_run(state, "Books", NOW, after="")
    assert last_empty_run(state) == EmptyRun(NOW, "Books")
    (note,) = state.iterdir()
    assert note.stat().st_mode & 0o777 == 0o600


def test_the_last_of_many_is_noted_and_a_run_with_renames_comes_after_it(
    books: Path, state: Path
) -> None:
    for words in ("one", "two"):
        note_empty_run(state, words, NOW, after="")
    assert last_empty_run(state) == EmptyRun(NOW, "two")
    (books / "a").write_text("a")
    execute([job_to_rename(books / "a", books / "b")], state)
    assert newest_run(state) == "0001"
    assert last_empty_run(state) is None
    undo(state)
    assert newest_run(state) == "0001"


def test_passwords_are_not_noted(state: Path) -> None:
    note_empty_run(state, "b --cache-url redis://:s3cret@host/0", NOW, after="")
    assert last_empty_run(state) == EmptyRun(NOW, "b --cache-url redis://host/0")
    assert all(b"s3cret" not in path.read_bytes() for path in state.iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"after": ""}',
        b'{"after": "", "started_at": 1, "words": ""}',
    ],
)
def test_a_damaged_note_is_none(state: Path, damage: bytes) -> None:
    note_empty_run(state, "Books", NOW, after="")
    (note,) = state.iterdir()
    note.write_bytes(damage)
    assert last_empty_run(state) is None
