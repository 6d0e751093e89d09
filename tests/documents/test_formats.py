"""The table of formats."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from renai.documents.formats import FORMATS, PDFIUM, TEXT, XBERG, reader_for
from renai.errors import DocumentError


def test_the_suffix_decides_in_either_case() -> None:
    assert reader_for(Path("a.pdf")) is PDFIUM
    assert reader_for(Path("A.EPUB")) is XBERG
    assert reader_for(Path("notes.final.txt")) is TEXT


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.mobi", "MOBI cannot be read yet: it needs mutool"),
        ("a.jpg", "is an image and has no text of its own"),
        ("a.exe", "'.exe' is not a format renai knows"),
        ("Makefile", "a file without a suffix is not a format renai knows"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(name: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        reader_for(Path(name))
    assert caught.value.reason == reason


@pytest.mark.parametrize("reader", [PDFIUM, XBERG, TEXT])
def test_every_reader_can_be_imported(reader) -> None:
    assert callable(importlib.import_module(reader.module).read)


def test_a_document_is_readable_or_says_what_it_needs() -> None:
    for form in FORMATS.values():
        assert form.kind == "image" or (form.reader is None) == (form.needs is not None)
