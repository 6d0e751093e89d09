"""Texts and answers of the time when some files were read wrongly: only those are made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from endpoint import Endpoint
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from renai.metadata.processor import BookProcessor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUSSIAN = "Северный маяк\nby Ада Лесная\n\n" + "Смотритель каждый вечер зажигал огонь. " * 9


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("CUSTOM_MODEL", "first")
    with Endpoint() as endpoint:
        monkeypatch.setenv("CUSTOM_API_BASE_URL", endpoint.url)
        yield endpoint


def rewrite(folder: Path, codec: Any, change: Callable[[Any], Any]) -> None:
    """Make the entries in a folder those of an older version."""
    for path in folder.iterdir():
        name = f"{folder.name}/{path.name}"
        entry = codec.decode(name, path.read_bytes())
        notes = {note: value for note, value in entry.notes.items() if note != "reading"}
        path.write_bytes(codec.encode(name, replace(entry, value=change(entry.value), notes=notes)))


def garble(text: str) -> str:
    return text.encode("cp1251").decode("cp1252", "replace")


async def titles(path: Path) -> list[str | None]:
    async with BookProcessor("custom") as books:
        return [(await books.process(path)).title for _ in range(2)]


async def test_a_wrong_text_and_its_answer_are_not_believed(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(RUSSIAN.encode("cp1251"))
    assert await titles(path) == ["Северный маяк"] * 2
    rewrite(tmp_path / "cache/text", TextCodec(), garble)
    rewrite(
        tmp_path / "cache/metadata",
        JsonCodec(),
        lambda fields: {**fields, "title": garble(fields["title"])},
    )
    calls = len(endpoint.calls)
    (entry,) = (tmp_path / "cache/metadata").iterdir()
    entry.write_bytes(entry.read_bytes())
    before = entry.read_bytes()
    await titles(path)
    assert entry.read_bytes() != before
    (text,) = (tmp_path / "cache/text").iterdir()
    assert "Северный маяк" in text.read_text(encoding="utf-8")
    assert len(endpoint.calls) <= calls + 1


async def test_a_right_text_is_neither_read_nor_asked_about_again(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(RUSSIAN, encoding="utf-8")
    await titles(path)
    calls = len(endpoint.calls)
    rewrite(tmp_path / "cache/text", TextCodec(), lambda text: text)
    rewrite(tmp_path / "cache/metadata", JsonCodec(), lambda fields: fields)
    (text,) = (tmp_path / "cache/text").iterdir()
    before = text.read_bytes()
    assert await titles(path) == ["Северный маяк"] * 2
    assert text.read_bytes() == before
    assert len(endpoint.calls) == calls


async def test_doubt_that_proves_idle_costs_no_call(tmp_path: Path, endpoint: Endpoint) -> None:
    path = tmp_path / "a.txt"
    path.write_text(RUSSIAN, encoding="utf-8")
    await titles(path)
    calls = len(endpoint.calls)
    rewrite(
        tmp_path / "cache/metadata",
        JsonCodec(),
        lambda fields: {**fields, "title": "A \N{REPLACEMENT CHARACTER} of its own"},
    )
    assert await titles(path) == ["A \N{REPLACEMENT CHARACTER} of its own"] * 2
    assert len(endpoint.calls) == calls
