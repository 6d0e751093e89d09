"""Files that are converted by the real mutool, and a mutool that hangs, swells or is not there."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ebooks import cbz, mobi, xps
from renai.documents.formats import MUTOOL
from renai.documents.mutool import mutool_version
from renai.documents.readers.mutool import MutoolReader
from renai.errors import DamagedDocumentError, DocumentError
from waiting import LIMIT, until

if TYPE_CHECKING:
    from pathlib import Path

    from renai.documents.sandbox.pool import WorkerPool
    from renai.extraction import Extraction

needs_mutool = pytest.mark.skipif(
    shutil.which("mutool") is None, reason="install mupdf-tools to run this"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are kept: empty, and to be so again."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def read(pool: WorkerPool, temporary: Path):
    """Reads a file through mutool, and sees that nothing is left behind."""

    async def read(path: Path, *, seconds: float = LIMIT) -> Extraction:
        reader = MutoolReader(pool, 1, time_limit=seconds, memory_limit=2**30)
        try:
            return await reader.read(path, partial(pool.read, reader=MUTOOL), text_limit=1000)
        finally:
            assert os.listdir(temporary) == []  # noqa: PTH208

    return read


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a program of one's own in mutool's place."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def put(script: str) -> None:
        (folder / "mutool").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "mutool").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return put


@needs_mutool
@pytest.mark.parametrize(("suffix", "version"), [(".mobi", 6), (".azw3", 8)])
async def test_a_mobi_gives_text_sizes_and_what_it_says_of_itself(
    read, tmp_path: Path, suffix: str, version: int
) -> None:
    path = tmp_path / f"a{suffix}"
    exth = [(503, "Salt"), (100, "Ada Quill"), (106, "1999-05-01"), (101, "Drei Krähen")]
    path.write_bytes(mobi("Salt and Tar", exth=exth, text="<p>Ключ</p>" * 9, version=version))
    extraction = await read(path)
    assert extraction.text.startswith("Salt and Tar\nby Ada Quill\n")
    assert "Ключ" in extraction.text
    assert extraction.lines[0].size > extraction.lines[1].size
    assert extraction.properties == {
        "title": "Salt",
        "authors": ["Ada Quill"],
        "year": "1999-05-01",
        "publisher": "Drei Krähen",
    }
    assert extraction.extractor.startswith("mutool ")


@needs_mutool
async def test_a_comic_and_an_xps_say_what_they_are(read, tmp_path: Path) -> None:
    (tmp_path / "a.cbz").write_bytes(
        cbz("<Series>Roads</Series><Number>3</Number><Writer>Ann, Bob</Writer><Year>2001</Year>")
    )
    assert (await read(tmp_path / "a.cbz")).properties == {
        "title": "Roads 3",
        "authors": ["Ann", "Bob"],
        "year": "2001",
        "series": "Roads",
        "series_index": "3",
    }
    (tmp_path / "a.xps").write_bytes(xps("Tide Tables", "Bo Lind"))
    assert (await read(tmp_path / "a.xps")).properties == {
        "title": "Tide Tables",
        "authors": ["Bo Lind"],
    }


@needs_mutool
async def test_only_the_first_pages_are_converted(read, tmp_path: Path) -> None:
    """A thousand pages take as long as twenty."""
    path = tmp_path / "a.mobi"
    path.write_bytes(mobi("Long", text="<p>word</p><mbp:pagebreak/>" * 1000))
    extraction = await read(path)
    assert 10 < extraction.text.count("word") <= 1000
    assert extraction.pages is None


@needs_mutool
async def test_a_damaged_file_may_be_for_another_reader(read, tmp_path: Path) -> None:
    (tmp_path / "a.mobi").write_bytes(b"nonsense")
    with pytest.raises(DamagedDocumentError) as caught:
        await read(tmp_path / "a.mobi")
    assert str(caught.value) == "a.mobi: is damaged or not MOBI"


@needs_mutool
async def test_a_book_cut_short_gives_what_is_left(read, tmp_path: Path) -> None:
    whole = mobi("Cut", text="<p>word</p>" * 2000)
    (tmp_path / "a.mobi").write_bytes(whole[: len(whole) // 2])
    assert (await read(tmp_path / "a.mobi")).text.startswith("Cut\nby Ada Quill\nword")
    (tmp_path / "a.mobi").write_bytes(whole[:200])
    assert (await read(tmp_path / "a.mobi")).text == ""


async def test_a_protected_book_is_not_even_tried(read, stand_in, tmp_path: Path) -> None:
    stand_in(f"touch {tmp_path}/called")
    (tmp_path / "a.azw3").write_bytes(mobi("Secret", encryption=2))
    with pytest.raises(DocumentError) as caught:
        await read(tmp_path / "a.azw3")
    assert str(caught.value) == "a.azw3: is protected by DRM and cannot be read"
    assert not (tmp_path / "called").exists()


async def test_without_mutool_one_is_told_what_to_install(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mobi").write_bytes(mobi("Salt"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentError) as caught:
        await read(tmp_path / "a.mobi")
    assert str(caught.value) == (
        "a.mobi: MOBI is read through mutool, which is not on PATH: install mupdf-tools"
    )


async def test_a_mutool_that_hangs_is_ended_with_all_it_started(
    read, stand_in, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    stand_in(f"[ $1 = -v ] && exit; (sleep 86400 > {tmp_path}/fifo) & sleep 86400")
    descriptor = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    (tmp_path / "a.mobi").write_bytes(mobi("Salt"))
    with pytest.raises(DocumentError) as caught:
        await read(tmp_path / "a.mobi", seconds=2)
    assert caught.value.reason == "took longer than 2 s to convert"

    def nobody_is_left_who_could_write() -> bool:
        try:
            return os.read(descriptor, 1) == b""
        except BlockingIOError:
            return False

    until(nobody_is_left_who_could_write)
    os.close(descriptor)


async def test_a_mutool_that_lies_is_not_believed(read, stand_in, tmp_path: Path) -> None:
    """It says that all went well, and left nothing, or something else than a PDF."""
    (tmp_path / "a.mobi").write_bytes(mobi("Salt"))
    for script in ("exit 0", "[ $1 = -v ] || echo nonsense > converted.pdf"):
        stand_in(script)
        with pytest.raises(DamagedDocumentError):
            await read(tmp_path / "a.mobi")


async def test_mutool_sees_no_key_and_writes_no_more_than_it_may(
    read, stand_in, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setattr("renai.documents.readers.mutool._MOST_FILE_BYTES", 1000)
    stand_in(f"env > {tmp_path}/seen; head -c 100000 /dev/zero > {tmp_path}/written; exit 1")
    (tmp_path / "a.mobi").write_bytes(mobi("Salt"))
    with pytest.raises(DamagedDocumentError):
        await read(tmp_path / "a.mobi")
    assert "sk-secret" not in (tmp_path / "seen").read_text()
    assert (tmp_path / "written").stat().st_size <= 1000


def test_a_mutool_that_says_nothing_has_no_version(stand_in) -> None:
    stand_in("exit 0")
    program = shutil.which("mutool")
    assert program is not None
    assert mutool_version(program) == "mutool"
