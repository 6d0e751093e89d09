"""Which log lines are shown: into a pipe all, on a terminal those of runs with few files."""

from __future__ import annotations

import io
import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pexpect
import pytest

from books import make_books
from renai.cli import logs
from renai.cli.logs import MOST_FILES, in_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

MODE = "[INFO] Using TEXT/OCR mode - extracting text"
CACHED = "[INFO] Cached metadata for scan{}.pdf (provider: offline, model: heuristics-1)"
DETAIL = "[INFO] Cached standard metadata for scan1.pdf"


@pytest.fixture
def library(renai: Program) -> Path:
    make_books(renai.home / "large", MOST_FILES + 1)
    return renai.home / "large"


def screen(renai: Program, *words: object) -> str:
    terminal = renai.on_terminal(*words, "--dry-run", columns=200)
    terminal.expect(pexpect.EOF)
    return terminal.before or ""


def test_a_terminal_shows_them_in_small_runs(renai: Program, books: Path) -> None:
    shown = screen(renai, books)
    assert shown.index(MODE) < shown.index(CACHED.format(1)) < shown.index("3 files:")
    assert DETAIL not in shown


def test_a_run_of_exactly_so_many_files_is_small(renai: Program, library: Path) -> None:
    (library / "scan0.pdf").unlink()
    renai.environment["PAGER"] = "cat"
    assert screen(renai, library).count("[INFO] Cached metadata") == MOST_FILES


def test_in_larger_runs_the_bar_counts_instead(renai: Program, library: Path) -> None:
    renai.environment["PAGER"] = "cat"
    assert "[INFO]" not in screen(renai, library)


def test_verbose_shows_all_and_details(renai: Program, library: Path) -> None:
    renai.environment["PAGER"] = "cat"
    shown = screen(renai, library, "--verbose")
    assert MODE in shown
    assert DETAIL in shown
    assert shown.count("[INFO] Cached metadata") == MOST_FILES + 1


def test_quiet_shows_none_but_warnings(renai: Program, books: Path) -> None:
    locked = books / "locked"
    locked.mkdir(mode=0o000)
    try:
        shown = screen(renai, books, "--quiet")
        finished = renai(books, "--quiet", "--dry-run")
    finally:
        locked.chmod(0o700)
    assert "[INFO]" not in shown + finished.err
    assert "3 files:" in shown


def test_a_pipe_gets_them_always(renai: Program, library: Path) -> None:
    finished = renai(library, "--dry-run")
    assert finished.logs[0] == MODE
    expected = {CACHED.format(n) for n in range(MOST_FILES + 1)}
    assert set(finished.logs[1:]) == expected


def test_quiet_and_verbose_exclude_each_other(renai: Program, books: Path) -> None:
    finished = renai(books, "--quiet", "--verbose")
    assert finished.code == 2
    assert "--quiet" in finished.err


def test_in_a_block_lines_wait_and_after_it_they_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "log"
    with written.open("w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with suppress(OSError), in_blocks():
            stream.write("first\n")
            assert not written.read_text()
            raise OSError("the run ends")
        assert written.read_text() == "first\n"
        stream.write("second\n")
        assert written.read_text() == "first\nsecond\n"


def test_in_a_block_lines_wait_also_where_python_buffers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "log"
    with io.TextIOWrapper(io.FileIO(written, "w"), write_through=True) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with in_blocks():
            stream.write("first\n")
            assert not written.read_text()
        assert written.read_text() == "first\n"
        stream.write("second")
        assert written.read_text() == "first\nsecond"


def test_in_a_block_warnings_do_not_wait_nor_lines_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, lines, now = tmp_path / "log", logs._Lines(), 100.0
    monkeypatch.setattr(logs, "monotonic", lambda: now)
    logger = logging.Logger("a logger of its own")
    logger.addHandler(lines)
    with written.open("w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with in_blocks():
            logger.info("first")
            logger.info("second")
            assert written.read_text() == "[INFO] first\n"
            logger.warning("a store fails")
            assert written.read_text() == "[INFO] first\n[INFO] second\n[WARNING] a store fails\n"
            logger.info("fourth")
            now += 2
            logger.info("fifth")
            assert written.read_text().endswith("[INFO] fourth\n[INFO] fifth\n")


def test_a_message_may_take_its_values_by_name() -> None:
    record = logs._record("renai", logging.INFO, "", 0, "%(a)s of %(b)s", ({"a": 1, "b": 2},), None)
    assert record.getMessage() == "1 of 2"
