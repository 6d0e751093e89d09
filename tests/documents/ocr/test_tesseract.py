"""What the program has data for is asked once, and again when that may have changed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from renai.documents.ocr.tesseract_data import MEMO, installed_data
from renai.stores.files import FileStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

_LONG_AGO = 1_700_000_000

_PROGRAM = """#!/bin/sh
echo asked >> {folder}/asked
echo 'List of available languages in "{folder}/data/" (2):'
ls {folder}/data
"""


class Installed:
    """A stand-in for the program, with a folder of data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "bin" / "tesseract"
        self.program.parent.mkdir()
        self.program.write_text(_PROGRAM.format(folder=folder))
        self.program.chmod(0o700)
        (folder / "data").mkdir()
        self.add("eng", at=_LONG_AGO)

    def add(self, name: str, *, at: int) -> None:
        (self.folder / "data" / name).touch()
        os.utime(self.folder / "data", (at, at))

    @property
    def asked(self) -> int:
        return (self.folder / "asked").read_text().count("asked")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    return Installed(tmp_path)


@pytest.fixture
def memo(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


def test_it_is_asked_once(installed: Installed, memo: FileStore) -> None:
    assert [installed_data(memo) for _ in range(3)] == [{"eng"}] * 3
    assert installed.asked == 1
    assert installed_data() == {"eng"}
    assert installed.asked == 2


def test_new_data_are_seen(installed: Installed, memo: FileStore) -> None:
    installed_data(memo)
    installed.add("deu", at=_LONG_AGO + 9)
    assert [installed_data(memo) for _ in range(2)] == [{"deu", "eng"}] * 2
    assert installed.asked == 2


def test_what_was_changed_just_now_may_still_be_changing(
    installed: Installed, memo: FileStore
) -> None:
    installed.add("deu", at=2**32)
    assert [installed_data(memo) for _ in range(2)] == [{"deu", "eng"}] * 2
    assert installed.asked == 2


def test_another_program_is_asked(installed: Installed, memo: FileStore) -> None:
    installed_data(memo)
    installed.program.write_text(installed.program.read_text() + "echo rus\n")
    assert installed_data(memo) == {"eng", "rus"}


def test_data_elsewhere_are_asked_for(
    installed: Installed, memo: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed_data(memo)
    monkeypatch.setenv("TESSDATA_PREFIX", "/elsewhere")
    installed_data(memo)
    assert installed.asked == 2


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"[]", b'{"program": 1}', b"[" * 100_000, b'{"names": [1]}']
)
def test_a_damaged_answer_is_none(installed: Installed, memo: FileStore, kept: bytes) -> None:
    memo.put_many({MEMO: kept})
    assert installed_data(memo) == {"eng"}
    assert installed_data(memo) == {"eng"}
    assert installed.asked == 1


def test_a_cache_folder_that_cannot_be_written_does_no_harm(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    memo = FileStore(tmp_path / "file" / "cache")
    assert [installed_data(memo) for _ in range(2)] == [{"eng"}] * 2
    assert installed.asked == 2
