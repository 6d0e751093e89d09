"""Runs over files that need mutool, with it and without it."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from books import pdf
from ebooks import cbz, mobi, package

if TYPE_CHECKING:
    from program import Finished, Program

PAID = ("--provider", "custom", "--yes", "--json", "--fallback-mode", "none")
NAMED = "Ada Quill - Salt (1999).mobi"
EPUB_ENCRYPTION = (
    '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
    '<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>'
    "</e:EncryptedData></encryption>"
)

needs_mutool = pytest.mark.skipif(
    shutil.which("mutool") is None, reason="install mupdf-tools to run this"
)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A MOBI that the endpoint can read."""
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "a.mobi").write_bytes(mobi("Salt", text="<p>Copyright 1999 Ada Quill</p>"))
    return folder


@pytest.fixture
def without_mutool(tmp_path: Path) -> dict[str, str]:
    """A PATH without it."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin")}


def reasons(finished: Finished) -> dict[str, str]:
    """Why files were not renamed."""
    files = finished.json["files"]
    return {Path(x["path"]).name: x["reason"] for x in files if x["action"] != "rename"}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@needs_mutool
def test_a_mobi_is_named_and_then_costs_nothing(renai: Program, books: Path) -> None:
    name = f"{digest(books / 'a.mobi')}_basic_mutool.txt"
    assert renai(books, *PAID).calls == 1
    assert [path.name for path in books.iterdir()] == [NAMED]
    assert list(renai.entries("text")) == [name]
    again = renai(books, *PAID)
    assert (again.calls, again.json["summary"]["hits"]) == (0, 1)


@needs_mutool
def test_what_was_read_stays_known_without_mutool(
    renai: Program, books: Path, without_mutool: dict[str, str]
) -> None:
    renai(books, *PAID)
    assert renai(books, *PAID, **without_mutool).json["summary"]["hits"] == 1
    ruled_out = renai(books, *PAID, "--no-mutool")
    assert reasons(ruled_out) == {NAMED: "MOBI is read through mutool, which --no-mutool rules out"}


def test_without_mutool_a_mobi_is_skipped_before_anything_is_quoted(
    renai: Program, books: Path, without_mutool: dict[str, str]
) -> None:
    finished = renai(books, "--provider", "custom", "--json", **without_mutool)
    assert finished.code == 0  # a paid run without --yes stops with 3 where anything would be asked
    assert reasons(finished) == {
        "a.mobi": "MOBI is read through mutool, which is not on PATH: install mupdf-tools"
    }
    wanted = renai(books, *PAID, "--mutool", **without_mutool)
    assert (wanted.code, wanted.out) == (3, "")
    assert "mutool is not on PATH: install mupdf-tools" in wanted.err
    assert "none; install mupdf-tools to read MOBI" in renai("doctor", **without_mutool).out


@pytest.fixture
def headless(books: Path) -> Path:
    """A PDF without its first bytes, which PDFium refuses and mutool mends."""
    (books / "a.mobi").unlink()
    whole = pdf("Salt")
    (books / "a.pdf").write_bytes(b"%" + whole[whole.index(b"\n") + 1 :])
    return books / "a.pdf"


@needs_mutool
def test_a_pdf_that_pdfium_refuses_is_read_through_mutool(renai: Program, headless: Path) -> None:
    name = f"{digest(headless)}_basic_mutool.txt"
    first = renai(headless, *PAID)
    assert (first.calls, first.json["summary"]["misses"]) == (1, 1)
    assert list(renai.entries("text")) == [name]
    named = headless.with_name("Ada Quill - Salt (1999).pdf")
    assert renai(named, *PAID).json["summary"]["hits"] == 1
    # Another question about the same text: it is not extracted again, nor is it forgotten how.
    renai(named, *PAID, "--model", "second-model")
    assert list(renai.entries("text")) == [name]
    assert reasons(renai(named, *PAID, "--no-mutool")) == {named.name: "is damaged or not a PDF"}
    assert renai(named, *PAID).calls == 0


@needs_mutool
def test_a_sound_pdf_is_never_converted(renai: Program, books: Path) -> None:
    path = books / "b.pdf"
    path.write_bytes(pdf("Salt"))
    name = f"{digest(path)}_basic.txt"
    assert renai(path, *PAID).calls == 1
    assert list(renai.entries("text")) == [name]
    (named,) = books.glob("*.pdf")
    assert renai(named, *PAID, "--no-mutool").calls == 0
    assert renai(named, *PAID, "--mutool").calls == 0


@needs_mutool
def test_a_comic_without_text_is_named_after_what_it_says(renai: Program, books: Path) -> None:
    (books / "a.cbz").write_bytes(cbz("<Title>Roads</Title><Writer>Ann</Writer><Year>2001</Year>"))
    renai(books, "--yes", "--fallback-mode", "none")
    assert (books / "Ann - Roads (2001).cbz").exists()


@needs_mutool
def test_protected_books_are_told_in_one_line(renai: Program, books: Path) -> None:
    (books / "a.mobi").write_bytes(mobi("Salt", encryption=2))
    (books / "b.azw3").write_bytes(mobi("Salt", encryption=1, version=8))
    (books / "c.epub").write_bytes(package({"META-INF/encryption.xml": EPUB_ENCRYPTION}))
    assert set(reasons(renai(books, *PAID)).values()) == {"is protected by DRM and cannot be read"}


def test_explain_rules_mutool_out_as_a_run_does(renai: Program, books: Path) -> None:
    explain = ("cache", "explain", books / "a.mobi", "--provider", "custom")
    assert renai(*explain).code == 0
    ruled_out = renai(*explain, "--no-mutool")
    assert ruled_out.code == 1
    assert ruled_out.err == (
        "[ERROR] a.mobi: MOBI is read through mutool, which --no-mutool rules out\n"
    )


@needs_mutool
def test_explain_knows_what_mutool_made(renai: Program, headless: Path) -> None:
    renai(headless, *PAID, "--dry-run")
    mode = ("--fallback-mode", "none")
    explain = ("cache", "explain", headless, "--provider", "custom", "--json", *mode)
    causes = [
        {layer["layer"]: layer["cause"] for layer in renai(*explain, *words).json["layers"]}
        for words in ((), ("--no-mutool",))
    ]
    assert [cause["metadata"] for cause in causes] == ["hit", "stale"]
