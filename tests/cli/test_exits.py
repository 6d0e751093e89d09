"""What scripts see of runs that cannot go well: the exit code, and one line that says why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from books import make_books
from endpoint import Endpoint, Reply, answer, declined, fails
from program import KEY, Program

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Call

PAID = ("--provider", "custom", "--yes")
PRESSING = """
import importlib.machinery, os, signal, sys

class Presses(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != {module!r}:
            return None
        spec = super().find_spec(name, path, target)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            os.kill(os.getpid(), signal.SIGINT)

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Presses)
"""
"""Presses Ctrl-C in a program that starts, as soon as it has imported a module."""


def errors(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("[ERROR] ")]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 2, "no such file or folder: 'nowhere'"),
        (["books", "nowhere"], 2, "no such file or folder: 'nowhere'"),
        (["books", "--provider", "nobody"], 2, "--provider: input should be 'offline'"),
        (
            ["books", "--concurrency", "0"],
            2,
            "--concurrency: input should be greater than or equal to 1",
        ),
        (["books", "--min-confidence", "7"], 2, "--min-confidence: "),
        (["books", "--template", "{nope}"], 2, "--template: template '{nope}': no field 'nope'"),
        (["books", "--fallback-mode", "maybe"], 2, "--fallback-mode: input should be 'ocr'"),
        (["books", "--provider", "openai", "--yes"], 3, "OPENAI_API_KEY"),
        (["books", "--model", "other"], 3, "heuristics-1"),
        (["books", "--cache-dir", "books/scan0.pdf/x"], 3, "cannot be written"),
        (["books", "--cache-url", "redis2://user:secret@host"], 3, "no store for redis2://"),
        (["undo", "12"], 2, "there is no run 12"),
        (["cache", "explain", "nowhere"], 2, "no such file: 'nowhere'"),
        (["cache", "explain", "books"], 2, "no such file: 'books'"),
        (["cache", "import", "books"], 2, "books cannot be read: it is no regular file"),
        (["cache", "stats", "--cache-dir", "x" * 300], 3, "cannot be used: File name too long"),
    ],
)
def test_one_line_says_why(
    renai: Program,
    endpoint: Endpoint,
    books: Path,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    before = sorted(books.iterdir())
    finished = renai(*arguments)
    (line,) = errors(finished.err)
    assert words in line
    assert "secret" not in finished.err
    assert finished.code == code
    assert finished.out == ""
    assert not endpoint.calls
    assert sorted(books.iterdir()) == before


def test_an_unknown_flag(renai: Program, books: Path) -> None:
    finished = renai(books, "--colour")
    assert finished.code == 2
    assert "No such option: --colour" in finished.err


def test_an_unknown_setting_is_named_with_its_file(renai: Program, books: Path) -> None:
    renai.configure('colour = "red"')
    finished = renai(books)
    assert finished.code == 3
    assert errors(finished.err) == [f"[ERROR] colour in {renai.config}: there is no such setting"]


def test_a_provider_that_lacks_everything_names_what_to_set(renai: Program, books: Path) -> None:
    finished = renai(books, "--provider", "custom", CUSTOM_API_BASE_URL="", CUSTOM_MODEL="")
    assert finished.code == 3
    assert "set CUSTOM_API_BASE_URL and CUSTOM_MODEL (or --model)." in finished.err


@pytest.mark.parametrize(
    "words", ["{books} --dry-run", "{books} --dry-run --json", "--version", "--help", "undo --help"]
)
def test_an_output_that_cannot_be_written(renai: Program, books: Path, words: str) -> None:
    command = f"{sys.executable} -m renai {words.format(books=books)} > /dev/full"
    terminal = renai.on_terminal(command=command)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
    assert "Traceback" not in terminal.before
    assert "Exception ignored" not in terminal.before
    assert "[ERROR] the output cannot be written: No space left on device" in terminal.before


def test_a_reader_who_left_is_told_nothing(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(command=f"{sys.executable} -m renai {books} --dry-run | true")
    terminal.expect(pexpect.EOF)
    assert "[ERROR]" not in terminal.before
    assert "Traceback" not in terminal.before


@pytest.mark.parametrize("module", ["typer._click.core", "renai.cli.process"])
def test_ctrl_c_while_it_imports(renai: Program, books: Path, tmp_path: Path, module: str) -> None:
    folder = tmp_path / "pressing"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PRESSING.format(module=module))
    finished = renai(books, PYTHONPATH=str(folder))
    assert finished.code == 130
    assert "Traceback" not in finished.err
    assert "[" not in finished.err


def test_a_symbolic_link_that_is_named(renai: Program, books: Path) -> None:
    (books / "link.pdf").symlink_to("scan0.pdf")
    finished = renai(books / "link.pdf", "--yes")
    assert finished.code == 0
    assert "Skipped link.pdf: is a symbolic link; name the file it leads to" in finished.out
    assert "1 file: 0 to rename, 0 kept, 1 skipped" in finished.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written(renai: Program, books: Path) -> None:
    renai.cache.mkdir()
    renai.cache.chmod(0o500)
    finished = renai(books)
    assert finished.code == 3
    assert str(renai.cache) in finished.err


def test_a_folder_that_holds_other_things_is_not_tagged_as_a_cache(
    renai: Program, books: Path, tmp_path: Path
) -> None:
    """Back-ups would leave its other things out."""
    used = tmp_path / "used"
    used.mkdir()
    (used / "diary.txt").write_text("private")
    assert renai(books, "--cache-dir", used).code == 0
    assert not (used / "CACHEDIR.TAG").exists()
    assert renai(books).code == 0
    assert (renai.cache / "CACHEDIR.TAG").exists()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_the_run_at_once(tmp_path: Path, status: int) -> None:
    make_books(tmp_path / "books", 30)
    with Endpoint(always=fails(status, f"Incorrect API key provided: {KEY}")) as endpoint:
        finished = Program(tmp_path, endpoint.url)(tmp_path / "books", *PAID)
        assert finished.code == 3
        (line,) = errors(finished.err)
        assert "CUSTOM_API_KEY" in line
        assert len(endpoint.calls) <= 8


def test_an_address_without_an_endpoint_ends_the_run_after_one_request(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 5)
    with Endpoint(always=lambda _: Reply(body=b"<html><title>My UI</title></html>")) as endpoint:
        finished = Program(tmp_path, endpoint.url)(tmp_path / "books", *PAID)
        assert finished.code == 3
        (line,) = errors(finished.err)
        assert "My UI" in line
        assert "base URL" in line
        assert len(endpoint.calls) == 1


def test_what_was_answered_before_a_key_is_refused_is_kept(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 6)
    with Endpoint(answer, answer, fails(401)) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        assert renai(tmp_path / "books", *PAID, "--concurrency", "1").code == 3
        assert len(endpoint.calls) == 3
        again = renai(tmp_path / "books", *PAID)
        assert again.code == 0
        assert len(endpoint.calls) == 3 + 4


def test_a_row_of_failures_ends_the_run(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 30)
    with Endpoint(answer, always=fails(400, "no such model")) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        finished = renai(tmp_path / "books", *PAID, "--json", "--concurrency", "2")
        assert finished.code == 1
        assert len(endpoint.calls) < 40
        (line,) = errors(finished.err)
        assert "10 calls in a row failed" in line
        summary = finished.json["summary"]
        assert summary["renamed"] == 1
        assert summary["failed"] >= 10
        assert summary["renamed"] + summary["failed"] + summary["skipped"] == 30


def test_one_failing_file_fails_alone(tmp_path: Path) -> None:
    def one_fails(call: Call) -> Reply:
        return (declined if "Harbour Tales 1" in call.document else answer)(call)

    make_books(tmp_path / "books", 4)
    with Endpoint(always=one_fails) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        finished = renai(tmp_path / "books", *PAID)
        assert finished.code == 1
        assert "Failed scan1.pdf: custom:first-model declined to answer." in finished.out
        assert "4 files: 3 renamed, 0 kept, 0 skipped, 1 failed." in finished.out
        assert len(renai.entries("metadata")) == 3
        assert (tmp_path / "books" / "scan1.pdf").exists()
        before = len(endpoint.calls)
        assert renai(tmp_path / "books", *PAID).code == 1
        assert len(endpoint.calls) == before + 1


def test_what_cannot_be_read_is_skipped(renai: Program, books: Path) -> None:
    (books / "empty.pdf").touch()
    (books / "damaged.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (books / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    finished = renai(books, *PAID)
    assert finished.code == 0
    assert "Skipped empty.pdf: is empty (0 bytes)" in finished.out
    assert "Skipped damaged.pdf: " in finished.out
    assert "6 files: 3 renamed, 0 kept, 3 skipped, 0 failed." in finished.out
    assert "Images among the skipped: 1." in finished.out


def test_no_key_comes_back_in_an_error(tmp_path: Path, books: Path) -> None:
    """`Program` looks for the key in everything that is printed."""
    may_pass, lasts = (
        fails(status, f"key {KEY} is strange", headers={"x-key": KEY}) for status in (500, 400)
    )
    with Endpoint(may_pass, always=lasts) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        finished = renai(books / "scan0.pdf", *PAID, "--verbose", RENAI_TEXT_LIMIT="10")
        assert finished.code == 1
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]
