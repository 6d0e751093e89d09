"""What comes of one document is bounded, and of the types that it should be of."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from renai.documents.sandbox.bounds import MOST_CHARACTERS, MOST_ITEMS, MOST_LINES, bounded
from renai.documents.sandbox.worker import pack
from renai.extraction import Extraction, Line

if TYPE_CHECKING:
    from pathlib import Path

LINE = Line("Dune", 12.0, 0, 0.1)


def test_an_ordinary_extraction_stays_as_it_is() -> None:
    plain = Extraction("Dune", {"title": "Dune", "authors": ["Frank Herbert"]}, (LINE,), 3, "x 1")
    assert bounded(plain, 100) == plain
    assert bounded(replace(plain, pages=None), 100).pages is None


def test_whatever_is_too_long_is_cut() -> None:
    long = "T" * 10**6
    swollen = Extraction(
        long,
        {"title": long, "authors": [long] * 1000, **{f"{long}{n}": "x" for n in range(1000)}},
        (replace(LINE, text=long),) * 10**4,
        10**6,
        long,
    )
    kept = bounded(swollen, 100)
    assert len(kept.text) == 100
    assert len(kept.properties["title"]) == MOST_CHARACTERS
    assert sum(map(len, kept.properties["authors"])) == MOST_ITEMS * MOST_CHARACTERS
    assert len(kept.properties) <= MOST_ITEMS
    assert len(kept.lines) == MOST_LINES
    assert len(kept.lines[0].text) == MOST_CHARACTERS
    assert len(kept.extractor) == MOST_CHARACTERS


def test_what_cannot_be_stored_is_replaced() -> None:
    odd = Extraction("a\udcff", {"title": "\ud800"}, (Line("x", float("nan"), 0, float("inf")),))
    assert bounded(odd, 100) == Extraction("a?", {"title": "?"}, (Line("x", 0.0, 0, 0.0),))


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"properties": {"title": {"a": 1}}},
        {"properties": {"authors": [1]}},
        {"properties": {1: "a"}},
        {"lines": (replace(LINE, text=1),)},  # type: ignore[arg-type]
        {"lines": (replace(LINE, size="1"),)},  # type: ignore[arg-type]
        {"pages": "1"},
        {"pages": -1},
        {"extractor": 1},
    ],
)
def test_other_types_are_no_extraction(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        bounded(replace(Extraction("x"), **wrong), 100)


def test_a_worker_sends_no_more_than_is_kept(tmp_path: Path) -> None:
    book = (
        '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>'
        f"<book-title>{'T' * 5_000_000}</book-title></title-info></description>"
        "<body><section><p>Salt</p></section></body></FictionBook>"
    )
    (tmp_path / "a.fb2").write_text(book)
    request = {
        "reader": "renai.documents.readers.markup",
        "path": str(tmp_path / "a.fb2"),
        "text_limit": 100,
        "seconds": 60,
    }
    command = [sys.executable, "-m", "renai.documents.sandbox.worker", str(2**31)]
    ended = subprocess.run(command, input=pack(request), capture_output=True, check=False)
    assert b"TTT" in ended.stdout
    assert len(ended.stdout) < 10 * MOST_CHARACTERS
