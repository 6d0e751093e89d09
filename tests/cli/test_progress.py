"""What a person sees while a run works: how far it is, how long it will take, what takes long."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

import endpoint as wire
from books import make_books, make_scan
from endpoint import Endpoint
from program import Program
from renai.cli.progress import Shown, _drawn, of_files
from renai.cli.terminal import remarks
from renai.file_job import FileJob, ScanResult
from renai.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator

PAID = ("--provider", "custom", "--yes")


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def job() -> FileJob:
    path = Path("/b/one.pdf")
    return FileJob(str(path), path.parent, "document", Path(__file__).stat(), file_hash="0" * 64)


def test_files_are_counted_once_it_is_known_how_many_there_are(clock: Clock) -> None:
    survey, pace = ScanResult(), Pace(clock)
    assert of_files(survey, pace) == Shown(None, 0, "looking for files", "", "")
    survey.jobs += [job(), job(), job()]
    survey.jobs[0].file_hash = ""
    clock.now += 4
    assert of_files(survey, pace) == Shown(2, 3, "2/3 files hashed", "4 s so far", "")


def test_only_what_a_model_was_asked_about_counts_as_asked(clock: Clock) -> None:
    survey, pace = ScanResult(), Pace(clock)
    survey.jobs += [job(), job(), job()]
    survey.jobs[0].read = True
    assert of_files(survey, pace).details == "1 read"
    survey.jobs[1].read = survey.jobs[1].asked = True
    survey.jobs[2].problem = ("fail", "status 500")
    shown = of_files(survey, pace, "m is loading")
    assert shown.details == "2 read, 1 asked, 1 failed · m is loading"
    assert shown.what == "1/3 files"


def test_the_time_left_is_told_from_the_first_file_on_and_runs_down(clock: Clock) -> None:
    pace = Pace(clock)
    assert pace.left(5, 8) is None, "what was done before tells nothing"
    clock.now += 20
    assert pace.left(5, 8) is None
    assert pace.left(6, 8) == 40
    clock.now += 15
    assert pace.left(6, 8) == 25
    clock.now += 15
    assert pace.left(6, 8) == 20, "the last file will take its time as well"
    clock.now += 10
    assert pace.left(7, 8) == 30
    assert pace.left(8, 8) == 0


def test_a_long_wait_tells_that_the_rest_takes_longer_than_the_first(clock: Clock) -> None:
    pace = Pace(clock)
    pace.left(0, 3)
    clock.now += 0.125
    assert pace.words(1, 3) == "nearly done"
    clock.now += 58.125
    assert pace.left(1, 3) == 58
    assert pace.words(1, 3) == "58 s left"


def test_no_time_is_left_in_the_end(clock: Clock) -> None:
    survey, pace = ScanResult(), Pace(clock)
    survey.jobs += [job()]
    of_files(survey, pace)
    clock.now += 1
    survey.jobs[0].problem = ("skip", "is empty (0 bytes)")
    assert of_files(survey, pace).time == "nearly done"


@pytest.fixture
def consoles() -> Iterator[None]:
    remarks.cache_clear()
    yield
    remarks.cache_clear()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.usefixtures("consoles")
def test_it_is_two_lines_on_any_terminal(width: int) -> None:
    details = "9,000 cached, 900 read, 100 asked · OCR of a book with a long name.pdf, 34 s so far"
    shown = Shown(9_900, 10_000, "9,900/10,000 files", "3.5 min left", details)
    console = remarks()
    console.width = width
    lines = console.render_lines(_drawn(shown, width), pad=False)
    texts = ["".join(segment.text for segment in line) for line in lines]
    assert len(texts) == 2
    assert all(len(text) <= width for text in texts)
    assert ("3.5 min left" in texts[0]) is (width > 20)
    assert ("━" in texts[0] or "-" in texts[0]) is (width > 40)


def test_a_sign_of_life_comes_before_all_else_and_is_gone(renai: Program, books: Path) -> None:
    terminal = renai.on_terminal(books, "--quiet", "--dry-run")
    terminal.expect(pexpect.EOF)
    assert terminal.before.startswith("looking for files\r\x1b[K")
    wrong = renai.on_terminal(books, "--template", "{no}")
    wrong.expect(pexpect.EOF)
    assert wrong.before.startswith("looking for files\r\x1b[K[ERROR] ")
    assert not renai(books, "--quiet", "--dry-run").err


def test_a_model_that_is_slow_to_answer_is_named(renai: Program, books: Path) -> None:
    seen = threading.Event()
    with Endpoint(always=wire.held_until(seen.is_set)) as endpoint:
        renai.environment["CUSTOM_API_BASE_URL"] = endpoint.url
        terminal = renai.on_terminal(books, *PAID)
        terminal.expect(r"3 read")
        terminal.expect(r"first-model has not answered for \d+ s")
        seen.set()
        terminal.expect(r"3 renamed")


def test_a_wait_that_was_asked_for_is_shown(tmp_path: Path, books: Path) -> None:
    with Endpoint(wire.fails(429, "slow down"), always=wire.fails(503, "Loading model")) as server:
        renai = Program(tmp_path, server.url)
        terminal = renai.on_terminal(books, *PAID, "--concurrency", "1")
        terminal.expect(r"first-model is loading, \d+ s so far")
        terminal.sendintr()
        terminal.expect(pexpect.EOF)


@pytest.mark.xdist_group("ocr")
def test_ocr_is_named_with_the_file_it_reads(renai: Program, tmp_path: Path) -> None:
    make_scan(tmp_path / "scans" / "scan1.pdf", ["The Salt Road", "by Ilse Marwood"])
    terminal = renai.on_terminal(tmp_path / "scans", "--dry-run")
    terminal.expect(r"OCR of scan1\.pdf, page 1, \d+ s so far")
    terminal.expect(pexpect.EOF)


def test_a_small_run_shows_the_time_left(tmp_path: Path, books: Path) -> None:
    released = threading.Semaphore(1)
    held = wire.held_until(lambda: released.acquire(blocking=False))
    with Endpoint(always=held) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        terminal = renai.on_terminal(books, *PAID, "--concurrency", "1")
        terminal.expect(r"1/3 files · \d+ s left")
        for _ in range(2):
            released.release()
        terminal.expect(r"3 renamed")


def test_what_offline_reads_is_not_called_asked(renai: Program, books: Path) -> None:
    make_books(books, 40)
    renai.environment["PAGER"] = "cat"
    terminal = renai.on_terminal(books, "--dry-run")
    terminal.expect(r"\d+ read")
    terminal.expect(pexpect.EOF)
    assert not re.search(r"\d+ asked", terminal.before)
