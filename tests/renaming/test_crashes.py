"""Runs killed at any instant, and runs side by side: no file is ever lost or overwritten.

The victim is a process of its own that is killed with SIGKILL, while it renames, while it mends or
while it takes renames back. Then the disk must hold every content it held before, and `recover` and
`undo` must bring back every name. Deaths at each single call are in `test_kills.py`.
"""

import hashlib
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from fence import fenced
from forks import exit_code, fork
from jobs import job_to_rename
from program import run_python
from renai.errors import JournalError
from renai.file_job import FileJob
from renai.renaming.execute import execute
from renai.renaming.history import history
from renai.renaming.recovery import recover
from renai.renaming.undo import undo
from renaming.deaths import names
from surroundings import unharmed
from waiting import LIMIT

VICTIM = """
import sys
from pathlib import Path
from renai.file_job import Companion, Decision, FileJob
from renai.keys.digest import get_file_hash
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.renaming.undo import undo

what, books, state = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def to(old, new, folder="."):
    path, target = books / f"{old}.pdf", books / folder / f"{new}.pdf"
    sidecar = Companion(path.with_suffix(".jpg"), target.with_suffix(".jpg"))
    decision = Decision("rename", "", target, (sidecar,), str(new))
    stat, file_hash = path.stat(), get_file_hash(path)
    return FileJob(str(path), books, "document", stat, file_hash, decision=decision)

def plan():
    for i in range(0, 30, 6):
        yield to(i, f"plain {i}")
        yield to(i + 1, f"moved {i}", "Science")
        yield to(i + 2, i + 3)
        yield to(i + 3, i + 4)
        yield to(i + 4, i + 2)
        yield to(i + 5, "wanted by all")

jobs = list(plan()) if what == "execute" else []
print("ready", flush=True)
sys.stdin.readline()
if what == "execute":
    execute(jobs, state)
elif what == "recover":
    recover(state)
else:
    undo(state)
print("done", flush=True)
"""


def fill(books: Path) -> None:
    for i in range(30):
        (books / f"{i}.pdf").write_text(f"document {i}")
        (books / f"{i}.jpg").write_text(f"cover {i}")


def contents(books: Path) -> Counter[str]:
    return Counter(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in books.rglob("*") if path.is_file()
    )


def start(what: str, books: Path, state: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", VICTIM, what, str(books), str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def await_plan(victim: subprocess.Popen[str]) -> None:
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"


def let_go(victim: subprocess.Popen[str]) -> None:
    assert victim.stdin is not None
    victim.stdin.write("go\n")
    victim.stdin.flush()


def kill_within(victim: subprocess.Popen[str], seconds: float) -> None:
    await_plan(victim)
    let_go(victim)
    time.sleep(seconds)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()


def survive(folder: Path, seed: int) -> None:
    """One life: killed while renaming, mending and undoing; then all is back.

    No journal may lead recovery or undo out of the life's folder.
    """
    chance = random.Random(seed)
    books, state = folder / "shelf" / "books", folder / "home" / "state"
    books.mkdir(parents=True)
    fill(books)
    before, held = names(books), contents(books)
    with unharmed(folder, books, state):
        for what in ("execute", "recover"):
            kill_within(start(what, books, state), chance.uniform(0, 0.03))
            assert contents(books) == held
        with fenced(folder):
            recover(state)
        assert contents(books) == held
        assert not any(name.startswith(".renai") for name in names(books))
        assert_groups_are_whole(books)
        kill_within(start("undo", books, state), chance.uniform(0, 0.03))
        assert contents(books) == held
        with fenced(folder):
            recover(state)
        assert contents(books) == held
        with fenced(folder):
            while undo(state).files:
                pass
        assert names(books) == before
        assert not (books / "Science").exists()
        assert recover(state) == []


def assert_groups_are_whole(books: Path) -> None:
    found = names(books)
    for name, content in found.items():
        if name.endswith(".pdf"):
            cover = found[name.removesuffix(".pdf") + ".jpg"]
            assert cover.removeprefix("cover ") == content.removeprefix("document ")


@pytest.mark.parametrize("life", range(10))
def test_killed_at_any_instant(tmp_path: Path, life: int) -> None:
    survive(tmp_path, life)


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 270, 34))
def test_killed_at_any_of_five_hundred_instants(tmp_path: Path, first: int) -> None:
    for life in range(first, first + 34):
        folder = tmp_path / str(life)
        folder.mkdir()
        survive(folder, life)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(15))
def test_death_at_each_rename_then_at_each_of_the_recovery(
    tmp_path: Path, call: int, after: bool
) -> None:
    """Each life is lived in a small process, since each death in it is a fork of that."""
    arguments = (str(tmp_path), call, after)
    done = run_python(f"from renaming.deaths import die_and_die_again as die; die(*{arguments!r})")
    assert done.code == 0, done.err


def test_two_processes_that_want_the_same_names_lose_nothing(books: Path, state: Path) -> None:
    fill(books)
    held = contents(books)
    victims = [start("execute", books, state) for _ in range(3)]
    for step in (await_plan, let_go):
        for victim in victims:
            step(victim)
    for victim in victims:
        assert "done" in victim.communicate(timeout=LIMIT)[0]
    assert contents(books) == held
    assert not any(name.startswith(".renai") for name in names(books))
    assert [run.state for run in history(state)] == ["done"] * 3


def test_a_run_under_way_is_neither_recovered_nor_undone(books: Path, state: Path) -> None:
    fill(books)

    def is_left_alone() -> bool:
        with pytest.raises(JournalError, match="under way"):
            undo(state)
        return recover(state) == []

    def meanwhile(_: FileJob) -> None:
        assert exit_code(fork(is_left_alone)) == 0  # another process: it holds no lock of ours

    execute([job_to_rename(books / "0.pdf", books / "x.pdf")], state, on_step=meanwhile)
    assert (books / "x.pdf").exists()
