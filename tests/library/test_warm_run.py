"""A run over a library that is cached opens no document."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from renai import BookProcessor, Orchestrator
from renai.errors import DocumentError
from renai.settings import Settings
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renai.providers.schema import Metadata

_watchers: list[list[Path]] = []


def _note_opening(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watchers and isinstance(arguments[0], str):
        for opened in _watchers:
            opened.append(Path(arguments[0]))


sys.addaudithook(_note_opening)  # for good: Python cannot take one away again


@contextmanager
def opened_below(folder: Path) -> Iterator[list[str]]:
    """Names of the files below a folder that this process opens meanwhile, in the end."""
    opened, names = list[Path](), list[str]()
    _watchers.append(opened)
    try:
        yield names
    finally:
        _watchers.remove(opened)
        names += sorted(path.name for path in opened if folder in path.parents)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three books that were written long ago."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "library"
    (folder / "inner").mkdir(parents=True)
    for name in ("one.txt", "two.md", "inner/three.txt"):
        path = folder / name
        path.write_text(f"The Book of {path.stem}\nby Ada Quill\nCopyright 2001\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


async def run(library: Path, cache: Path) -> Orchestrator:
    """Take a library as far as to its plan."""
    settings = Settings(cache_dir=cache, min_confidence=0.0)  # three lines are hardly a book
    async with BookProcessor("offline", settings=settings) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([library])
        await orchestrator.fill()
        assert [decision.action for decision in orchestrator.plan()] == ["rename"] * 3
        return orchestrator


async def test_the_second_run_opens_no_document(library: Path, tmp_path: Path) -> None:
    with opened_below(library) as cold:
        first = await run(library, tmp_path / "cache")
    with opened_below(library) as warm:
        second = await run(library, tmp_path / "cache")

    assert set(cold) == {"one.txt", "two.md", "three.txt"}
    assert warm == []
    assert (first.survey.cached, second.survey.cached) == (0, 3)
    assert [x.metadata for x in second.plan()] == [x.metadata for x in first.plan()]


async def test_without_an_event_loop_the_same_is_found(library: Path, tmp_path: Path) -> None:
    first = await run(library, tmp_path / "cache")
    (library / "two.md").write_text("The Book of Changes\nby Ada Quill\nCopyright 2001\n")

    with opened_below(library) as opened:
        metadata = await asyncio.to_thread(found_blocking, library, tmp_path / "cache")

    assert set(opened) == {"two.md"}
    known = {job.path.name: job.metadata for job in first.survey.jobs}
    assert metadata == {**known, "two.md": None}


def found_blocking(library: Path, cache: Path) -> dict[str, Metadata | None]:
    """Find a library, as the command line does, and close what was opened for it."""
    books = BookProcessor("offline", settings=Settings(cache_dir=cache))
    orchestrator = Orchestrator(books)
    orchestrator.find_blocking([library])
    assert not orchestrator.is_filled
    assert books.close_without_loop()
    return {job.path.name: job.metadata for job in orchestrator.survey.jobs}


def test_a_run_that_is_interrupted_reads_no_file_to_its_end(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_begun, stopped = threading.Barrier(3), set[str]()

    def read(path: Path, stop: Callable[[], bool]) -> NoReturn:
        all_begun.wait()
        if path.name == "one.txt":
            raise KeyboardInterrupt
        until(stop)  # as a large file is read: it is asked at each block
        stopped.add(path.name)
        raise DocumentError(path, "was not read to its end: renai is closing")

    monkeypatch.setattr("renai.library.orchestrator.read_digest", read)
    books = BookProcessor("offline", settings=Settings(cache_dir=tmp_path / "cache"))
    with pytest.raises(KeyboardInterrupt):
        Orchestrator(books).find_blocking([library])
    assert stopped == {"two.md", "three.txt"}
    books.close_without_loop()


async def test_only_the_file_that_changed_is_opened(library: Path, tmp_path: Path) -> None:
    await run(library, tmp_path / "cache")
    (library / "two.md").write_text("The Book of Changes\nby Ada Quill\nCopyright 2001\n")

    with opened_below(library) as opened:
        second = await run(library, tmp_path / "cache")

    assert set(opened) == {"two.md"}
    assert second.survey.cached == 2


async def test_a_file_that_only_moved_is_hashed_but_not_read_again(
    library: Path, tmp_path: Path
) -> None:
    await run(library, tmp_path / "cache")
    (library / "one.txt").rename(library / "inner" / "renamed.txt")

    with opened_below(library) as opened:
        second = await run(library, tmp_path / "cache")

    assert opened == ["renamed.txt"]  # once: to digest it
    assert second.survey.cached == 3
