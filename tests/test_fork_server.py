"""A run that is a fork of a server does what a run does that starts Python anew."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from books import make_books
from fork_server import ForkServer, to_heed_signals
from program import Program
from waiting import LIMIT, unless_it_hangs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def renai(tmp_path: Path) -> Program:
    make_books(tmp_path / "books", 2)
    return Program(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One whose own environment no run may see."""
    names = ("PATH", "PYTHONPATH", "HOME")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    server = ForkServer({**kept, "RENAI_PROVIDER": "of-the-server"})
    yield server
    server.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("books", "--dry-run", "--yes", "--json"),
        ("books", "--no-such-option"),
        ("cache", "verify"),
        ("cache", "prune", "--older-than", "soon"),
        ("undo",),
    ],
    ids=" ".join,
)
def test_it_says_and_returns_what_a_process_does_that_starts_anew(
    renai: Program, server: ForkServer, arguments: tuple[str, ...]
) -> None:
    renai("books", "--dry-run")  # so that both are answered from the cache
    started = renai.start(*arguments)
    out, err = started.communicate(timeout=LIMIT)
    forked = server.run(arguments, str(renai.home), renai.environment, LIMIT)
    assert timeless(forked[1]) == timeless(out)
    assert (forked[0], forked[2]) == (started.returncode, err)


def timeless(out: str) -> object:
    """What was written, but for how long it took."""
    try:
        shown = json.loads(out)
    except ValueError:
        return re.sub(r"\b[0-9.]+ s\b", "… s", out)
    shown["summary"].pop("seconds", None)
    return shown


def test_no_run_has_the_environment_of_another_or_of_the_server(
    renai: Program, server: ForkServer
) -> None:
    home = str(renai.home)
    odd = renai.environment | {"RENAI_PROVIDER": "of-one-run"}
    code, _, err = server.run(["books"], home, odd, LIMIT)
    assert (code, "RENAI_PROVIDER" in err) == (3, True)
    assert server.run(["books", "--dry-run"], home, renai.environment, LIMIT)[0] == 0


PROGRAM = """
import os, sys
from kept import WORD
print(__name__, sys.argv, sorted(name for name in globals() if not name.startswith("__")))
print(WORD, os.environ["WORD"], os.path.realpath(os.curdir), file=sys.stderr)
try:
    sys.exit("no")
finally:
    del WORD
"""


def test_so_does_a_program_of_python(server: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text("WORD = 'salt'")
    command = [sys.executable, "-c", PROGRAM]
    environment = {"PATH": os.environ["PATH"], "WORD": "smoke"}
    started = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert started.returncode == 1, started.stderr
    forked = server.run(command[1:], str(tmp_path), environment, LIMIT)
    assert forked == (started.returncode, started.stdout, started.stderr)


def test_runs_side_by_side_are_told_apart(renai: Program, server: ForkServer) -> None:
    words = [["--version"], ["--no-such-option"], ["history"]] * 3
    codes: dict[int, int] = {}

    def run(number: int) -> None:
        home = str(renai.home)
        codes[number] = server.run(words[number], home, renai.environment, LIMIT)[0]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(words))]
    for step in (threading.Thread.start, threading.Thread.join):
        for thread in threads:
            step(thread)
    assert [codes[number] for number in range(len(words))] == [0, 2, 0] * 3


def test_a_run_that_hangs_is_killed(renai: Program, server: ForkServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        environment = renai.environment | {"CUSTOM_API_BASE_URL": url}
        words = ["books", "--provider", "custom", "--yes"]
        with pytest.raises(TimeoutError):
            server.run(words, str(renai.home), environment, 0.1)
        assert unless_it_hangs(
            lambda: server.run(["undo"], str(renai.home), renai.environment, LIMIT)
        )


def test_a_child_heeds_what_the_tests_may_have_been_started_to_ignore() -> None:
    code = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_DFL)"
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            preexec_fn=to_heed_signals(),
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.stdout == "True\n"
