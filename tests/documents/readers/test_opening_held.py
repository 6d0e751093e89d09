"""What is read is what was digested, whatever happens to names meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from renai.documents.readers.opening import for_programs, held, open_file
from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DocumentError
from renai.keys.digest import digest_bytes


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in ("honest", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"the {name} document")
        os.utime(tmp_path / name / "a.txt", (1.7e9, 1.7e9))
    return tmp_path


def digest_of(path: Path) -> str:
    return digest_bytes(path.read_bytes())


def test_another_document_is_not_read_under_a_digest(library: Path) -> None:
    with (
        pytest.raises(DocumentError, match="changed while it was read"),
        held(library / "other/a.txt", digest_of(library / "honest/a.txt")),
    ):
        pass


def test_a_folder_that_is_exchanged_after_the_digest_and_put_back(library: Path) -> None:
    path = library / "honest/a.txt"
    with held(path, digest_of(path)):
        (library / "honest").rename(library / "aside")
        (library / "other").rename(library / "honest")
        with pytest.raises(DocumentError, match="changed while it was read"):
            open_file(path)
        (library / "honest").rename(library / "other")
        (library / "aside").rename(library / "honest")
        with open_file(path) as stream:
            assert stream.read() == b"the honest document"
    with open_file(path):  # nothing is held any more
        pass


def test_a_document_that_is_written_to_while_it_is_read(library: Path) -> None:
    path = library / "honest/a.txt"
    with (
        pytest.raises(DocumentError, match="changed while it was read"),
        held(path, digest_of(path)),
    ):
        path.write_text("THE HONEST DOCUMENT")


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="descriptors have no names here")
def test_other_programs_open_what_is_held(library: Path) -> None:
    path = library / "honest/a.txt"
    assert for_programs(path) == (str(path), ())
    with held(path, digest_of(path)):
        name, (descriptor,) = for_programs(path)
        (library / "honest").rename(library / "aside")
        assert Path(name).read_text() == "the honest document"
        assert os.fstat(descriptor).st_ino == (library / "aside/a.txt").stat().st_ino


async def test_the_worker_compares_what_it_reads(library: Path) -> None:
    path = library / "honest/a.txt"
    async with WorkerPool(1) as pool:
        assert (await pool.read(path, file_hash=digest_of(path))).text == "the honest document"
        with pytest.raises(DocumentError, match="changed while it was read"):
            await pool.read(path, file_hash=digest_of(library / "other/a.txt"))
        assert (await pool.read(path)).text == "the honest document"
