"""SIGTERM and SIGHUP end a run as Ctrl-C does: what was done is kept, counted and logged."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import endpoint as wire
from books import make_books
from endpoint import Endpoint
from fork_server import to_heed_signals
from program import Program
from waiting import LIMIT, unless_it_hangs

if TYPE_CHECKING:
    from pathlib import Path

PAID = ("--provider", "custom", "--yes", "--concurrency", "2")
BOTH = [signal.SIGTERM, signal.SIGHUP]


def told_to_end(
    process: subprocess.Popen[str], number: signal.Signals, after: str, *before: signal.Signals
) -> tuple[int, str]:
    """Send signals once a line was printed; return the exit code and the lines that followed."""
    lines = process.stderr
    assert lines is not None
    assert unless_it_hangs(lambda: any(after in line for line in lines))
    for each in (*before, number):
        process.send_signal(each)
    _, err = process.communicate(timeout=LIMIT)
    assert "Traceback" not in err
    return process.returncode, err


@pytest.mark.parametrize("number", BOTH)
def test_a_signal_during_calls(tmp_path: Path, books: Path, number: signal.Signals) -> None:
    make_books(books, 12)
    ended = threading.Event()
    held = wire.held_until(ended.is_set)
    with Endpoint(wire.answer, wire.answer, always=held) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        code, err = told_to_end(renai.start(books, *PAID), number, "Cached metadata for")
        ended.set()
        assert code == 130
        assert "[ERROR] Interrupted. What was done so far is kept." in err
        kept = len(renai.entries("metadata"))
        assert kept >= 1
        (log,) = renai.cache.rglob("*.jsonl")
        outcomes = [json.loads(line)["outcome"] for line in log.read_text().splitlines()]
        assert outcomes.count("answered") >= kept
        assert "interrupted" in outcomes
        spent = renai("cache", "stats", "--json").json
        assert str(len(outcomes)) in json.dumps(spent)
        assert renai(books, *PAID).code == 0


@pytest.mark.parametrize("number", BOTH)
def test_a_job_in_the_background_ends_as_well(
    tmp_path: Path, books: Path, number: signal.Signals
) -> None:
    """Shells start them with Ctrl-C ignored."""
    ended = threading.Event()
    with Endpoint(always=wire.held_until(ended.is_set)) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        process = started(renai, "trap '' INT; exec", books)
        code, err = told_to_end(process, number, "need custom:first-model", signal.SIGINT)
        ended.set()
    assert (code, "Interrupted" in err) == (130, True)


def test_what_nohup_ignores_stays_ignored(tmp_path: Path, books: Path) -> None:
    with Endpoint() as endpoint:
        renai = Program(tmp_path, endpoint.url)
        process = started(renai, "trap '' HUP; exec", books)
        assert told_to_end(process, signal.SIGHUP, "need custom:first-model")[0] == 0


def test_a_terminal_that_is_closed_ends_the_run(tmp_path: Path, books: Path) -> None:
    make_books(books, 12)
    ended = threading.Event()
    held = wire.held_until(ended.is_set)
    with Endpoint(wire.answer, wire.answer, always=held) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        terminal = renai.on_terminal(books, *PAID)
        terminal.expect(r"Cached metadata for scan\d+\.pdf")
        terminal.ptyproc.fileobj.close()
        code = unless_it_hangs(terminal.ptyproc.wait)
        ended.set()
        assert code == 130
        assert len(renai.entries("metadata")) >= 1


def started(renai: Program, before: str, books: Path) -> subprocess.Popen[str]:
    """Begin a run from a shell that changes what is ignored."""
    words = shlex.join([sys.executable, "-m", "renai", str(books), *PAID])
    return subprocess.Popen(
        ["/bin/sh", "-c", f"{before} {words}"],
        cwd=renai.home,
        env=renai.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=to_heed_signals(),
    )
