"""`renai history`, `undo`, `cache`, `doctor`, `--help` and `--version`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pexpect

from program import KEY
from renai import __version__
from renai.stores.registry import STORES

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint
    from program import Program


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_history_lists_runs_and_undo_takes_them_back(renai: Program, books: Path) -> None:
    old = names(books)
    assert "No run has renamed anything yet." in renai("history").out
    renai(books, "--yes", "--template", "{title}")
    middle = names(books)
    renai(books, "--yes", "--template", "{year} {title}")

    listed = [line for line in renai("history").out.splitlines() if re.match("000", line)]
    assert [line.split()[0] for line in listed] == ["0002", "0001"]
    assert "{year} {title}" in listed[0]

    assert "Run 0002: 3 of 3 files renamed back." in renai("undo").out
    assert names(books) == middle
    assert "Run 0001: 3 of 3 files renamed back." in renai("undo", "1").out
    assert names(books) == old
    assert "There is nothing to take back." in renai("undo").out
    assert "There is nothing to take back." in renai("undo", "0002").out


def test_history_lists_the_files_of_a_run_with_whole_paths(
    renai: Program, books: Path, tmp_path: Path
) -> None:
    renai(books, "--yes")
    (books / "Ada Quill - Harbour Tales 1 (1999).pdf").write_bytes(b"edited")
    renai("undo")
    shown = renai("history", "1")
    assert shown.code == 0
    new = books / "Ada Quill - Harbour Tales 1 (1999).pdf"
    lines = shown.out.splitlines()
    assert lines[0].startswith("Run 0001, ")
    assert lines[0].endswith(f"{books} --yes")
    assert lines[1] == "3 files renamed, 2 renamed back (partly undone)."
    assert f"{books / 'scan1.pdf'} -> {new}" in lines
    assert sum(line.startswith(f"Renamed back: {books}/scan") for line in lines) == 2
    terminal = renai.on_terminal("history", "1", columns=40)
    terminal.expect(pexpect.EOF)
    assert str(new) in re.sub(r"[\r\n]", "", terminal.before)
    unknown = renai("history", "7")
    assert unknown.code == 2
    assert "there is no run 7" in unknown.err


def test_history_as_json(renai: Program, books: Path) -> None:
    assert renai("history", "--json").json == {"runs": []}
    renai(books, "--yes")
    (run,) = renai("history", "--json").json["runs"]
    assert run["arguments"] == f"{books} --yes"
    assert datetime.fromisoformat(run["started_at"]).tzinfo is not None
    known = {"run": "0001", "folder": str(books), "renamed": 3, "undone": 0, "state": "done"}
    assert known.items() <= run.items()
    one = renai("history", "0001", "--json").json
    files = one.pop("files")
    assert one == run
    assert files[0] == {
        "path": str(books / "scan0.pdf"),
        "new_path": str(books / "Ada Quill - Harbour Tales 0 (1999).pdf"),
        "state": "renamed",
        "reason": "",
        "sidecars": [],
    }


def test_history_shows_whole_folders_on_a_narrow_terminal(
    renai: Program, tmp_path: Path, books: Path
) -> None:
    deep = tmp_path / ("deep" * 20)
    books.rename(deep)
    renai(deep, "--yes")
    terminal = renai.on_terminal("history", columns=60)
    terminal.expect(pexpect.EOF)
    plain = re.sub(r"\x1b\[[\d;]*m|\s", "", terminal.before)
    assert str(deep) in plain


def test_undo_leaves_changed_files_alone_and_goes_on(renai: Program, books: Path) -> None:
    renai(books, "--yes", "--template", "{title}")
    (books / "Harbour Tales 0.pdf").write_bytes(b"edited")
    (books / "scan1.pdf").write_bytes(b"somebody else's")
    undone = renai("undo")
    assert undone.code == 1
    assert "Run 0001: 1 of 3 files renamed back." in undone.out
    assert undone.out.count("Not renamed back: ") == 2
    assert names(books) == ["Harbour Tales 0.pdf", "Harbour Tales 1.pdf", "scan1.pdf", "scan2.pdf"]
    assert (books / "scan1.pdf").read_bytes() == b"somebody else's"
    (books / "scan1.pdf").unlink()
    again = renai("undo")
    assert "Run 0001: 1 of 2 files renamed back." in again.out
    assert "scan1.pdf" in names(books)


def test_emptying_the_cache_without_a_terminal(renai: Program, books: Path) -> None:
    renai(books)
    refused = renai("cache")
    assert refused.code == 3
    assert f"{renai.cache} holds 6 entries" in refused.err
    assert "--yes" in refused.err
    assert len(renai.entries("text")) == 3
    size = sum(
        len(data) for layer in ("text", "metadata") for data in renai.entries(layer).values()
    )
    emptied = renai("cache", "--yes")
    assert emptied.code == 0
    assert emptied.out == f"Removed 6 entries, {size:,} bytes from {renai.cache}.\n"
    assert renai("cache").out == f"Removed 0 entries, 0 bytes from {renai.cache}.\n"


def test_emptying_the_cache_leaves_renames_and_what_is_not_ours(
    renai: Program, books: Path
) -> None:
    old = names(books)
    renai(books, "--yes")
    for path in ("notes.txt", "vectors.sqlite"):
        (renai.cache / path).write_text("mine")
    (renai.cache / "quarantine").mkdir(exist_ok=True)
    (renai.cache / "quarantine" / f"text_{'0' * 64}_basic.txt").write_text("damaged")
    renai("cache", "--yes")
    assert {"notes.txt", "vectors.sqlite"} <= set(names(renai.cache))
    assert renai.entries("quarantine") == {}
    assert renai("undo").code == 0
    assert names(books) == old


def test_doctor_says_what_is_set_up(renai: Program) -> None:
    finished = renai("doctor", OPENAI_API_KEY=KEY)
    assert finished.code == 0
    states = dict(re.findall(r"^(?:provider )?(\w+)  +(.*?) *$", finished.out, re.MULTILINE))
    assert states["offline"].startswith("ready")
    assert states["openai"].startswith("ready")
    assert states["custom"].startswith("ready")
    assert states["deepinfra"].startswith("set DEEPINFRA_API_KEY")
    assert states["cache"] == f"{renai.cache}: can be written"
    assert str(renai.config) in states["settings"]


def test_doctor_probes_by_choice(renai: Program, endpoint: Endpoint) -> None:
    assert "probe of" not in renai("doctor", "--provider", "custom").out
    assert not endpoint.calls
    finished = renai("doctor", "--provider", "custom", "--probe")
    assert finished.code == 0
    assert re.search(r"probe of custom:first-model, JSON schema +works \(", finished.out)
    assert len(endpoint.calls) == 3
    assert "asks no endpoint" in renai("doctor", "--probe").out


def test_doctor_lists_every_store(renai: Program, tmp_path: Path) -> None:
    said = renai("doctor").out
    assert {scheme for scheme in STORES if f"{scheme}://" in said} == STORES.keys()
    without = tmp_path / "sitecustomize.py"
    without.write_text("import sys\nsys.modules['redis'] = None\n")
    said = renai("doctor", PYTHONPATH=str(tmp_path)).out
    assert "pip install 'renai[redis]' to use it" in said
    assert "pip install 'renai[postgres]'" not in said


def test_doctor_shows_whole_paths_on_a_narrow_terminal_and_as_they_are(
    renai: Program, tmp_path: Path
) -> None:
    cache = tmp_path / f"[bold]{'long' * 20}"
    terminal = renai.on_terminal("doctor", "--cache-dir", cache, columns=60)
    terminal.expect(pexpect.EOF)
    plain = re.sub(r"\x1b\[[\d;]*m|\s", "", terminal.before)
    assert f"{cache}:canbewritten" in plain


def test_doctor_finds_a_cache_that_cannot_be_written(renai: Program, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finished = renai("doctor", "--cache-dir", tmp_path / "file")
    assert finished.code == 3
    assert "cannot be written" in " ".join(finished.out.split())


def test_help_and_version(renai: Program) -> None:
    assert renai("--version").out == f"renai {__version__}\n"
    shown = renai("--help")
    assert shown.code == 0
    assert "Usage: renai" in shown.out
    for command in ("process", "undo", "history", "cache", "doctor"):
        assert command in shown.out
        assert renai(command, "--help").code == 0
    assert "--update-metadata" in renai("process", "--help").out
