"""What an EPUB or an FB2 says of itself: the catalogue card of a book, series and ISBN included.

xberg reads their text well but leaves out series, ISBN, publisher or the year of the print, and
these two formats are where a library's best metadata stands. So their XML is read here, with the
standard library: https://www.w3.org/TR/epub-33/#sec-pkg-metadata and the FictionBook 2.1 schema.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from renai.documents.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

Properties = dict[str, str | list[str]]

_MOST_XML_BYTES = 8 * 2**20
_AUTHOR_ROLES = {"", "aut"}
# The whole of an identifier: a UUID has digits enough for an ISBN, too.
_ISBN = re.compile(r"(?:urn:)?(?:isbn[:\s]*)?((?:97[89][- ]?)?(?:\d[- ]?){9}[\dX])", re.IGNORECASE)


def book_properties(form: str, data: bytes) -> Properties:
    """The book's own metadata; nothing where that is damaged: the text may still be good.

    Args:
        form: the format's name; nothing is known of other formats than EPUB and FB2.
        data: the whole file.
    """
    read = {"EPUB": _epub, "FB2": _fb2}.get(form)
    if read is None:
        return {}
    try:
        found = read(data)
    except (ElementTree.ParseError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError):
        return {}
    return {name: value for name, value in found.items() if value}


def _epub(data: bytes) -> Properties:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        container = _parse(_member(archive, "META-INF/container.xml"))
        package = _parse(_member(archive, _attribute(container, ".//{*}rootfile", "full-path")))
    # EPUB 3 refines one element by another that names its id; EPUB 2 has attributes for it.
    refined = {
        (meta.get("refines", "").removeprefix("#"), meta.get("property")): _line(meta.text)
        for meta in package.iterfind(".//{*}meta[@refines]")
    }
    creators = [
        _line(creator.text)
        for creator in package.iterfind(".//{*}creator")
        if (_role(creator) or refined.get((creator.get("id", ""), "role"), "")) in _AUTHOR_ROLES
    ]
    collection = package.find(".//{*}meta[@property='belongs-to-collection']")
    number = "" if collection is None else refined.get((collection.get("id", ""), "group-position"))
    return {
        "title": _text(package, ".//{*}metadata//{*}title"),
        "authors": [name for name in creators if name],
        "year": _text(package, ".//{*}date"),
        "publisher": _text(package, ".//{*}publisher"),
        "language": _text(package, ".//{*}language"),
        "isbn": _first_isbn(_line(x.text) for x in package.iterfind(".//{*}identifier")),
        "series": _attribute(package, ".//{*}meta[@name='calibre:series']", "content")
        or _line(collection.text if collection is not None else ""),
        "series_index": _attribute(package, ".//{*}meta[@name='calibre:series_index']", "content")
        or number
        or "",
    }


def _fb2(data: bytes) -> Properties:
    card = _description(data)
    authors = [
        _line(" ".join(_text(author, f"{{*}}{part}-name") for part in ("first", "middle", "last")))
        or _text(author, "{*}nickname")
        for author in card.iterfind("{*}title-info/{*}author")
    ]
    return {
        "title": _text(card, "{*}title-info/{*}book-title"),
        "authors": [name for name in authors if name],
        "year": _text(card, "{*}publish-info/{*}year") or _text(card, "{*}title-info/{*}date"),
        "publisher": _text(card, "{*}publish-info/{*}publisher"),
        "language": _text(card, "{*}title-info/{*}lang"),
        "isbn": _first_isbn([_text(card, "{*}publish-info/{*}isbn")]),
        "series": _attribute(card, "{*}title-info/{*}sequence", "name"),
        "series_index": _attribute(card, "{*}title-info/{*}sequence", "number"),
    }


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part of a ZIP archive; its stated size may be a lie, so no more than is sane is read."""
    with archive.open(name) as part:
        data = part.read(_MOST_XML_BYTES + 1)
    return _without_entities(data)


def _without_entities(data: bytes) -> bytes:
    """Refuse documents that declare entities: no honest one does, and bombs are made of them."""
    if len(data) > _MOST_XML_BYTES or b"<!ENTITY" in data:
        raise ValueError("too large, or declares entities")
    return data


def _parse(data: bytes) -> Element:
    # ElementTree opens no external entities, and expat (2.4.1+) bounds what others expand to.
    return ElementTree.fromstring(data)  # noqa: S314 - see above and _without_entities


def _description(data: bytes) -> Element:
    """An FB2's description, without parsing the book and its pictures that follow it."""
    head = _without_entities(data[:_MOST_XML_BYTES])
    for _, element in ElementTree.iterparse(io.BytesIO(head)):  # noqa: S314 - as in _parse
        if element.tag.rpartition("}")[2] == "description":
            return element
    raise ValueError("has no description")


def _role(creator: Element) -> str:
    return next((value for name, value in creator.items() if name.endswith("}role")), "")


def _text(parent: Element, path: str) -> str:
    return _line(parent.findtext(path))


def _attribute(parent: Element, path: str, name: str) -> str:
    element = parent.find(path)
    return "" if element is None else clean_line(element.get(name, ""))


def _line(text: str | None) -> str:
    return clean_line(text or "")


def _first_isbn(texts: Iterable[str]) -> str:
    """As it stands in the file; whether its check digit is right is for others to judge."""
    return next((match[1] for text in texts if (match := _ISBN.fullmatch(text))), "")
