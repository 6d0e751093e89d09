"""What a job says of its file without a `Path` is what a `Path` says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from renai.file_job import FileJob

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name",
    [
        "a.pdf",
        "a.tar.gz",
        "no suffix",
        ".hidden",
        ".hidden.txt",
        "ends with.",
        "..",
        "a. b",
        "é.ÉPUB",
    ],
)
def test_name_and_suffix_are_those_of_a_path(tmp_path: Path, name: str) -> None:
    path = tmp_path / "folder.d" / name
    job = FileJob(os.fspath(path), tmp_path, "document", tmp_path.stat())
    assert (job.path, job.name, job.suffix) == (path, path.name, path.suffix)
