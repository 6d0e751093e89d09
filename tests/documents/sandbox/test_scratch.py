"""Private folders, and what a crash leaves of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from renai.documents.sandbox.scratch import remove_abandoned, scratch_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def grow_old(folder: Path) -> None:
    then = time.time() - 3600
    os.utime(folder, (then, then))


def test_only_its_user_can_enter_it_and_it_is_gone_afterwards(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "secret").touch()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed(temporary: Path) -> None:
    program = (
        "import os, signal; from renai.documents.sandbox.scratch import scratch_folder\n"
        "with scratch_folder() as folder:\n"
        "    (folder / 'secret').touch(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = os.environ | {"TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    (left,) = temporary.iterdir()
    remove_abandoned()
    assert left.exists()  # it might just have been made
    grow_old(left)
    remove_abandoned()
    assert list(temporary.iterdir()) == []


def test_what_another_still_uses_stays(temporary: Path) -> None:
    (temporary / "renai-scratch-a-file").touch()
    (temporary / "renai-scratch-link").symlink_to("/")
    with scratch_folder() as folder:
        grow_old(folder)
        remove_abandoned()
        assert folder.exists()
    assert len(list(temporary.iterdir())) == 2
