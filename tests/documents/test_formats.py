"""The table of formats."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from renai.documents.formats import (
    BUILT_IN,
    FORMATS,
    MUTOOL,
    PDFIUM,
    TEXT,
    XBERG,
    Format,
    need_mutool,
    readers_for,
)
from renai.documents.readers.mutool import CONTAINER_METADATA
from renai.errors import DocumentError


def test_the_suffix_decides_in_either_case() -> None:
    assert readers_for(Path("a.pdf")) == (PDFIUM, MUTOOL)
    assert readers_for(Path("A.EPUB")) == (XBERG,)
    assert readers_for(Path("notes.final.txt")) == (TEXT,)


def test_mutool_comes_last_and_can_be_ruled_out() -> None:
    assert need_mutool() == ["MOBI", "AZW3", "XPS", "CBZ"]
    assert readers_for(Path("a.fb2")) == (XBERG, MUTOOL)
    assert readers_for(Path("a.fb2"), mutool=False) == (XBERG,)
    with pytest.raises(DocumentError, match=r"^a\.mobi: MOBI is read .* --no-mutool rules out$"):
        readers_for(Path("a.mobi"), mutool=False)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.jpg", "is an image and has no text of its own"),
        ("a.exe", "'.exe' is not a format renai knows"),
        ("Makefile", "a file without a suffix is not a format renai knows"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(name: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        readers_for(Path(name))
    assert caught.value.reason == reason


@pytest.mark.parametrize("reader", [PDFIUM, XBERG, TEXT, MUTOOL, CONTAINER_METADATA])
def test_every_reader_can_be_imported(reader) -> None:
    assert callable(importlib.import_module(reader.module).read)


def test_no_two_formats_share_a_suffix() -> None:
    assert len(FORMATS) == sum(len(form.suffixes) for form in BUILT_IN)


@pytest.mark.parametrize("suffix", ["txt", ".TXT", ".tar.gz", ".", ""])
def test_a_suffix_is_a_small_one_with_its_dot(suffix: str) -> None:
    with pytest.raises(ValueError, match="is no suffix"):
        Format("text", (suffix,), "text/plain", (TEXT,))


def test_a_format_that_nothing_reads_is_none() -> None:
    with pytest.raises(ValueError, match="neither readers nor a viewer"):
        Format("text", (".txt",), "text/plain")
