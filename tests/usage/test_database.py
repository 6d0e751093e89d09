"""What is counted lasts: over processes, kills and failing disks."""

import logging
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from forks import exit_code, fork
from renai.errors import StoreError
from renai.stores.sqlite import SqliteStore
from renai.usage.cost import Cost
from renai.usage.counters import Counts, TotalCost, UsageKey
from renai.usage.database import UsageDatabase, read_history
from waiting import LIMIT, unless_it_hangs, until

KEY = UsageKey("metadata", "custom", "a-model")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def hits(times: int = 1, *, money: float | None = 0.5) -> Counts:
    saved = TotalCost()
    for _ in range(times):
        saved.add(Cost(1.0, 1, 100, 10, money), size=1000)
    return Counts(Counter(hit=times), saved=saved)


def test_what_was_counted_is_read_back_as_it_was(path: Path) -> None:
    spent = TotalCost(1, 2, 3, 4, 5.5, 6.5, 7)
    counts = Counts(Counter(hit=1, shared=2, missing=3, stale=4, damaged=5, refresh=6), spent)
    database = UsageDatabase(path)
    database.add({KEY: counts})
    database.flush()
    (read,) = UsageDatabase(path).read()
    assert read == (date.today(), KEY, counts)


def test_additions_add_up_by_account(path: Path) -> None:
    other = UsageKey("text", "pdf")
    for _ in range(3):  # as three runs would
        database = UsageDatabase(path)
        database.add({KEY: hits(2), other: hits()})
        database.flush()
    counted = {key: counts for _, key, counts in UsageDatabase(path).read()}
    assert (counted[KEY].hits, counted[other].hits) == (6, 3)
    assert (counted[KEY].saved.money, counted[KEY].saved.tokens) == (3.0, 660)


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
        together, one_by_one = TotalCost(), TotalCost()
        together.add_stored(costs)
        for each in costs:
            one_by_one.add(Cost.from_json(each))
        assert together == one_by_one


def test_a_sum_that_no_file_could_hold_costs_no_other(path: Path) -> None:
    counts = hits(2)
    counts.saved.prompt_tokens = 10**30
    database = UsageDatabase(path)
    database.add({KEY: counts})
    database.flush()
    (read,) = database.read()
    assert (read.counts.hits, read.counts.saved.prompt_tokens) == (2, 0)


@pytest.mark.parametrize("damage", ["day = 'x'", "hit = 'x'", "spent_money = 9e999"])
def test_a_file_that_says_nonsense_is_damaged_and_averages_do_without(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = UsageDatabase(path)
    database.add({KEY: hits()})
    database.flush()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE tallies SET {damage}")
    with pytest.raises(StoreError, match="move it away to begin a new one"):
        database.read()
    assert read_history(path.parent) == []
    assert str(path) in caplog.text


def test_only_what_was_counted_since_a_day_is_read(path: Path) -> None:
    database = UsageDatabase(path)
    database.add({KEY: hits()})
    database.flush()
    assert len(database.read(date.today())) == 1
    assert database.read(date.today() + timedelta(days=1)) == []


def test_without_a_file_nothing_was_counted_and_none_is_made(path: Path) -> None:
    assert UsageDatabase(path).read() == []
    assert not path.exists()


def test_the_file_is_private(path: Path) -> None:
    database = UsageDatabase(path)
    database.add({KEY: hits()})
    database.flush()
    assert path.stat().st_mode & 0o077 == 0


_WRITER = """
import sys
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from renai.usage.counters import UsageKey, Counts
from renai.usage.database import UsageDatabase, read_history
database = UsageDatabase(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    database.add({UsageKey("metadata", "p", "m"): Counts(Counter(hit=1))})
    if sys.argv[3] == "flush":
        database.flush()
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
    return sum(counts.hits for _, _, counts in UsageDatabase(path).read())


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
    database = UsageDatabase(path)
    database.add({KEY: hits(5)})

    def flushes() -> bool:
        database.flush()
        return True

    assert exit_code(fork(flushes)) == 0
    database.flush()
    assert count(path) == 5


def test_a_usage_database_that_cannot_be_written_is_one_warning(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"no database" * 1000)
    database = UsageDatabase(path)
    for _ in range(3):
        database.add({KEY: hits()})
        database.flush()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    path.unlink()  # as a person would
    database.flush()
    assert count(path) == 3


def test_no_number_spoils_a_sum(path: Path) -> None:
    assert Cost.from_json({"seconds": float("nan")}) is None
    assert Cost.from_json({"seconds": "1"}) is None
    assert Cost.from_json({"unheard": 1}) is None
    assert Cost.from_json(None) is None
    database = UsageDatabase(path)
    database.add({KEY: Counts(saved=TotalCost(seconds=float("inf"), calls=1))})
    database.flush()
    ((_, _, counts),) = database.read()
    assert (counts.saved.seconds, counts.saved.calls) == (0, 1)


def test_nothing_is_counted_where_others_may_write(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    victim = tmp_path / "elsewhere"
    path.symlink_to(victim)
    database = UsageDatabase(path)
    for _ in range(2):
        database.add({KEY: hits()})
        database.flush()
    (warning,) = caplog.messages
    assert "is a link" in warning
    assert not victim.exists()
    victim.touch()
    with pytest.raises(StoreError, match="is a link"):
        UsageDatabase(path).read()


def test_a_fork_waits_until_nobody_writes(path: Path, tmp_path: Path) -> None:
    """What SQLite itself has locked at that moment would stay locked in the child."""
    database, done = UsageDatabase(path), threading.Event()

    def write() -> None:
        while not done.is_set():
            database.add({KEY: Counts(Counter(hit=1))})
            database.flush()

    def works() -> bool:
        with SqliteStore(tmp_path / "entries.sqlite") as store:
            store.put_many({"a": b"1"})
        return True

    writers = [threading.Thread(target=write) for _ in range(2)]
    for each in writers:
        each.start()
    try:
        assert {exit_code(fork(works)) for _ in range(40)} == {0}
    finally:
        done.set()
        for each in writers:
            unless_it_hangs(each.join)
