"""What cannot be done is said before anything is done, in full, and names each file once."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

READ = "It reads PDF, EPUB, DOCX"


@pytest.mark.parametrize("name", ["photo.xyz", "README", "archive.tar.zst"])
@pytest.mark.parametrize("more", [("--yes",), ("--json",), ("--quote",), ("--preview",)])
def test_an_unknown_format_that_is_named_says_what_is_read(
    renai: Program, tmp_path: Path, name: str, more: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text("words")
    refused = renai(tmp_path / name, *more)
    assert refused.code == 2
    assert f"[ERROR] {name!r} is of no format that renai reads. {READ}" in refused.err
    assert "with --rename-images also JPEG" in refused.err
    assert refused.out == ""


def test_beside_other_files_it_is_told_in_the_end(renai: Program, books: Path) -> None:
    for number in range(7):
        (books / f"{number}.xyz").write_text("words")
    run = renai(*sorted(books.iterdir()), "--yes", "--json")
    assert run.code == 2
    assert run.json["summary"]["renamed"] == 3
    assert f"'4.xyz' and 2 more are of no format that renai reads. {READ}" in run.err
    assert renai(books, "--yes").code == 0  # in a folder it is only counted


def test_explain_says_it_too(renai: Program, tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("words")
    refused = renai("cache", "explain", tmp_path / "a.xyz")
    assert (refused.code, READ in refused.err) == (2, True)


def test_wrong_settings_are_told_at_once_a_line_each(renai: Program, books: Path) -> None:
    renai.configure("workers = 0\ncolour = 3\n")
    refused = renai(books, RENAI_CONCURRENCY="0")
    assert refused.code == 3
    assert [x.split()[1] for x in refused.logs] == ["RENAI_CONCURRENCY:", "workers", "colour"]
    flagged = renai(books, "--fallback-mode", "guess", "--min-confidence", "3")
    assert flagged.code == 2
    assert len(flagged.logs) == 4
    assert "--fallback-mode: input should be 'ocr', 'vision' or 'none'" in flagged.err


OTHER = "offline tells no categories"


def test_a_provider_without_categories_says_so_before_it_fills_one_folder(
    renai: Program, books: Path
) -> None:
    for arguments in (("--yes", "--json"), ("--dry-run",)):
        assert f"[WARNING] {OTHER}" in renai(books, "--organize", *arguments).err
    renai.configure("organize = true")
    assert OTHER in renai(books, "--dry-run").err
    asked = renai(books, "--dry-run", "--yes", "--provider", "custom")
    assert "[WARNING]" not in asked.err


def test_so_does_one_that_may_choose_only_that_one(renai: Program, books: Path) -> None:
    renai.configure('categories = ["Other"]')
    for provider in ("offline", "custom"):
        said = renai(books, "--organize", "--dry-run", "--yes", "--provider", provider)
        assert "There are no categories" in said.err
    assert "categories" not in renai(books, "--dry-run").err


@pytest.mark.skipif(os.geteuid() == 0 or sys.platform != "linux", reason="root may do anything")
def test_a_file_that_cannot_be_renamed_is_named_once(renai: Program, books: Path) -> None:
    books.chmod(0o500)
    try:
        failed = renai(books, "--yes")
    finally:
        books.chmod(0o700)
    lines = [x for x in failed.out.splitlines() if x.startswith("Failed ")]
    assert len(lines) == 3
    assert all(line.count("scan") == 1 for line in lines)


def test_a_folder_that_cannot_be_made_is_the_reason(renai: Program, books: Path) -> None:
    (books / "Other").write_text("a file where a folder is to be made")
    failed = renai(books, "--organize", "--yes")
    assert failed.code == 1
    lines = [x for x in failed.out.splitlines() if x.startswith("Failed ")]
    assert [line.count("scan") for line in lines] == [1, 1, 1]
    assert f"no folder {books}/Other could be made" in lines[0]
