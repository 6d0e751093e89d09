"""The sample library: varied, hostile, and the same on every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def test_every_run_makes_the_same_bytes(sample: ModuleType) -> None:
    assert sample.contents() == sample.contents()


def test_two_files_are_duplicates_and_one_is_empty(sample: ModuleType) -> None:
    contents = sample.contents()
    assert len(contents) == 12
    assert len(set(contents.values())) == 11
    assert contents["empty.pdf"] == b""


def test_what_is_there_is_left_as_it_is(sample: ModuleType, library: Path) -> None:
    (library / "notes.txt").write_text("mine")
    (library / "hostile.pdf").unlink()
    sample.make_sample_library(library)
    assert (library / "notes.txt").read_text() == "mine"
    assert (library / "hostile.pdf").exists()
