"""A disk that is full, and then is not: what could not be kept is said, and nothing is harmed."""

from __future__ import annotations

import errno
import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from full_disk import FILL, FREE, with_small_disk
from renai.cli.conversation import _note_empty_run

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

RENAI = f"{shlex.quote(sys.executable)} -m renai"
NOT_NOTED = "It cannot be noted that this run renamed nothing (No space left on device)"


@pytest.fixture
def disk(renai: Program) -> Path:
    return renai.home / "disk"


def test_a_run_that_cannot_be_noted_says_what_undo_takes_for_the_last(
    renai: Program, books: Path, disk: Path
) -> None:
    renai.environment["XDG_STATE_HOME"] = str(disk)
    run, undo = f"{RENAI} books --yes; echo code $?", f"{RENAI} undo; echo code $?"
    first, _, unnoted, refused, taken, left = with_small_disk(
        disk,
        *(run, FILL, run, undo, f"{FREE}; {undo}; ls books", "find disk -name '.renai-*'"),
        environment=renai.environment,
        cwd=renai.home,
    )
    assert "3 renamed" in first
    assert f"[WARNING] {NOT_NOTED}: 'renai undo' would take back run 0001" in unnoted
    assert "code 0" in unnoted
    assert "cannot be written: No space left on device" in refused
    assert "code 3" in refused
    assert "3 of 3 files renamed back" in taken
    assert "scan0.pdf" in taken
    assert not left.strip()


def test_an_earlier_note_that_says_as_much_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "0001.jsonl").touch()
    now = datetime.now(UTC)
    _note_empty_run(tmp_path, now, "0001")
    monkeypatch.setattr("renai.renaming.last_run.write_atomically", fail)
    for newest in ("0001", ""):
        _note_empty_run(tmp_path, now, newest)
    assert NOT_NOTED not in caplog.text


def test_what_cannot_be_read_is_read_again_until_that_can_be_kept(
    renai: Program, books: Path, disk: Path
) -> None:
    renai.environment["RENAI_CACHE_DIR"] = f"{disk}/cache"
    run = f"{RENAI} books --dry-run; echo code $?"
    _, _, full, kept, _, after, found = with_small_disk(
        disk,
        *(f"mkdir disk/cache; {run}", f"echo '%PDF damaged' >books/damaged.pdf; {FILL}", run),
        *("ls disk/cache/unreadable disk/cache/quarantine", FREE, run),
        "ls disk/cache/unreadable; find disk -name '.renai-*'",
        environment=renai.environment,
        cwd=renai.home,
    )
    assert "[WARNING] Going on without the cache: cannot write" in full
    assert "No space left on device" in full
    assert "3 to rename, 0 kept, 1 skipped, 0 failed" in full
    assert "What had waited to be stored is lost (1 entries)" in full
    assert "code 0" in full
    assert ".json" not in kept
    assert "fingerprints" not in kept, "what is sound is not set aside"
    assert "WARNING" not in after
    assert found.strip().endswith(".json")
    assert found.count("\n") <= 2
