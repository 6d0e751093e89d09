import io
from contextlib import suppress
from itertools import islice

import pypdfium2
import pytest
from PIL import ExifTags, Image

from made_documents import _WAYS, _damaged, _photographs, all_makings, make_documents
from renai.documents.readers import pdf
from renai.errors import DocumentError


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The first work's pages, in every way they can lie on the glass."""
    folder = tmp_path_factory.mktemp("made")
    for name, data, _ in islice(all_makings(), 5):
        (folder / name).write_bytes(data)
    return folder


def test_scans_have_no_text_of_their_own(pages):
    names = {path.name for path in pages.iterdir()}
    assert names == {f"{way}-0.pdf" for way in _WAYS}
    for path in pages.iterdir():
        assert pdf.read(path, 1000).text == ""


def test_a_scan_is_a_page_at_300_dpi_and_a_turned_one_lies_on_its_side(pages):
    with pypdfium2.PdfDocument(pages / "scan-0.pdf") as upright:
        assert upright[0].get_size() == pytest.approx((595, 842), abs=1)
    with pypdfium2.PdfDocument(pages / "sideways-0.pdf") as turned:
        assert turned[0].get_size() == pytest.approx((842, 595), abs=1)


def test_photographs_say_who_took_them():
    for _, data, truth in _photographs():
        exif = Image.open(io.BytesIO(data)).getexif()
        assert exif[ExifTags.Base.ImageDescription] == truth["title"]
        assert [exif[ExifTags.Base.Artist]] == truth["authors"]


def test_damaged_files_cost_a_refusal_at_most(tmp_path):
    for name, data, truth in _damaged():
        path = tmp_path / name
        path.write_bytes(data)
        assert truth is None
        if path.suffix == ".pdf":
            with suppress(DocumentError):
                assert "Harbours" not in pdf.read(path, 1000).text


def test_the_folder_appears_when_it_is_whole(tmp_path, monkeypatch):
    def stopped():
        yield "scan.pdf", b"%PDF", None
        raise KeyboardInterrupt

    monkeypatch.setattr("made_documents.all_makings", stopped)
    with pytest.raises(KeyboardInterrupt):
        make_documents(tmp_path / "made")
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr("made_documents.all_makings", lambda: iter([("a.pdf", b"%PDF", None)]))
    assert make_documents(tmp_path / "made") == make_documents(tmp_path / "made") == 1
