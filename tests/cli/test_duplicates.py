"""Files with equal content, as a user of the program sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from program import Program

BOOK = "Seven Clocks\nby Adaeze Whitlock\nCopyright 2017\nOnce upon a time there was a clock.\n"
NAME = "Adaeze Whitlock - Seven Clocks (2017)"


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    (folder / "old").mkdir(parents=True)
    for name in ("b.txt", "a.txt", "old/c.txt"):
        (folder / name).write_text(BOOK)
    return folder


def test_a_run_and_the_next_one_rename_one_copy_and_say_so(renai: Program, copies: Path) -> None:
    first = renai(copies, "--yes")
    there = sorted(str(x.relative_to(copies)) for x in copies.rglob("*.txt"))
    assert there == [f"{NAME}.txt", "b.txt", "old/c.txt"]
    assert "Kept b.txt: a duplicate of a.txt" in first.out
    assert f"Kept c.txt: a duplicate of {copies}/a.txt" in first.out
    assert "Duplicates of other files: 2" in first.out

    second = renai(copies, "--yes", "--json")
    assert second.json["summary"]["renamed"] == 0
    assert second.json["summary"]["duplicates"] == 2
    named = {Path(x["path"]).name: x.get("duplicate_of") for x in second.json["files"]}
    path = str(copies / f"{NAME}.txt")
    assert named == {f"{NAME}.txt": None, "b.txt": path, "c.txt": path}


def test_settings_say_it_as_well_and_nonsense_is_named(renai: Program, copies: Path) -> None:
    skipped = renai(copies, "--yes", RENAI_DUPLICATES="skip")
    assert "0 to rename, 3 kept" in skipped.out
    numbered = renai(copies, "--yes", "--duplicates", "all")
    assert numbered.code == 0
    assert sorted(x.name for x in copies.glob("*.txt")) == [f"{NAME} (2).txt", f"{NAME}.txt"]
    refused = renai(copies, "--duplicates", "delete")
    assert refused.code == 2
    assert "--duplicates: input should be 'keep', 'skip' or 'all'" in refused.err


def test_the_journal_says_which_files_stayed_because_of_which(renai: Program, copies: Path) -> None:
    renai(copies, "--yes")
    (journal,) = (renai.home / "state").rglob("*.jsonl")
    (group,) = [x for x in map(json.loads, journal.read_text().splitlines()) if "unit" in x]
    duplicates = [str(copies / "b.txt"), str(copies / "old/c.txt")]
    assert group["duplicates"] == duplicates
    (file,) = renai("history", "1", "--json").json["files"]
    assert file["duplicates"] == duplicates
    assert f"its duplicate {copies}/b.txt kept its name" in renai("history", "1").out
