"""Scans, read by the real engines in real workers."""

import shutil

import pytest

from books import make_scan, pdf
from renai.documents.ocr.engine import ENGINES, Ocr, installed_engine
from renai.documents.sandbox.pool import WorkerPool

pytestmark = pytest.mark.xdist_group("ocr")  # the models take memory: one worker loads them


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """The first page of a book as a picture, without text."""
    lines = ["The Salt Road", "by Ilse Marwood", "Copyright 1987 Lantern Quay Press"]
    return make_scan(tmp_path_factory.mktemp("scans") / "scan0001.pdf", lines)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_scan_is_read(scan, engine):
    if engine == "tesseract" and not shutil.which("tesseract"):
        pytest.skip("install tesseract-ocr to run this")
    async with WorkerPool(1) as pool:
        extraction = await pool.read(scan, ocr=Ocr(engine))
    first, second, *_ = extraction.lines
    assert first.text == "The Salt Road"
    assert second.text == "by Ilse Marwood"
    assert first.size > 1.4 * second.size
    assert 0.1 < first.top < second.top < 0.4
    assert "Copyright 1987 Lantern Quay Press" in extraction.text
    assert engine in extraction.extractor


async def test_a_scan_on_its_side_or_its_head_is_turned(tmp_path):
    lines = ["The Salt Road", "by Ilse Marwood", "Copyright 1987 Lantern Quay Press"]
    async with WorkerPool(1) as pool:
        for quarters in (1, 2):
            path = make_scan(tmp_path / f"{quarters}.pdf", lines, quarters)
            extraction = await pool.read(path, ocr=Ocr("rapidocr"))
            first, second, third = extraction.lines
            assert [first.text, second.text] == lines[:2]
            assert "1987 Lantern Quay Press" in third.text
            assert 0.1 < first.top < second.top < 0.4
            assert first.page_height == pytest.approx(400, abs=2)  # that of the sheet, upright


async def test_without_ocr_a_scan_has_no_text(scan):
    async with WorkerPool(1) as pool:
        extraction = await pool.read(scan)
    assert extraction.text == ""
    assert extraction.pages == 1


async def test_a_pdf_with_text_loads_no_engine(tmp_path):
    path = tmp_path / "born.pdf"
    path.write_bytes(pdf("A Born Digital Book"))
    async with WorkerPool(1) as pool:
        extraction = await pool.read(path, ocr=Ocr("rapidocr"))
    assert "A Born Digital Book" in extraction.text
    assert "rapidocr" not in extraction.extractor


def test_the_engine_that_is_wanted_is_taken_and_else_the_next_best(monkeypatch):
    monkeypatch.setattr(
        "renai.documents.ocr.engine._is_installed", lambda engine: engine == "tesseract"
    )
    assert installed_engine("rapidocr") == "tesseract"
    monkeypatch.setattr("renai.documents.ocr.engine._is_installed", lambda engine: False)
    assert installed_engine() is None


def test_languages_shape_what_tesseract_reads_and_nothing_else():
    assert Ocr("tesseract", ("deu",)).described() != Ocr("tesseract", ("eng",)).described()
    assert Ocr("rapidocr", ("deu",)).described() == Ocr("rapidocr", ("eng",)).described()
