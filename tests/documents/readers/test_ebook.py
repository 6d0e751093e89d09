"""What EPUBs and FB2s say of themselves."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from renai.documents.readers.ebook import book_properties

if TYPE_CHECKING:
    from types import ModuleType

_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="a.opf"/></rootfiles></container>'
)


def epub(metadata: str, *, prolog: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr(
            "a.opf",
            f'{prolog}<package xmlns="http://www.idpf.org/2007/opf" '
            'xmlns:opf="http://www.idpf.org/2007/opf">'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata></package>',
        )
    return stream.getvalue()


def test_an_epub_names_book_isbn_and_series(sample: ModuleType) -> None:
    assert book_properties("EPUB", sample.epub(sample.SALT)) == {
        "title": "Salt, Smoke and Sugar",
        "authors": ["Maren Öztürk-Lind"],
        "year": "2009-03-01",
        "publisher": "Drei Krähen Verlag",
        "language": "en",
        "isbn": "978-3-16-148410-0",
        "series": "Kitchens of the North",
        "series_index": "2",
    }


def test_only_authors_are_authors() -> None:
    found = book_properties(
        "EPUB",
        epub(
            '<dc:creator id="a">Ann</dc:creator><meta refines="#a" property="role">aut</meta>'
            '<dc:creator id="b">Bob</dc:creator><meta refines="#b" property="role">ill</meta>'
            '<dc:creator opf:role="trl">Cyn</dc:creator><dc:creator>  Dan </dc:creator>'
        ),
    )
    assert found == {"authors": ["Ann", "Dan"]}


def test_an_epub_3_collection_is_a_series() -> None:
    found = book_properties(
        "EPUB",
        epub(
            '<meta property="belongs-to-collection" id="c">Roads</meta>'
            '<meta refines="#c" property="group-position">3</meta>'
            "<dc:identifier>uuid:12345678-1234-1234-1234-123456789012</dc:identifier>"
        ),
    )
    assert found == {"series": "Roads", "series_index": "3"}


@pytest.mark.parametrize(
    "titles",
    [
        (
            '<dc:title id="a">Of the Coast</dc:title><dc:title id="b">Lamps</dc:title>'
            '<meta refines="#a" property="display-seq">2</meta>'
            '<meta refines="#b" property="display-seq">1</meta>'
        ),
        (
            '<dc:title id="a">Cookery</dc:title><dc:title id="b">Lamps</dc:title>'
            '<meta refines="#a" property="title-type">collection</meta>'
            '<meta refines="#a" property="display-seq">1</meta>'
            '<meta refines="#b" property="display-seq">2</meta>'
        ),
        (
            '<dc:title id="a">Cookery</dc:title><dc:title id="b">Lamps</dc:title>'
            '<meta refines="#a" property="display-seq">1</meta>'
            '<meta refines="#b" property="title-type">main</meta>'
            '<meta refines="#b" property="display-seq">2</meta>'
        ),
        '<dc:title>Cookery</dc:title><dc:title opf:title-type="main">Lamps</dc:title>',
        '<dc:title opf:type="subtitle">Of the Coast</dc:title><dc:title>Lamps</dc:title>',
        '<dc:title opf:display-seq="2">A</dc:title><dc:title opf:display-seq="1">Lamps</dc:title>',
        "<dc:title>Lamps</dc:title><dc:title>Of the Coast</dc:title>",
        "<dc:title> </dc:title><dc:title>Lamps</dc:title>",
    ],
)
def test_of_several_titles_the_main_one_counts(titles: str) -> None:
    assert book_properties("EPUB", epub(titles)) == {"title": "Lamps"}


def test_a_title_is_whole_though_elements_stand_in_it() -> None:
    broken = epub("<dc:title>Lamps<br/>of <i>Ad</i>en</dc:title>")
    assert book_properties("EPUB", broken) == {"title": "Lamps of Aden"}


def test_a_day_from_which_a_program_counts_is_no_date() -> None:
    dates = "<dc:date>1601-01-01T00:00:00Z</dc:date><dc:date>2004-05-01</dc:date>"
    assert book_properties("EPUB", epub(dates)) == {"year": "2004-05-01"}


def test_an_fb2_names_book_isbn_and_series() -> None:
    book = """<?xml version="1.0" encoding="windows-1251"?>
        <FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
        <author><first-name>Анна</first-name><last-name>Ключ</last-name></author>
        <author><nickname>Owl</nickname></author><book-title>Мост</book-title><date>1999</date>
        <lang>ru</lang><sequence name="Реки" number="4"/></title-info><publish-info>
        <publisher>Дом</publisher><year>2001</year><isbn>978-3-16-148410-0</isbn></publish-info>
        </description><body><section><p>never parsed &broken;"""
    assert book_properties("FB2", book.encode("windows-1251")) == {
        "title": "Мост",
        "authors": ["Анна Ключ", "Owl"],
        "year": "2001",
        "publisher": "Дом",
        "language": "ru",
        "isbn": "978-3-16-148410-0",
        "series": "Реки",
        "series_index": "4",
    }


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;">]>'
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for prolog in (bomb, outside):
        assert book_properties("EPUB", epub("<dc:title>&x;</dc:title>", prolog=prolog)) == {}


def test_damage_gives_nothing() -> None:
    whole = epub("<dc:title>A</dc:title>")
    assert book_properties("EPUB", whole) == {"title": "A"}
    for data in (b"", b"junk", whole[:60], epub("<unclosed>")):
        assert book_properties("EPUB", data) == {}
    assert book_properties("FB2", b"<FictionBook/>") == {}
    assert book_properties("DOCX", whole) == {}
