"""A library of another program is refused, unless the user insists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program


@pytest.fixture
def library(books: Path) -> Path:
    (books / "metadata.db").write_bytes(b"SQLite format 3\0")
    return books


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--json",)])
def test_it_is_refused_with_a_sentence(
    renai: Program, library: Path, more: tuple[str, ...]
) -> None:
    before = sorted(library.iterdir())
    refused = renai(library, "--yes", *more)
    assert refused.code == 2
    assert (
        f"[ERROR] '{library}' (of calibre: metadata.db) belongs to another program" in refused.err
    )
    assert refused.out == ""
    assert sorted(library.iterdir()) == before
    assert not renai.entries("text")  # nothing was read either


def test_the_folder_one_stands_in_is_refused_too(renai: Program, library: Path) -> None:
    (library / "inner").mkdir()
    assert renai(".", "--yes", cwd=library / "inner").code == 2
    assert renai("../..", "--yes", cwd=library / "inner").code == 2


def test_with_force_it_is_renamed(renai: Program, library: Path) -> None:
    forced = renai(library, "--yes", "--force", "--json")
    assert forced.code == 0
    assert forced.json["summary"]["renamed"] == 3
