"""Read what EPUB and FB2 files say of themselves, and tell whether one is protected.

A library's best metadata stands in these two formats. xberg reads their text well but leaves out
series, ISBN, publisher or the year of the print, so their XML is read here:
https://www.w3.org/TR/epub-33/#sec-pkg-metadata and the FictionBook 2.1 schema.
"""

from __future__ import annotations

import io
import posixpath
import sys
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import unquote

from renai.documents.readers.safe_xml import (
    BROKEN,
    attribute_of,
    parse_until,
    text_of,
    texts_of,
    xml_part,
)
from renai.identifiers import first_stated_isbn
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

Properties = dict[str, str | list[str]]

_AUTHOR_ROLES = {"", "aut"}
_COLLECTION = "{*}meta[@property='belongs-to-collection']"
# Fonts are often obfuscated with a key that stands in the book itself; that protects nothing else.
_OBFUSCATED_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_UNDEFINED = ("0000", "0001-01-01", "0101-01-01", "1601-01-01", "1899-12-30", "1970-01-01T00:00:00")
"""What programs write where no date is known: the days from which they count, and calibre's."""
_TITLE_TYPES = ("title-type", "type", "role")
"""What books say the kind of a title by: EPUB 3 in an element, others in an attribute."""
_OF_MAIN_TITLES = {"", "main", "primary", "maintitle"}
_IN_A_LINE = {"a", "b", "em", "i", "span", "strong", "sub", "sup", "small", "u"}
_METHODS = ".//{*}EncryptedData/{*}EncryptionMethod"
_NAME_PARTS = ("first-name", "middle-name", "last-name")


def book_properties(form: str, data: bytes) -> Properties:
    """Return the book's own metadata; nothing if that is damaged, for the text may still be good.

    Args:
        form: the format's name; nothing is known of other formats than EPUB and FB2.
        data: the whole file.
    """
    read = {"EPUB": _epub, "FB2": _fb2}.get(form)
    if read is None:
        return {}
    try:
        found = read(data)
    except BROKEN:
        return {}
    return {name: value for name, value in found.items() if value}


def is_protected_epub(data: bytes) -> bool:
    """Return whether the text of an EPUB is encrypted; False if that cannot be told.

    `META-INF/encryption.xml` lists what is encrypted, and how
    (https://www.w3.org/TR/epub-33/#sec-encryption.xml).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            encryption = xml_part(archive, "META-INF/encryption.xml")
    except BROKEN:
        return False
    methods = {method.get("Algorithm") for method in encryption.iterfind(_METHODS)}
    return not methods <= _OBFUSCATED_FONTS


def cover_of(archive: zipfile.ZipFile) -> str:
    """Return the name of the cover's picture in an EPUB; empty if it names none.

    EPUB 3 marks it by a property, EPUB 2 by an element `meta` that names its id
    (https://www.w3.org/TR/epub-33/#sec-cover-image).
    """
    container = xml_part(archive, "META-INF/container.xml")
    place = attribute_of(container, ".//{*}rootfile", "full-path")
    package = xml_part(archive, place)
    named = attribute_of(package, ".//{*}meta[@name='cover']", "content")
    for item in package.iterfind(".//{*}manifest/{*}item"):
        is_cover = "cover-image" in item.get("properties", "").split()
        if is_cover or (named and item.get("id") == named):
            return posixpath.normpath(
                posixpath.join(posixpath.dirname(place), unquote(item.get("href", "")))
            )
    return ""


def _epub(data: bytes) -> Properties:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = xml_part(archive, "META-INF/container.xml")
        package = xml_part(archive, attribute_of(container, ".//{*}rootfile", "full-path"))
    # EPUB 3 refines one element by another that names its id; EPUB 2 has attributes for it.
    refined = {
        (meta.get("refines", "").removeprefix("#"), meta.get("property")): document_line(meta.text)
        for meta in package.iterfind(".//{*}meta[@refines]")
        if meta.text
    }
    authors = [
        document_line(creator.text)
        for creator in package.iterfind(".//{*}creator")
        if creator.text
        and (_role(creator) or refined.get((creator.get("id", ""), "role"), "")) in _AUTHOR_ROLES
    ]
    collection = attribute_of(package, f".//{_COLLECTION}", "id")
    return {
        "title": _main_title(package, refined),
        "authors": authors,
        "year": next(filter(None, map(_published, package.iterfind(".//{*}date"))), ""),
        "publisher": text_of(package, ".//{*}publisher"),
        "language": text_of(package, ".//{*}language"),
        "isbn": first_stated_isbn(texts_of(package, ".//{*}identifier")),
        "series": attribute_of(package, ".//{*}meta[@name='calibre:series']", "content")
        or text_of(package, f".//{_COLLECTION}"),
        "series_index": attribute_of(package, ".//{*}meta[@name='calibre:series_index']", "content")
        or refined.get((collection, "group-position"), ""),
    }


def _main_title(package: Element, refined: dict[tuple[str, str | None], str]) -> str:
    """Return the title that is marked as the main one, else the first of those that may be it.

    Which is first, `display-seq` says, where a book has it.
    """

    def said(title: Element, *names: str) -> str:
        by_element = (refined.get((title.get("id", ""), name), "") for name in names)
        attributes = {name.rpartition("}")[2]: value for name, value in title.items()}
        by_attribute = (attributes.get(name, "") for name in names)
        return next(filter(None, (*by_element, *by_attribute)), "").strip().lower()

    def rank(title: Element) -> tuple[bool, bool, int]:
        kind, place = said(title, *_TITLE_TYPES), said(title, "display-seq")
        number = int(place) if place.isdecimal() else sys.maxsize
        return (kind not in _OF_MAIN_TITLES, not kind, number)

    titles = sorted(package.iterfind(".//{*}metadata//{*}title"), key=rank)
    return next(filter(None, map(_whole_text, titles)), "")


def _whole_text(element: Element) -> str:
    """Return an element's text on one line, also of elements in it, which may break the line."""

    def pieces(one: Element) -> Iterator[str]:
        yield one.text or ""
        for child in one:
            space = "" if child.tag.rpartition("}")[2].lower() in _IN_A_LINE else " "
            yield space
            yield from pieces(child)
            yield space
            yield child.tail or ""

    return document_line("".join(pieces(element)))


def _published(date: Element) -> str:
    """Return a date unless it says when the file was changed, or that none is known."""
    event = next((value for name, value in date.items() if name.endswith("}event")), "")
    line = document_line(date.text or "")
    return "" if event == "modification" or line.startswith(_UNDEFINED) else line


def _fb2(data: bytes) -> Properties:
    book = parse_until(data, "description")
    authors = [
        " ".join(filter(None, (text_of(author, f"{{*}}{part}") for part in _NAME_PARTS)))
        or text_of(author, "{*}nickname")
        for author in book.iterfind("{*}title-info/{*}author")
    ]
    title = book.find("{*}title-info/{*}book-title")
    return {
        "title": "" if title is None else _whole_text(title),
        "authors": [name for name in authors if name],
        "year": text_of(book, "{*}publish-info/{*}year") or text_of(book, "{*}title-info/{*}date"),
        "publisher": text_of(book, "{*}publish-info/{*}publisher"),
        "language": text_of(book, "{*}title-info/{*}lang"),
        "isbn": first_stated_isbn(texts_of(book, "{*}publish-info/{*}isbn")),
        "series": attribute_of(book, "{*}title-info/{*}sequence", "name"),
        "series_index": attribute_of(book, "{*}title-info/{*}sequence", "number"),
    }


def _role(creator: Element) -> str:
    return next((value for name, value in creator.items() if name.endswith("}role")), "")
