"""What is counted lasts: over processes, kills and failing disks."""

import logging
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from renai.errors import StoreError
from renai.usage.cost import Cost
from renai.usage.counters import Account, Effort, Tally
from renai.usage.database import LedgerFile, read_history
from waiting import LIMIT, until

ACCOUNT = Account("metadata", "custom", "a-model")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def hits(times: int = 1, *, money: float | None = 0.5) -> Tally:
    saved = Effort()
    for _ in range(times):
        saved.add(Cost(1.0, 1, 100, 10, money), size=1000)
    return Tally(Counter(hit=times), saved=saved)


def test_a_tally_is_read_back_as_it_was(path: Path) -> None:
    spent = Effort(1, 2, 3, 4, 5.5, 6.5, 7)
    tally = Tally(Counter(hit=1, shared=2, missing=3, stale=4, damaged=5, refresh=6), spent)
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: tally})
    ledger.flush()
    (read,) = LedgerFile(path).read()
    assert read == (date.today(), ACCOUNT, tally)


def test_additions_add_up_by_account(path: Path) -> None:
    other = Account("text", "pdf")
    for _ in range(3):  # as three runs would
        ledger = LedgerFile(path)
        ledger.add({ACCOUNT: hits(2), other: hits()})
        ledger.flush()
    tallies = {account: tally for _, account, tally in LedgerFile(path).read()}
    assert (tallies[ACCOUNT].hits, tallies[other].hits) == (6, 3)
    assert (tallies[ACCOUNT].saved.money, tallies[ACCOUNT].saved.tokens) == (3.0, 660)


def test_an_unknown_price_is_counted_and_is_no_zero(path: Path) -> None:
    saved = hits(2, money=None).saved
    assert (saved.money, saved.unpriced) == (0.0, 2)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"money": None},
        {"calls": 0, "money": None},
        {"money": float("nan")},
        {"calls": "1"},
        {"calls": float("nan")},
        {"money": 1e308},
        {"prompt_tokens": 10**400},
        {"completion_tokens": -1},
    ],
)
def test_costs_in_headers_add_up_as_one_by_one(odd: dict[str, object]) -> None:
    cost = {"seconds": 1.5, "calls": 1, "prompt_tokens": 9, "completion_tokens": 2, "money": 0.25}
    for costs in ([cost, cost | odd, cost], [cost, odd], [odd, None, cost, "free"], []):
        together, one_by_one = Effort(), Effort()
        together.add_stored(costs)
        for each in costs:
            one_by_one.add(Cost.from_json(each))
        assert together == one_by_one


def test_a_sum_that_no_file_could_hold_costs_no_other(path: Path) -> None:
    tally = hits(2)
    tally.saved.prompt_tokens = 10**30
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: tally})
    ledger.flush()
    (read,) = ledger.read()
    assert (read.tally.hits, read.tally.saved.prompt_tokens) == (2, 0)


@pytest.mark.parametrize("damage", ["day = 'x'", "hit = 'x'", "spent_money = 9e999"])
def test_a_file_that_says_nonsense_is_damaged_and_averages_do_without(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: hits()})
    ledger.flush()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE tallies SET {damage}")
    with pytest.raises(StoreError, match="move it away to begin a new one"):
        ledger.read()
    assert read_history(path.parent) == []
    assert str(path) in caplog.text


def test_only_what_was_counted_since_a_day_is_read(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: hits()})
    ledger.flush()
    assert len(ledger.read(date.today())) == 1
    assert ledger.read(date.today() + timedelta(days=1)) == []


def test_without_a_file_nothing_was_counted_and_none_is_made(path: Path) -> None:
    assert LedgerFile(path).read() == []
    assert not path.exists()


def test_the_file_is_private(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: hits()})
    ledger.flush()
    assert path.stat().st_mode & 0o077 == 0


_WRITER = """
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from renai.usage.counters import Account, Tally
from renai.usage.database import LedgerFile, read_history
ledger = LedgerFile(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    ledger.add({Account("metadata", "p", "m"): Tally(Counter(hit=1))})
    if sys.argv[3] == "flush":
        ledger.flush()
print("done", flush=True)
if sys.argv[3] == "hang":
    sys.stdin.read()
"""


def start(path: Path, times: int, how: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(times), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def count(path: Path) -> int:
    return sum(tally.hits for _, _, tally in LedgerFile(path).read())


def test_eight_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    writers = [start(path, 50, "flush") for _ in range(8)]
    for writer in writers:
        writer.communicate(timeout=LIMIT)
    assert [writer.returncode for writer in writers] == [0] * 8
    assert count(path) == 8 * 50


def test_what_nobody_flushed_is_written_when_the_program_ends(path: Path) -> None:
    start(path, 7).communicate(timeout=LIMIT)
    assert count(path) == 7


def test_a_kill_loses_at_most_what_came_last(path: Path) -> None:
    writer = start(path, 100, "hang")
    assert writer.stdout is not None
    writer.stdout.readline()
    until(lambda: path.exists() and count(path) == 100)
    writer.kill()
    writer.communicate()
    assert count(path) == 100


def test_a_fork_counts_nothing_twice(path: Path) -> None:
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: hits(5)})
    child = os.fork()
    if child == 0:
        ledger.flush()
        os._exit(0)
    os.waitpid(child, 0)
    ledger.flush()
    assert count(path) == 5


def test_a_ledger_that_cannot_be_written_is_one_warning(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"no database" * 1000)
    ledger = LedgerFile(path)
    for _ in range(3):
        ledger.add({ACCOUNT: hits()})
        ledger.flush()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    path.unlink()  # as a person would
    ledger.flush()
    assert count(path) == 3


def test_no_number_spoils_a_sum(path: Path) -> None:
    assert Cost.from_json({"seconds": float("nan")}) is None
    assert Cost.from_json({"seconds": "1"}) is None
    assert Cost.from_json({"unheard": 1}) is None
    assert Cost.from_json(None) is None
    ledger = LedgerFile(path)
    ledger.add({ACCOUNT: Tally(saved=Effort(seconds=float("inf"), calls=1))})
    ledger.flush()
    ((_, _, tally),) = ledger.read()
    assert (tally.saved.seconds, tally.saved.calls) == (0, 1)
