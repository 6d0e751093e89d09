"""`renai corrections`: list them, take them back, and what a run makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect
import pytest

from renai.keys.digest import get_file_hash
from renai.metadata.corrections import Corrections
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint
    from program import Program

PAID = ("--provider", "custom", "--yes")


@pytest.fixture
def corrected(renai: Program, books: Path) -> Corrections:
    """The title of `scan1.pdf` was corrected."""
    corrections = Corrections(renai.home / "state" / "renAI" / "corrections")
    said = Metadata(title="Harbour\x1b[31m Tides", authors=("Ada Quill",), year=1998)
    corrections.record(get_file_hash(books / "scan1.pdf"), said, "scan1\x1b[2J.pdf")
    return corrections


def test_a_run_asks_no_model_about_them(
    renai: Program, endpoint: Endpoint, books: Path, corrected: Corrections
) -> None:
    finished = renai(books, *PAID, "--json", "--update-metadata", "--min-confidence", "0.95")
    assert len(endpoint.calls) == 2
    assert "[INFO] Using your correction for scan1.pdf" in finished.logs
    files = {file["path"].rpartition("/")[2]: file for file in finished.json["files"]}
    assert files["scan1.pdf"]["action"] == "rename"
    assert files["scan1.pdf"]["metadata"]["_provider"] == "user"
    assert files["scan1.pdf"]["metadata"]["confidence"] == 1
    assert "_provider" not in files["scan0.pdf"]["metadata"]
    assert {path.name for path in books.iterdir()} == {
        "scan0.pdf",
        "Ada Quill - Harbour [31m Tides (1998).pdf",
        "scan2.pdf",
    }


def test_the_plan_shows_whose_they_are(renai: Program, books: Path, corrected: Corrections) -> None:
    terminal = renai.on_terminal(books, "--dry-run", columns=160)
    terminal.expect(r"100% you")


def test_they_survive_the_emptying_of_the_cache(
    renai: Program, books: Path, corrected: Corrections
) -> None:
    renai(books, "--dry-run")
    renai("cache", "--yes")
    assert len(corrected.all()) == 1


def test_they_are_listed_safely(renai: Program, corrected: Corrections) -> None:
    shown = renai("corrections").out
    assert "\x1b" not in shown
    assert corrected.all()[0].file_hash[:12] in shown
    assert "scan1\\x1b[2J.pdf" in shown
    (listed,) = renai("corrections", "--json").json["corrections"]
    assert listed.keys() == {"file_hash", "file_name", "corrected_at", "metadata"}
    assert listed["metadata"]["year"] == 1998
    assert listed["metadata"]["confidence"] == 1


def test_a_narrow_terminal_shows_the_digits_that_forget_wants(
    renai: Program, corrected: Corrections
) -> None:
    terminal = renai.on_terminal("corrections", columns=60)
    terminal.expect(pexpect.EOF)
    assert corrected.all()[0].file_hash[:12] in terminal.before


@pytest.mark.parametrize("by", ["file", "digits"])
def test_they_are_taken_back(renai: Program, books: Path, corrected: Corrections, by: str) -> None:
    file_hash = corrected.all()[0].file_hash
    word = {"file": str(books / "scan1.pdf"), "digits": file_hash[:12]}[by]
    assert renai("corrections", "forget", word, "--json").json == {"forgotten": [file_hash]}
    assert renai("corrections").out == "You have corrected nothing yet.\n"
    assert "Took 0 corrections back." in renai("corrections", "forget", books / "scan1.pdf").out
    assert "Harbour Tales 1" in renai(books, "--dry-run").out


@pytest.mark.parametrize("word", ["nothing.pdf", "0" * 64, "."])
def test_what_is_neither_file_nor_hash_is_wrong_usage(
    renai: Program, corrected: Corrections, word: str
) -> None:
    finished = renai("corrections", "forget", word)
    assert finished.code == 2
    assert finished.err.startswith("[ERROR]")
    assert len(corrected.all()) == 1


def test_a_few_digits_that_are_several_hashes_are_wrong_usage(
    renai: Program, corrected: Corrections
) -> None:
    for last in "01":
        corrected.record("f" * 63 + last, Metadata(title="Title"), "file.pdf")
    assert "give more digits" in renai("corrections", "forget", "f" * 12).err
    assert len(corrected.all()) == 3
