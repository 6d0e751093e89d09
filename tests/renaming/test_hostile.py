"""Folders of files that were made to hurt, and sound ones among them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from books import pdf
from mutations import write_hostile_files
from renai.configuration import load_settings
from renai.errors import DocumentError
from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import VisualProcessor
from waiting import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from renai.settings import Settings

SECONDS = 3


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return load_settings(
        cache_dir=tmp_path / "cache",
        document_seconds=SECONDS,
        fallback_mode="none",
        rename_images=True,
        workers=2,
    )


@pytest.mark.parametrize(
    ("seed", "count", "mode"),
    [
        (1, 10, "none"),
        pytest.param(2, 8, "ocr", marks=pytest.mark.xdist_group("ocr")),
        pytest.param(3, 200, "none", marks=pytest.mark.long),
        pytest.param(4, 200, "ocr", marks=pytest.mark.long),
    ],
)
async def test_a_hostile_file_costs_its_time_limit_and_no_other_file(
    tmp_path: Path, settings: Settings, seed: int, count: int, mode: str
) -> None:
    paths = write_hostile_files(tmp_path / "books", seed, count)
    sound = tmp_path / "books" / "100_sound.pdf"
    sound.write_bytes(pdf("Harbour Tales"))
    refusals: list[DocumentError] = []
    settings = replace(settings, fallback_mode=mode)
    async with VisualProcessor("offline", settings=settings) as books:

        async def read(path: Path) -> str:
            async with asyncio.timeout(LIMIT):
                metadata = await books.process(path)
            return metadata.title or ""

        async def read_sound() -> str:
            async with asyncio.timeout(LIMIT):
                while True:
                    try:
                        return await read(sound)
                    except DocumentError as error:
                        # On a machine that is busy enough even this one may be late.
                        if "took longer" not in error.reason:
                            raise

        waiting = iter(paths)

        async def work_off() -> None:
            for path in waiting:
                try:
                    await read(path)
                except DocumentError as error:
                    refusals.append(error)
                assert await read_sound() == "Harbour Tales"

        await asyncio.gather(work_off(), work_off())
    assert {error.path for error in refusals} < set(paths)
    assert all(error.reason and error.reason.isprintable() for error in refusals)


async def test_a_run_over_hostile_files_decides_about_every_one(
    tmp_path: Path, settings: Settings
) -> None:
    paths = write_hostile_files(tmp_path / "books", 4, 10)
    async with VisualProcessor("offline", settings=settings) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([tmp_path / "books"])
        await orchestrator.fill()
        decisions = orchestrator.plan()
    assert {decision.path for decision in decisions} == set(paths)
    assert all(decision.action == "rename" or decision.reason for decision in decisions)
    assert not (tmp_path / "a.opf").exists()
