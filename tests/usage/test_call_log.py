"""One line for each request to a model: whole over processes, kills, full disks and forgetting."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from renai.usage.call_log import CALL_LOG_FILE, CallLog
from waiting import LIMIT, unless_it_hangs, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECRET, OTHER = "5e" * 32, "07" * 32

_WRITER = """
import sys, time
from pathlib import Path
from renai.usage.call_log import CallLog
folder, times, how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
log = CallLog(folder, part_bytes=20_000, parts=99)
for number in range(times):
    file_hash = "5e" * 32 if number % 4 == 0 else "07" * 32
    log.add({"writer": how, "number": number, "file_hash": file_hash, "padding": "x" * 50})
    if how.startswith("flush") and number % 10 == 0:
        log.flush()
print("done", flush=True)
if how == "hang":
    sys.stdin.read()
"""


def start(folder: Path, times: int, how: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder), str(times), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def records(folder: Path) -> list[dict[str, Any]]:
    """All of them; none may be torn."""
    lines = [line for path in folder.glob("eval*.jsonl") for line in path.open(encoding="utf-8")]
    return [json.loads(line) for line in lines]


def test_records_are_lines_in_the_order_they_came(tmp_path: Path) -> None:
    log = CallLog(tmp_path)
    for number in range(3):
        log.add({"number": number, "outcome": "ä\n"})
    assert not records(tmp_path)
    log.flush()
    assert records(tmp_path) == [{"number": number, "outcome": "ä\n"} for number in range(3)]
    assert (tmp_path / CALL_LOG_FILE).stat().st_mode & 0o077 == 0


def test_many_are_written_before_their_time(tmp_path: Path) -> None:
    log = CallLog(tmp_path)
    log._writer._seconds = 3600
    for number in range(50):
        log.add({"number": number})
    assert log._writer._timer is not None
    log._writer._timer.join(LIMIT)
    assert len(records(tmp_path)) == 50


def test_what_nobody_flushed_is_written_when_the_program_ends(tmp_path: Path) -> None:
    start(tmp_path, 7).communicate(timeout=LIMIT)
    assert len(records(tmp_path)) == 7


def test_a_kill_loses_at_most_one_batch(tmp_path: Path) -> None:
    writer = start(tmp_path, 120, "hang")
    assert writer.stdout is not None
    writer.stdout.readline()

    def most_are_written() -> bool:
        with suppress(FileNotFoundError):  # set aside as an older part, this very moment
            return len(records(tmp_path)) >= 70
        return False

    until(most_are_written)
    writer.kill()
    writer.communicate()
    numbers = [record["number"] for record in records(tmp_path)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 70


def test_processes_that_write_and_forget_at_once_neither_tear_nor_lose_lines(
    tmp_path: Path,
) -> None:
    writers = [start(tmp_path, 200, f"flush {number}") for number in range(4)]
    forgotten, log = 0, CallLog(tmp_path)
    while any(writer.poll() is None for writer in writers):
        forgotten += log.forget([SECRET])
    for writer in writers:
        writer.communicate(timeout=LIMIT)
    forgotten += log.forget([SECRET])
    left = records(tmp_path)
    assert forgotten == 4 * 50
    assert {record["file_hash"] for record in left} == {OTHER}
    assert len(left) == 4 * 150
    assert len(list(tmp_path.glob("eval.*.jsonl"))) >= 3, "older parts were set aside meanwhile"
    assert not list(tmp_path.glob(".renai-*"))


def test_only_so_many_older_parts_are_kept(tmp_path: Path) -> None:
    log = CallLog(tmp_path, part_bytes=100, parts=2)
    for number in range(10):
        log.add({"number": number, "padding": "x" * 100})
        log.flush()
    assert [record["number"] for record in sorted(records(tmp_path), key=str)] == [8, 9]
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == [
        "eval.1.jsonl",
        "eval.2.jsonl",
    ]


def test_a_torn_line_spoils_no_other_and_is_forgotten_too(tmp_path: Path) -> None:
    (tmp_path / CALL_LOG_FILE).write_text(f'{{"file_hash": "{SECRET[:40]}')
    log = CallLog(tmp_path)
    log.add({"file_hash": OTHER})
    log.flush()
    assert len((tmp_path / CALL_LOG_FILE).read_text().splitlines()) == 2
    assert log.forget([SECRET]) == 1
    assert records(tmp_path) == [{"file_hash": OTHER}]


def test_a_disk_that_is_full_leaves_no_torn_line_and_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log, write = CallLog(tmp_path), os.write
    log.add({"number": 0})
    log.flush()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
        for number in (1, 2):
            log.add({"number": number})
            log.flush()
    log.add({"number": 3})
    log.flush()
    assert [record["number"] for record in records(tmp_path)] == [0, 3]
    assert len(caplog.records) == 1
    assert "no space is left" in caplog.text


def test_threads_may_share_it(tmp_path: Path) -> None:
    log = CallLog(tmp_path)

    def write() -> None:
        for _ in range(100):
            log.add({"file_hash": random.choice([SECRET, OTHER])})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        unless_it_hangs(thread.join)
    log.flush()
    assert len(records(tmp_path)) == 400


def test_forgetting_where_there_is_no_log_makes_none(tmp_path: Path) -> None:
    assert CallLog(tmp_path / "none").forget([SECRET]) == 0
    assert not (tmp_path / "none").exists()
