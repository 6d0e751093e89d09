"""What past runs did to which files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs import job_to_rename
from renai.errors import UsageError
from renai.renaming.execute import execute
from renai.renaming.history import PastFile, history, run_and_files
from renai.renaming.undo import undo

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_lists_what_became_of_each_file(books: Path, state: Path) -> None:
    for name in ("a.pdf", "a.jpg", "b.pdf", "c.pdf", "d.pdf", "Science"):
        (books / name).write_text(name)
    jobs = [
        job_to_rename(books / "a.pdf", books / "A.pdf", (books / "a.jpg", books / "A.jpg")),
        job_to_rename(books / "b.pdf", books / "B.pdf"),
        job_to_rename(books / "c.pdf", books / "Science" / "C.pdf"),
        job_to_rename(books / "d.pdf", books / "D.pdf"),
    ]
    (books / "d.pdf").write_text("changed since")
    execute(jobs, state, words="books")
    (books / "A.pdf").write_text("edited")
    undo(state)

    past, files = run_and_files(state, "1")
    assert (past.run, past.words, past.renamed, past.undone) == ("0001", "books", 2, 1)
    assert [(file.path.name, file.new_path.name, file.state) for file in files] == [
        ("a.pdf", "A.pdf", "renamed"),
        ("b.pdf", "B.pdf", "undone"),
        ("c.pdf", "C.pdf", "failed"),
        ("d.pdf", "D.pdf", "skipped"),
    ]
    assert files[0].reason == "is another file now, or was changed; left alone"
    assert files[0].sidecars == [(books / "a.jpg", books / "A.jpg")]
    assert files[1] == PastFile(books / "b.pdf", books / "B.pdf", "undone", "", [], [])
    assert "no folder" in files[2].reason
    assert files[3].reason == "changed since it was read"


def test_an_unknown_run_is_told_from_others(books: Path, state: Path) -> None:
    with pytest.raises(UsageError, match="there is no run 7"):
        run_and_files(state, "7")


def test_the_folder_of_a_run_is_above_all_its_files(books: Path, state: Path) -> None:
    for name in ("one/a", "one/two/b", "three/c"):
        (books / name).parent.mkdir(parents=True, exist_ok=True)
        (books / name).write_text(name)
    execute([job_to_rename(books / "one/two/b", books / "Science/B")], state)
    execute(
        [job_to_rename(books / name, books / f"{name}2") for name in ("one/a", "three/c")], state
    )
    assert [past.folder for past in history(state)] == [books / "one/two", books]
