"""Why a run over many files would find something missing, summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from books import make_books
from renai import get_file_hash
from renai.configuration import load_settings
from renai.file_job import FileJob
from renai.maintenance.misses import why_missed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Ask = Callable[..., Awaitable[None]]


def jobs_of(paths: list[Path]) -> list[FileJob]:
    return [
        FileJob(str(path), path.parent, "document", path.stat(), get_file_hash(path))
        for path in paths
    ]


async def test_hits_and_misses_are_counted_by_layer_and_cause(tmp_path: Path, ask: Ask) -> None:
    known, unknown = make_books(tmp_path / "books", 2)
    await ask("custom", "first", known)
    found = why_missed(load_settings(provider="custom"), jobs_of([known, unknown]))
    assert found.files == 2
    assert found.causes["metadata", "hit"] == 1
    assert found.causes["metadata", "missing"] == 1
    assert not found.fields


async def test_the_field_of_the_recipe_that_differs_is_counted(tmp_path: Path, ask: Ask) -> None:
    paths = make_books(tmp_path / "books", 2)
    await ask("custom", "first", *paths)
    found = why_missed(load_settings(provider="custom", text_limit=900), jobs_of(paths))
    assert {layer for layer, _ in found.fields} >= {"text"}
    assert set(found.fields.values()) == {2}


def test_a_file_of_which_no_digest_is_known_does_not_count(tmp_path: Path) -> None:
    (path,) = make_books(tmp_path / "books", 1)
    job = FileJob(str(path), path.parent, "document", path.stat(), "")
    found = why_missed(load_settings(provider="custom"), [job])
    assert (found.files, found.causes) == (0, {})
