"""Folders of files that were made to hurt, and sound ones among them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from books import pdf
from mutations import write_hostile_files
from renai.configuration import load_settings
from renai.documents.ocr.pages import MOST_RECOGNISED
from renai.errors import DocumentError
from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import VisualProcessor

if TYPE_CHECKING:
    from pathlib import Path

    from renai.settings import Settings

SECONDS = 3
SLACK = 20  # for the kill, and whatever else these two processors have to do


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
        pytest.param(2, 25, "ocr", marks=pytest.mark.xdist_group("ocr")),
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
    settings = settings.model_copy(update={"fallback_mode": mode})
    limit = SECONDS * (1 + MOST_RECOGNISED if mode == "ocr" else 1)
    # PDFium, then mutool, which needs three steps.
    most_seconds = 2 * limit + 2 * SECONDS + SLACK
    async with VisualProcessor("offline", settings=settings) as books:

        async def read(path: Path) -> str:
            try:
                async with asyncio.timeout(most_seconds):
                    metadata = await books.process(path)
            except DocumentError as error:
                refusals.append(error)
                return ""
            return metadata.title or ""

        waiting = iter(paths)

        async def work_off() -> None:
            for path in waiting:
                await read(path)
                assert await read(sound) == "Harbour Tales"

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
