"""Orchestrator: a library's way from paths to a plan, and what a run keeps when it goes wrong."""

# ruff: noqa: ASYNC240 - a test may touch a small file while nobody waits
from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from books import make_books
from endpoint import Endpoint, answer, fails, held_until
from renai.configuration import load_settings
from renai.documents.fingerprint import read_digest
from renai.errors import RefusedKeyError, UsageError
from renai.file_job import NOT_ASKED
from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import BookProcessor
from renai.renaming.execute import execute
from waiting import until_async

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from renai.settings import Settings

LONG_AGO = (1_600_000_000, 1_600_000_000)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> Settings:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
    monkeypatch.setenv("CUSTOM_MODEL", "first")
    return load_settings(provider="custom", cache_dir=tmp_path / "cache", concurrency=2, workers=1)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Three books, one of them twice, an image and a file of no use."""
    folder = tmp_path / "library"
    books = make_books(folder, 3)
    (folder / "twin.pdf").write_bytes(books[0].read_bytes())
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "broken.pdf").write_bytes(b"%PDF nothing")
    return folder


async def test_finding_spends_nothing_and_filling_asks_once_a_content(
    settings: Settings, library: Path, endpoint: Endpoint
) -> None:
    async with BookProcessor(settings=settings) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([library])
        survey = orchestrator.survey
        assert not endpoint.calls
        assert (len(survey.jobs), len(survey.waiting), survey.cached) == (6, 5, 0)
        quote = orchestrator.quote()
        assert (quote.files, quote.calls) == (5, 4)
        assert quote.tokens > 4 * settings.text_limit / 4

        await orchestrator.fill()
        assert len(endpoint.calls) == 3
        assert (survey.done, survey.asked, survey.failed) == (6, 4, 0)
        actions = {x.path.name: (x.action, x.reason) for x in orchestrator.plan()}
    assert actions["photo.jpg"] == ("skip", "an image")
    assert actions["broken.pdf"][0] == "skip"
    assert [actions[f"scan{n}.pdf"][0] for n in range(3)] == ["rename"] * 3


async def test_a_second_run_finds_everything(
    settings: Settings, library: Path, endpoint: Endpoint
) -> None:
    for expected in (0, 4):
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([library])
            assert orchestrator.survey.cached == expected
            await orchestrator.fill()
    assert len(endpoint.calls) == 3


async def test_refreshing_asks_once_a_content(
    settings: Settings, library: Path, endpoint: Endpoint
) -> None:
    refreshing = replace(settings, update_metadata=True)
    for calls in (3, 6):
        async with BookProcessor(settings=refreshing) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([library])
            await orchestrator.fill()
        assert len(endpoint.calls) == calls


async def test_renamed_files_need_not_be_read_again(
    settings: Settings, library: Path, tmp_path: Path
) -> None:
    for path in library.iterdir():
        os.utime(path, LONG_AGO)
    async with BookProcessor(settings=settings) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([library])
        await orchestrator.fill()
        jobs = orchestrator.plan()
        execute(jobs, tmp_path / "journal")
        renamed = [x for x in jobs if x.new_path]
        stats = [x.new_path.stat() for x in renamed if x.new_path]
        assert len(renamed) == 3  # and a duplicate keeps its name
        assert books.caches.memo.recall(stats) == [None] * 3
        orchestrator.remember_renamed(jobs)
        assert books.caches.memo.recall(stats) == [x.file_hash for x in renamed]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
@pytest.mark.parametrize("back", [False, True], ids=["stays", "is put back"])
@pytest.mark.parametrize("what", ["file", "folder"])
async def test_a_link_that_is_put_there_after_the_walk_is_not_followed(
    settings: Settings,
    library: Path,
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    back: bool,
) -> None:
    secret = library.with_name("private") / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("The secret of the user, who never named it")
    inner = library / "inner"
    inner.mkdir()
    (inner / "secret.txt").write_text("words")
    exchanged, target = (inner, secret.parent) if what == "folder" else (None, secret)
    exchanged = exchanged or inner / "secret.txt"
    aside = library.with_name("aside")

    def exchanging(path: Path, *rest: Any) -> Any:
        if path.name != "secret.txt":
            return read_digest(path, *rest)
        exchanged.rename(aside)
        exchanged.symlink_to(target)
        try:
            return read_digest(path, *rest)
        finally:
            if back and what == "file":
                exchanged.unlink()
                aside.rename(exchanged)

    monkeypatch.setattr("renai.library.orchestrator.read_digest", exchanging)
    async with BookProcessor(settings=settings) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([library])
        await orchestrator.fill()
        (job,) = (job for job in orchestrator.plan() if job.path.name == "secret.txt")
    assert (job.action, job.reason) == ("skip", "was exchanged while it was read; run renai again")
    assert not any("never named" in call.prompt for call in endpoint.calls)


async def test_a_path_that_does_not_exist(settings: Settings, tmp_path: Path) -> None:
    async with BookProcessor(settings=settings) as books:
        with pytest.raises(UsageError, match="nowhere"):
            await Orchestrator(books).find([tmp_path / "nowhere"])


async def test_a_row_of_failures_leaves_the_rest_unasked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_books(tmp_path / "many", 60)
    with Endpoint(answer, always=fails(400, "no such model")) as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([tmp_path / "many"])
            await orchestrator.fill()
            survey = orchestrator.survey
    assert "10 calls in a row failed" in survey.ended_early
    assert survey.asked == 1
    # Besides the ten, those that were under way, and none that waited for their turn.
    assert 10 <= survey.failed <= 10 + 2 * settings.concurrency
    assert survey.done == 60


async def test_a_run_that_is_ended_asks_no_file_that_waits_for_its_turn(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_books(tmp_path / "many", 6)
    may_answer = threading.Event()
    with Endpoint(always=held_until(may_answer.is_set)) as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([tmp_path / "many"])
            filling = asyncio.create_task(orchestrator.fill())
            await until_async(lambda: len(endpoint.calls) > 0)
            orchestrator.end_early("paused")
            may_answer.set()
            await filling
            asked, jobs = len(endpoint.calls), orchestrator.survey.jobs
            assert asked <= settings.concurrency
            assert sum(job.problem == NOT_ASKED for job in jobs) == 6 - asked
            orchestrator.take_up()
            await orchestrator.fill()
            assert all(job.metadata for job in jobs)
    assert len(endpoint.calls) == 6


async def test_a_refused_key_cancels_what_waits(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_books(tmp_path / "many", 30)
    with Endpoint(always=fails(401)) as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([tmp_path / "many"])
            with pytest.raises(RefusedKeyError):
                await orchestrator.fill()
    assert len(endpoint.calls) <= settings.concurrency


async def test_a_mistake_of_a_provider_costs_one_file(
    settings: Settings, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with BookProcessor(settings=settings) as books:
        ask, failed = books.provider.ask, []

        async def ask_or_fail(*words: Any) -> Any:
            if not failed:
                failed.append(words)
                raise ZeroDivisionError("of one document")
            return await ask(*words)

        monkeypatch.setattr(books.provider, "ask", ask_or_fail)
        orchestrator = Orchestrator(books)
        await orchestrator.find([library])
        await orchestrator.fill()
    problems = [job.problem for job in orchestrator.survey.jobs]
    assert problems.count(("fail", "custom failed with ZeroDivisionError")) == 1
    assert sum(job.metadata is not None for job in orchestrator.survey.jobs) >= 2


async def test_a_cancelled_run_keeps_what_was_answered(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_books(tmp_path / "many", 10)
    with Endpoint(delay=0.1) as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([tmp_path / "many"])
            filling = asyncio.create_task(orchestrator.fill())
            await until_async(lambda: orchestrator.survey.asked >= 3)
            filling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await filling
            asked = orchestrator.survey.asked
        async with BookProcessor(settings=settings) as books:
            orchestrator = Orchestrator(books)
            await orchestrator.find([tmp_path / "many"])
            assert orchestrator.survey.cached >= asked
