"""Small pictures of pages and covers."""

import io
import zipfile

import pytest
from PIL import Image

from books import pdf
from renai.documents.readers import thumbnail
from renai.errors import DocumentError

_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/book.opf"/></rootfiles></container>"""
_PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata>{meta}</metadata>
<manifest><item id="x" href="the%20cover.png" {properties}/></manifest></package>"""


def picture(width=400, height=600, colour="red", form="PNG"):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, form)
    return stream.getvalue()


def epub(path, cover, meta="", properties='properties="cover-image"'):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("OPS/book.opf", _PACKAGE.format(meta=meta, properties=properties))
        if cover:
            archive.writestr("OPS/the cover.png", cover)
    return path


def shown(path, page=0):
    return Image.open(io.BytesIO(thumbnail.read(path, 0, page=page, side=100).pictures[0]))


def test_a_page_of_a_pdf(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("On Tides"))
    assert max(shown(path).size) == 100
    with pytest.raises(DocumentError, match="no such page"):
        shown(path, 1)


@pytest.mark.parametrize(
    "marked", [{}, {"meta": '<meta name="cover" content="x"/>', "properties": ""}]
)
def test_the_cover_of_an_epub(tmp_path, marked):
    found = shown(epub(tmp_path / "a.epub", picture(), **marked))
    assert found.size == (67, 100)
    assert found.getpixel((30, 50))[0] > 200


@pytest.mark.parametrize("cover", [b"", b"no picture", picture()[:300]])
def test_an_epub_without_a_sound_cover(tmp_path, cover):
    with pytest.raises(DocumentError, match="has no cover"):
        shown(epub(tmp_path / "a.epub", cover))


def test_an_image(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(form="JPEG"))
    assert shown(path).size == (67, 100)


def test_a_text_has_none(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("words")
    with pytest.raises(DocumentError, match="no pages"):
        shown(path)
