"""Sound files that were called damaged, and old formats."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from docx import Document

from renai.documents.readers import markup
from renai.documents.readers.rtf import rtf_properties
from renai.errors import DamagedDocumentError, DocumentError

if TYPE_CHECKING:
    from pathlib import Path

BOOK = {
    "META-INF/container.xml": (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="in/book.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    ),
    "in/book.opf": (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Salt Roads</dc:title>'
        "<dc:creator>Ines Falk</dc:creator></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    ),
    "in/a.xhtml": (
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Carts went north.</p></body></html>'
    ),
}


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "blank",
    ["&nbsp;", " ", "&#160;", "\u3000", "<b>&emsp;</b>", "&nbsp;<br>&nbsp;", "<a id=x> </a>"],
)
@pytest.mark.parametrize("level", ["h1", "H3"])
def test_a_heading_without_words_does_not_make_a_page_damaged(
    tmp_path: Path, blank: str, level: str
) -> None:
    body = f"<h1>Salt</h1><{level} class=x>{blank}</{level}><p>Carts.</p>"
    page = f"<html><head><title>Salt Roads</title></head><body>{body}</body></html>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    extraction = markup.read(tmp_path / "a.html", 100)
    assert (extraction.properties["title"], extraction.text.split()) == (
        "Salt Roads",
        ["Salt", "Carts."],
    )


def test_a_long_page_that_fails_somewhere_is_read_as_far_as_its_head(tmp_path: Path) -> None:
    body = "<p>Carts went north.</p>" * 60_000 + '<h2 title=">">&nbsp;</h2>'
    page = f"<html><head><title>Salt Roads</title></head><body>{body}</body></html>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    extraction = markup.read(tmp_path / "a.html", 30)
    assert extraction.properties["title"] == "Salt Roads"
    assert extraction.text.startswith("Carts went north.")


@pytest.mark.parametrize("nest", ["", "salt/", "books/My Book/"])
def test_a_book_may_stand_in_a_folder_of_its_package(tmp_path: Path, nest: str) -> None:
    (tmp_path / "a.epub").write_bytes(packed({nest + name: x for name, x in BOOK.items()}))
    extraction = markup.read(tmp_path / "a.epub", 100)
    assert extraction.text == "Carts went north."
    assert (extraction.properties["title"], extraction.properties["authors"]) == (
        "Salt Roads",
        ["Ines Falk"],
    )


@pytest.mark.parametrize("main", ["word/document.xml", "word/document2.xml", "body/main.xml"])
def test_the_main_part_may_have_any_name(tmp_path: Path, main: str) -> None:
    document = Document()
    document.core_properties.title = "Salt Roads"
    document.add_paragraph("Carts went north.")
    whole = io.BytesIO()
    document.save(whole)
    folder, _, file = main.rpartition("/")
    renamed = {
        "word/document.xml": main,
        "word/_rels/document.xml.rels": f"{folder}/_rels/{file}.rels",
    }
    with zipfile.ZipFile(whole) as archive:
        parts = {
            renamed.get(name, name): archive.read(name).replace(b"word/document.xml", main.encode())
            for name in archive.namelist()
        }
    (tmp_path / "a.docx").write_bytes(packed(parts))
    extraction = markup.read(tmp_path / "a.docx", 100)
    assert (extraction.text, extraction.properties["title"]) == ("Carts went north.", "Salt Roads")


def test_what_is_damaged_stays_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.epub").write_bytes(packed({"nothing": "here"}))
    with pytest.raises(DamagedDocumentError):
        markup.read(tmp_path / "a.epub", 100)


def test_a_presentation_is_read(tmp_path: Path) -> None:
    office = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    draw = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    text = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    content = (
        f"<office:document-content {office} {draw} {text}><office:body><office:presentation>"
        '<draw:page draw:name="p1"><draw:frame><draw:text-box><text:p>Salt Roads</text:p>'
        "</draw:text-box></draw:frame></draw:page></office:presentation></office:body>"
        "</office:document-content>"
    )
    meta = (
        f"<office:document-meta {office} {dc}><office:meta><dc:title>Roads of Salt</dc:title>"
        "</office:meta></office:document-meta>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.presentation",
        "content.xml": content,
        "meta.xml": meta,
    }
    (tmp_path / "a.odp").write_bytes(packed(parts))
    extraction = markup.read(tmp_path / "a.odp", 100)
    assert "Salt Roads" in extraction.text
    assert extraction.properties["title"] == "Roads of Salt"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb"{\rtf1\ansi Carts went north.\par}", "Carts went north."),
        (b"Carts went north.\nSlowly.\n", "Carts went north.\nSlowly."),
    ],
)
def test_a_doc_is_read_as_what_it_is(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "a.doc").write_bytes(content)
    assert markup.read(tmp_path / "a.doc", 100).text == text


def test_a_broken_doc_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(DocumentError, match="damaged, encrypted or not DOC"):
        markup.read(tmp_path / "a.doc", 100)


def test_properties_of_rtf_are_decoded() -> None:
    escaped = {"title": r"\'d1\'ee\'eb\'fc", "authors": [r"\u1048?\u1088?", "Falk"]}
    decoded = rtf_properties(escaped, rb"{\rtf1\ansi\ansicpg1251")
    assert decoded == {"title": "Соль", "authors": ["Ир", "Falk"]}
