"""BookProcessor: from a document to its metadata, asked about once, without blocking anybody."""

# ruff: noqa: ASYNC240 - a test may touch a small file while nobody waits
from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from books import make_books, pdf
from endpoint import Endpoint, declined
from renai import get_file_hash, get_metadata_cache_path, get_text_cache_path
from renai.errors import ConfigurationError, DocumentError, ProviderError
from renai.file_job import FileJob
from renai.keys.digest import digest_stream
from renai.metadata.pipeline import describe
from renai.metadata.processor import BookProcessor
from waiting import until_async

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedIOBase
    from pathlib import Path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(delay=0.05) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
    monkeypatch.setenv("CUSTOM_MODEL", "first")
    monkeypatch.delenv("CUSTOM_API_KEY", raising=False)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return make_books(tmp_path / "books", 1)[0]


async def test_a_document_is_asked_about_once(book: Path, endpoint: Endpoint) -> None:
    async with BookProcessor("custom") as books:
        first = await books.process(book)
        again = await books.process(str(book))
    assert (first.title, first.authors, first.year) == ("Harbour Tales 0", ("Ada Quill",), 1999)
    assert again == first
    assert len(endpoint.calls) == 1


async def test_entries_lie_where_the_path_functions_say(book: Path) -> None:
    async with BookProcessor("custom") as books:
        await books.process(book)
    file_hash = get_file_hash(book)
    assert get_text_cache_path(file_hash, enhanced=True).is_file()
    assert get_metadata_cache_path(file_hash, "custom", "first").is_file()


async def test_a_document_can_be_read_without_any_model(book: Path, endpoint: Endpoint) -> None:
    async with BookProcessor() as books:
        assert books.provider.name == "offline"
        assert (await books.process(book)).title == "Harbour Tales 0"
    assert not endpoint.calls


async def test_providers_and_models_live_side_by_side(book: Path, endpoint: Endpoint) -> None:
    async with BookProcessor("custom") as books:
        await books.process(book)
        books.update_provider_model("custom", "second")
        await books.process(book)
        books.update_provider_model("offline")
        await books.process(book)
        books.update_provider_model("custom", "first")
        await books.process(book)
    assert [call.body["model"] for call in endpoint.calls] == ["first", "second"]


async def test_a_document_under_way_keeps_the_model_it_began_with(
    book: Path, endpoint: Endpoint
) -> None:
    async with BookProcessor("custom", "first") as books:
        under_way = asyncio.create_task(books.process(book))
        await asyncio.sleep(0)
        await until_async(lambda: endpoint.calls)
        books.update_provider_model("custom", "second")
        await under_way
        await books.process(book)
        books.update_provider_model("custom", "first")
        await books.process(book)
    assert [call.body["model"] for call in endpoint.calls] == ["first", "second"]


async def test_tasks_that_want_the_same_content_share_one_call(
    book: Path, endpoint: Endpoint
) -> None:
    twin = book.with_name("twin.pdf")
    twin.write_bytes(book.read_bytes())
    async with BookProcessor("custom") as books:
        answers = await asyncio.gather(*(books.process(path) for path in (book, twin) * 5))
    assert all(answer == answers[0] for answer in answers)
    assert len(endpoint.calls) == 1


async def test_two_processors_share_what_is_cached(book: Path, endpoint: Endpoint) -> None:
    async with BookProcessor("custom") as one, BookProcessor("custom") as other:
        assert await one.process(book) == await other.process(book)
    assert len(endpoint.calls) == 1


@pytest.mark.usefixtures("no_old_garbage")
async def test_the_event_loop_is_never_blocked(tmp_path: Path, book: Path) -> None:
    large = tmp_path / "large.txt"
    large.write_bytes(b"The Patience of Tides\nby Ilse Marwood\n")
    os.truncate(large, 1 << 30)  # it takes more than half a second to digest
    gaps = []

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.01)
            gaps.append(time.thread_time() - before)

    async with BookProcessor() as books:
        ticking = asyncio.create_task(tick())
        await asyncio.gather(books.process(large), books.process(book), return_exceptions=True)
        ticking.cancel()
    assert len(gaps) > 10
    assert max(gaps) < 0.4


def test_without_an_event_loop_nothing_is_closed_that_needs_one() -> None:
    assert BookProcessor("offline").close_without_loop()
    books = BookProcessor("custom")  # holds a client, or may
    assert not books.close_without_loop()
    assert not books.closing.is_set()
    asyncio.run(books.aclose())


async def test_closing_does_not_wait_for_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.txt"
    large.touch()
    os.truncate(large, 100 << 30)
    digesting = threading.Event()

    def begin(stream: BufferedIOBase, stop: Callable[[], bool]) -> str:
        digesting.set()
        return digest_stream(stream, stop)

    monkeypatch.setattr("renai.documents.fingerprint.digest_stream", begin)
    async with BookProcessor() as books:
        reading = asyncio.create_task(books.process(large))
        await until_async(digesting.is_set)
    with pytest.raises(DocumentError, match="not read to its end"):
        await reading


async def test_a_failed_call_leaves_nothing_behind(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint(declined) as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        async with BookProcessor("custom") as books:
            with pytest.raises(ProviderError, match="declined"):
                await books.process(book)
            assert not list((tmp_path / "cache" / "metadata").glob("*"))
            assert (await books.process(book)).title == "Harbour Tales 0"


async def test_a_file_that_changes_while_it_is_read_is_not_kept(
    book: Path, endpoint: Endpoint, tmp_path: Path
) -> None:
    before = FileJob(str(book), book.parent, "document", book.stat(), get_file_hash(book))
    book.write_bytes(pdf("Another Harbour") + b"%")
    async with BookProcessor("custom") as books:
        with pytest.raises(DocumentError, match="changed while it was read"):
            await describe(before, books.describer)
        assert (await books.process(book)).title == "Another Harbour"
    assert len(list((tmp_path / "cache" / "text").iterdir())) == 1
    assert len(endpoint.calls) == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nowhere.pdf", None, "cannot be read: No such file"),
        ("empty.pdf", b"", "is empty"),
        ("notes.xyz", b"words", "xyz"),
        ("blank.txt", b" \n\n", "has no text"),
    ],
)
async def test_what_cannot_be_read_says_why(
    tmp_path: Path, endpoint: Endpoint, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    async with BookProcessor("custom") as books:
        with pytest.raises(DocumentError, match=reason):
            await books.process(tmp_path / name)
    assert not endpoint.calls


@pytest.mark.parametrize(
    ("provider", "model", "words"),
    [("nobody", None, "no provider 'nobody'"), ("openai", None, "OPENAI_API_KEY")],
)
def test_a_provider_that_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, provider: str, model: str | None, words: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match=words):
        BookProcessor(provider, model)


def test_wrong_settings_are_our_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_CONCURRENCY", "many")
    with pytest.raises(ConfigurationError, match="RENAI_CONCURRENCY"):
        BookProcessor()
