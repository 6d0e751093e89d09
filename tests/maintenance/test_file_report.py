"""All that the cache knows of one file, as a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from renai import get_file_hash
from renai.configuration import load_settings
from renai.errors import UsageError
from renai.maintenance.file_report import report_content, report_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Ask = Callable[..., Awaitable[None]]


async def test_a_file_and_its_content_have_the_same_report(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    settings = load_settings(provider="custom")
    by_path = report_file(settings, book)
    by_content = report_content(settings, get_file_hash(book), f"elsewhere/{book.name}")
    assert by_path.layers == by_content.layers
    assert all(layer.hit for layer in by_path.layers)
    assert (by_path.provider, by_path.model) == ("custom", "first")
    assert by_path.average is None  # nobody would be asked
    assert by_content.job.name == book.name


async def test_what_an_unknown_file_would_cost_is_told_by_the_others(
    tmp_path: Path, book: Path, ask: Ask
) -> None:
    await ask("custom", "first", book)
    other = tmp_path / "other.txt"
    other.write_text("Of Salt\nby Ada Quill\n1999\n" * 9)
    report = report_file(load_settings(provider="custom"), other)
    assert any(layer.asks for layer in report.layers)
    assert report.average is not None
    assert report.average.calls == 1
    json.dumps(report.as_json())


def test_what_is_no_document_has_no_report(tmp_path: Path) -> None:
    settings = load_settings(provider="custom")
    (tmp_path / "a.xyz").write_text("nothing")
    with pytest.raises(UsageError, match="no such file"):
        report_file(settings, tmp_path / "missing.pdf")
    with pytest.raises(UsageError):
        report_file(settings, tmp_path / "a.xyz")
    with pytest.raises(UsageError):
        report_content(settings, "0" * 64, "a.xyz")
