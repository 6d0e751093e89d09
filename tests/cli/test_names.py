"""Hostile names: of files, and in the answers of models."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from books import make_books, pdf
from endpoint import Endpoint, fields
from program import Program
from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from endpoint import Behaviour, Call, Reply

PAID = ("--provider", "custom", "--yes")

TITLES = [
    "../../etc/passwd",
    "Two\nlines\r\nand a tab\t",
    "/etc/passwd",
    "C:\\Windows\\system32",
    "CON",
    "\U0001f4da" * 400,
    "Tides\u202efdp.exe",
    "-rf .",
    "a\x00b\x1b[31mred",
    "é" * 300,
]
USELESS_TITLES = ["", None, "...", "\u200b\u202e", "/"]


def titled(titles: Sequence[str | None]) -> Behaviour:
    """Answer about the book `Harbour Tales N` with the title N."""

    def behave(call: Call) -> Reply:
        number = call.document.splitlines()[0].removeprefix("Harbour Tales ")
        return fields(title=titles[int(number)])(call)

    return behave


@pytest.mark.parametrize("template", ["{author} - {title} ({year})", "{title}"])
def test_titles_become_safe_names(tmp_path: Path, template: str) -> None:
    books = make_books(tmp_path / "books", len(TITLES))
    contents = sorted(book.read_bytes() for book in books)
    with Endpoint(always=titled(TITLES)) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        finished = renai(tmp_path / "books", *PAID, "--template", template)
    assert finished.code == 0
    renamed = list((tmp_path / "books").iterdir())
    assert sorted(path.read_bytes() for path in renamed) == contents
    assert not set(renamed) & set(books)
    for name in (path.name for path in renamed):
        assert name.endswith(".pdf")
        assert len(name.encode()) <= 255
        assert name.isprintable()
        assert not set(name) & set('/\\:*?"<>|')
        assert name[0] not in ".- "
        assert name != "CON.pdf"
    if "{author}" in template:
        assert {
            "Ada Quill - ..-..-etc-passwd (1999).pdf",
            "Ada Quill - Two lines and a tab (1999).pdf",
        } <= {path.name for path in renamed}


def test_without_a_usable_title_a_file_keeps_its_name(tmp_path: Path) -> None:
    books = make_books(tmp_path / "books", len(USELESS_TITLES))
    with Endpoint(always=titled(USELESS_TITLES)) as endpoint:
        finished = Program(tmp_path, endpoint.url)(tmp_path / "books", *PAID, "--json")
    assert finished.code == 0
    for file in finished.json["files"]:
        assert (file["action"], file["reason"], file["new_path"]) == ("keep", "no title", None)
    assert all(book.exists() for book in books)


NAMES = [
    b"-rf.pdf",
    b"--yes.pdf",
    b"new\nline.pdf",
    b"\x1b[31mred\x1b]0;title\x07.pdf",
    b"bad \xff\xfe utf-8.pdf",
    "rtl \u202efdp.pdf".encode(),
    b"[bold]markup [x] [.pdf",
    b"{title}.pdf",
    b"%s %d.pdf",
    b" spaces .pdf",
    b"UPPER.PDF",
]


def names(folder: Path) -> list[bytes]:
    return sorted(os.fsencode(path.name) for path in folder.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_files_of_any_name(renai: Program, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / os.fsdecode(name)).write_bytes(pdf(f"Harbour Tales {number}"))

    shown = renai("books", "--dry-run")
    assert shown.code == 0
    assert "\x1b" not in shown.out + shown.err
    assert "\u202e" not in shown.out + shown.err
    assert "new\\nline.pdf -> " in shown.out
    assert "[bold]markup [x] [.pdf -> " in shown.out

    found = renai("books", "--json", "--yes").json["files"]
    assert sorted(os.fsencode(Path(file["path"]).name) for file in found) == sorted(NAMES)
    assert all(file["action"] == "rename" for file in found)
    assert renai("history").code == 0
    assert renai("undo").code == 0
    assert names(folder) == sorted(NAMES)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_files_of_any_name_as_arguments(renai: Program, tmp_path: Path) -> None:
    for name in (b"-rf.pdf", b"bad \xff.pdf", b"new\nline.pdf"):
        (tmp_path / os.fsdecode(name)).write_bytes(pdf("Harbour Tales"))
        finished = renai("--dry-run", "--", name)
        assert finished.code == 0, finished.err
        assert "Ada Quill - Harbour Tales (1999).pdf" in finished.out


def test_commands_go_before_folders_of_their_names(renai: Program, tmp_path: Path) -> None:
    make_books(tmp_path / "cache-of-books", 1)
    (tmp_path / "cache-of-books").rename(tmp_path / "history")
    assert "No run has renamed anything yet." in renai("history").out
    for words in (("./history",), ("process", "history"), ("--provider", "offline", "history")):
        assert "1 file: 1 to rename" in renai(*words, "--dry-run").out


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    for half in ("left", "right"):
        for number, path in enumerate(make_books(folder / half, 8)):
            path.write_bytes(path.read_bytes() + f"% {half} {number}".encode())
            path.rename(folder / f"{half}{number}.pdf")
    contents = {sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.pdf")}
    with Endpoint(always=fields(title="The Same Harbour"), delay=0.05) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        runs = [
            renai.start(*sorted(folder.glob(f"{half}*.pdf")), *PAID) for half in ("left", "right")
        ]
        for run in runs:
            _, err = run.communicate(timeout=LIMIT)
            assert run.returncode == 0, err
    assert {sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.pdf")} == contents
    names = {path.name for path in folder.glob("*.pdf")}
    assert names == {
        "Ada Quill - The Same Harbour (1999).pdf",
        *(f"Ada Quill - The Same Harbour (1999) ({number}).pdf" for number in range(2, 17)),
    }
    for run in ("0002", "0001"):
        assert renai("undo", run).code == 0
    assert {path.name for path in folder.glob("*.pdf")} == {
        f"{half}{number}.pdf" for half in ("left", "right") for number in range(8)
    }
