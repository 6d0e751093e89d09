"""Pages that ask for another viewer, in place of a document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from renai.documents.readers import pdf
from renai.documents.readers.pdf_notices import may_be_notice

if TYPE_CHECKING:
    from pathlib import Path

FORM = [
    "Please wait...",
    "If this message is not eventually replaced by the proper contents of the document, your PDF",
    "viewer may not be able to display this type of document.",
]
PORTFOLIO = ["For the best experience, open this PDF portfolio in", "Acrobat X or Adobe Reader X."]
GERMAN = ["Dieses PDF-Portfolio bitte mit Adobe Reader oeffnen."]


def make(path: Path, pages: list[list[str]], *, attach: bool = False) -> Path:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setTitle("Claim for Storm Damage")
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 760 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    document = pypdfium2.PdfDocument(out.getvalue())
    if attach:
        document.new_attachment("inner.txt").set_data(b"inner")
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    ("pages", "attach"), [([FORM], False), ([PORTFOLIO], False), ([GERMAN], True)]
)
def test_a_notice_is_no_text(tmp_path: Path, pages: list[list[str]], attach: bool) -> None:
    extraction = pdf.read(make(tmp_path / "a.pdf", pages, attach=attach), 1000)
    assert (extraction.text, extraction.lines) == ("", ())
    assert extraction.properties["title"] == "Claim for Storm Damage"


def test_pages_besides_a_notice_are_read(tmp_path: Path) -> None:
    path = make(tmp_path / "a.pdf", [PORTFOLIO, ["Storms of the north"]])
    assert pdf.read(path, 1000).text == "Storms of the north"


def test_a_page_that_speaks_of_a_viewer_is_no_notice(tmp_path: Path) -> None:
    path = make(tmp_path / "a.pdf", [["How to read files with Adobe Reader"]])
    assert pdf.read(path, 1000).text == "How to read files with Adobe Reader"
    assert may_be_notice("How to read files with Adobe Reader")


def test_a_dynamic_form_is_known_whatever_its_language(tmp_path: Path) -> None:
    path = make(tmp_path / "a.pdf", [["Bitte warten"]])
    data = path.read_bytes().replace(
        b"/Type/Catalog", b"/Type/Catalog/NeedsRendering true/AcroForm<</Fields[]/XFA(x)>>", 1
    )
    assert b"NeedsRendering" in data
    path.write_bytes(data)
    assert pdf.read(path, 1000).text == ""
