"""The table of formats."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from renai.documents.formats import FORMATS, MUTOOL, PDFIUM, TEXT, XBERG, need_mutool, readers_for
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


def test_every_document_has_a_reader() -> None:
    assert all(form.kind == "image" or form.readers for form in FORMATS.values())
