"""PDFs as they should be, and as they are."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from reportlab.pdfgen.canvas import Canvas

from books import pdf as book
from renai.documents.readers import pdf
from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


def test_a_book_gives_text_properties_and_pages(library: Path) -> None:
    extraction = pdf.read(library / "download (3).pdf", 10_000)
    assert extraction.text.startswith(
        "The Patience of Tides\nby Ilse Marwood\nLantern Quay Press\n\n"
    )
    assert "ISBN 978-0-306-40615-7\n\nChapter One\n" in extraction.text
    assert extraction.properties["title"] == "The Patience of Tides"
    assert extraction.properties["authors"] == "Ilse Marwood"
    assert extraction.pages == 3
    assert "pdfium" in extraction.extractor


def test_lines_carry_size_place_and_weight_of_the_first_two_pages(library: Path) -> None:
    lines = pdf.read(library / "download (3).pdf", 10_000).lines
    title, author, *_ = lines
    assert (title.text, title.size, title.page, title.bold) == (
        "The Patience of Tides", 22.0, 0, True,
    )  # fmt: skip
    assert (author.text, author.size, author.bold) == ("by Ilse Marwood", 13.0, False)
    assert 0.2 < title.top < 0.3 < author.top < 0.6
    assert {line.page for line in lines} == {0, 1}


def test_a_size_that_stands_in_the_text_matrix_is_seen(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 1)
    canvas.scale(30, 30)
    canvas.drawString(2, 20, "Scaled")
    canvas.save()
    (line,) = pdf.read(tmp_path / "a.pdf", 100).lines
    assert line.size == pytest.approx(30)


def test_a_ligature_that_its_font_does_not_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(
        _with_text(rb"Coe\036cients of \034sh, o\033er, \035oe, a\017uent, \016ve and 1\0362")
    )
    extraction = pdf.read(tmp_path / "a.pdf", 100)
    assert extraction.text == "Coefficients of fish, offer, floe, affluent, ffive and 12"
    assert [line.text for line in extraction.lines] == [extraction.text]


def _with_text(text: bytes) -> bytes:
    """Return a PDF that shows a text in a font without names for its glyphs."""
    shown = b"BT /F 12 Tf 72 700 Td (" + text + b") Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = b"%PDF-1.4\n"
    for number, said in enumerate(objects, 1):
        body += b"%d 0 obj%s endobj\n" % (number, said)
    return body + b"trailer<</Root 1 0 R>>"


def test_a_word_broken_at_a_line_is_mended(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(72, 700, "A light-")
    canvas.drawString(72, 686, "house stood there.")
    canvas.save()
    assert pdf.read(tmp_path / "a.pdf", 100).text == "A lighthouse stood there."


def test_a_file_too_large_to_be_mapped_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(book("Harbour Tales"))
    mapped = pdf.read(path, 1000)
    monkeypatch.setattr("renai.documents.readers.pdf._MOST_MAPPED", 0)
    assert pdf.read(path, 1000) == mapped


def test_pages_beyond_the_limit_are_not_parsed(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "long.pdf"))
    for number in range(400):
        canvas.drawString(72, 700, f"Page {number} " * 8)
        canvas.showPage()
    canvas.save()
    extraction = pdf.read(tmp_path / "long.pdf", 150)
    assert len(extraction.text) == 150
    assert extraction.pages == 400


def test_a_pdf_without_text_is_a_reading_without_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.rect(10, 10, 200, 200, fill=1)
    canvas.save()
    extraction = pdf.read(tmp_path / "scan.pdf", 100)
    assert (extraction.text, extraction.lines, extraction.pages) == ("", (), 1)


def test_hostile_properties_are_one_clean_line(library: Path) -> None:
    title = pdf.read(library / "hostile.pdf", 100).properties["title"]
    assert isinstance(title, str)
    assert title.startswith("../../etc/passwd")
    assert "\n" not in title


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("damaged.pdf", "is damaged or not a PDF"),
        ("encrypted.pdf", "is encrypted and opens with a password only"),
        ("empty.pdf", "is empty (0 bytes)"),
        ("missing.pdf", "is no longer there"),
        ("maps", "is not a regular file"),
    ],
)
def test_what_cannot_be_read_says_why(library: Path, name: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        pdf.read(library / name, 100)
    assert caught.value.reason == reason


def test_forty_damaged_copies_give_text_or_a_clear_error(
    sample: ModuleType, tmp_path: Path
) -> None:
    whole = sample.pdf(sample.TIDES)
    chance = random.Random(7)
    outcomes = set()
    for number in range(40):
        data = bytearray(whole[: chance.randrange(1, len(whole))] if number % 2 else whole)
        for _ in range(8):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(data)
        try:
            outcome = "text" if pdf.read(path, 1000).text.encode() else "no text"
        except DocumentError as error:
            outcome = error.reason
        outcomes.add(outcome)
    assert (
        {"text", "is damaged or not a PDF"}
        <= outcomes
        <= {
            "text",
            "no text",
            "is damaged or not a PDF",
        }
    )
