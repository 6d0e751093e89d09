"""What cannot be read is remembered: a second run neither opens it nor asks about it."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from books import make_scan, pdf
from ebooks import package

if TYPE_CHECKING:
    from pathlib import Path

    from program import Finished, Program

PAID = ("--provider", "custom", "--yes")
LONG_AGO = (1_700_000_000, 1_700_000_000)

BAD = {
    "cut.pdf": pdf("A Book")[:300],
    "noise.pdf": b"%PDF-1.4 and then nothing of the kind" * 9,
    "noise.txt": bytes(range(256)) * 9,
    "cut.epub": package({"mimetype": "application/epub+zip", "a.xml": "<a/>" * 99})[:-40],
    "noise.docx": b"no package at all",
    "noise.djvu": b"no DjVu at all",
    "noise.mobi": b"no book at all",
    "old.docx": b"\xd0\xcf\x11\xe0" + bytes(600),
}
"""Files whose fault lies in their bytes."""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    folder = tmp_path / "bad"
    folder.mkdir()
    for name, data in BAD.items():
        write(folder / name, data)
    write(folder / "empty.pdf", b"")
    return folder


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    os.utime(path, LONG_AGO)  # so that its digest is remembered


def reasons(run: Finished) -> dict[str, str]:
    return {x["path"].rpartition("/")[2]: x["reason"] for x in run.json["files"]}


def lock(folder: Path) -> None:
    """Make it visible if a file is opened: it would be said that it may not be read."""
    for path in folder.iterdir():
        path.chmod(0)


needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")


def opened(renai: Program, folder: Path, *arguments: object) -> tuple[Finished, list[str]]:
    """Run, and return which files of a folder the run or its workers opened."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace sees what is opened")
    trace = renai.home / "trace"
    run = renai.traced(strace, trace, *arguments)
    lines = [x for x in trace.read_text().splitlines() if "O_DIRECTORY" not in x]
    return run, [x for x in lines if f"{folder}{os.sep}" in x]


def test_a_second_run_opens_nothing_and_says_the_same(renai: Program, bad: Path) -> None:
    first, at_first = opened(renai, bad, bad, "--json")
    assert len(at_first) >= len(BAD)
    assert {x["action"] for x in first.json["files"]} == {"skip"}
    second, then = opened(renai, bad, bad, "--json")
    assert then == []
    assert reasons(second) == reasons(first)
    assert reasons(first)["empty.pdf"] == "is empty (0 bytes)"


def test_a_paid_run_does_not_count_them_among_what_needs_the_model(
    renai: Program, bad: Path
) -> None:
    assert renai(bad, *PAID).code == 0
    again = renai(bad, "--provider", "custom", "--json")
    assert again.code == 0  # else it would say what it needs, and that --yes is missing
    assert "need" not in again.err
    assert again.calls == 0


def test_a_scan_without_text_is_remembered_for_models_and_not_for_heuristics(
    renai: Program, tmp_path: Path
) -> None:
    scan = make_scan(tmp_path / "scans/blank.pdf", ["A Page of Pictures"])
    os.utime(scan, LONG_AGO)
    mode = ("--fallback-mode", "none")
    first = renai(scan, *PAID, *mode, "--json")
    assert "has no text" in reasons(first)["blank.pdf"]
    second = renai(scan, "--provider", "custom", *mode, "--json")
    assert (second.code, reasons(second)) == (0, reasons(first))
    assert reasons(renai(scan, *mode, "--json"))["blank.pdf"] == "no title"


def test_the_summary_says_how_many_are_known_and_how_to_read_them_again(
    renai: Program, bad: Path
) -> None:
    known = f"Known from before as unreadable: {len(BAD)}; to read them again: --update-metadata"
    assert known not in renai(bad).out
    assert known in renai(bad).out
    assert known not in renai(bad, "--update-metadata").out


@pytest.mark.parametrize("how", ["--update-metadata", "forget", "empty"])
def test_what_is_forgotten_is_read_again(renai: Program, bad: Path, how: str) -> None:
    renai(bad, "--json")
    assert len(renai.entries("unreadable")) == len(BAD)
    if how == "forget":
        renai("cache", "forget", *bad.glob("*.*"), "--yes")
    elif how == "empty":
        assert f"{len(BAD)} entries" in renai("cache", "--yes").out
    assert len(renai.entries("unreadable")) == (len(BAD) if how.startswith("--") else 0)
    _, again = opened(renai, bad, bad, *([how] if how.startswith("--") else []))
    assert {x.rpartition('"')[0].rpartition("/")[2] for x in again} >= set(BAD)


def test_another_way_of_reading_tries_again(renai: Program, bad: Path) -> None:
    renai(bad)
    _, again = opened(renai, bad, bad, "--no-mutool")
    assert {x.rpartition('"')[0].rpartition("/")[2] for x in again} == {"cut.pdf", "noise.pdf"}


def test_a_program_that_is_missing_is_not_the_files_fault(renai: Program, tmp_path: Path) -> None:
    folder = tmp_path / "late"
    folder.mkdir()
    write(folder / "book.djvu", b"AT&TFORM" + bytes(99))
    write(folder / "book.mobi", b"no book at all")
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    for _ in range(2):
        said = reasons(renai(folder, "--json", PATH=str(nothing)))
        assert "install djvulibre-bin" in said["book.djvu"]
        assert "install mupdf-tools" in said["book.mobi"]
    assert not renai.entries("unreadable")


@needs_permissions
def test_a_file_that_may_not_be_read_is_tried_again(renai: Program, tmp_path: Path) -> None:
    path = tmp_path / "shut.txt"
    write(path, b"Seven Clocks\nby Adaeze Whitlock\n")
    path.chmod(0)
    assert "ermission denied" in reasons(renai(path, "--json"))["shut.txt"]
    path.chmod(stat.S_IRUSR)
    assert renai(path, "--json").json["files"][0]["metadata"]["title"] == "Seven Clocks"


def test_what_took_too_long_is_tried_again(renai: Program, tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    write(path, pdf("Harbour Tales"))
    slow = renai(path, "--json", RENAI_DOCUMENT_SECONDS="0.0001")
    assert "took longer" in reasons(slow)["slow.pdf"]
    assert not renai.entries("unreadable")
    assert renai(path, "--json").json["files"][0]["metadata"]["title"] == "Harbour Tales"


def test_it_is_explained_listed_and_checked(renai: Program, bad: Path) -> None:
    renai(bad)
    said = renai("cache", "explain", bad / "noise.txt", "--provider", "custom").out
    assert "an earlier run found that it cannot be read" in said
    assert "it holds binary data, not text" in said
    assert "would be asked" not in said
    layers = renai("cache", "explain", bad / "noise.txt", "--json").json["layers"]
    assert layers[-1]["reason"] == "holds binary data, not text"
    assert "unreadable" in renai("cache", "list").out
    checked = renai("cache", "verify").out
    assert f"unreadable in {renai.cache}: {len(BAD)} entries" in checked


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 99])
def test_a_damaged_reason_is_set_aside_and_the_file_read_again(
    renai: Program, bad: Path, damage: bytes
) -> None:
    first = renai(bad, "--json")
    for path in (renai.cache / "unreadable").iterdir():
        path.write_bytes(damage)
    again = renai(bad, "--json")
    assert reasons(again) == reasons(first)
    assert "[WARNING]" in again.err
    assert len(renai.entries("unreadable")) == len(BAD)
