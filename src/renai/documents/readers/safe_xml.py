"""Parse XML of a hostile document, which may be a ZIP package, and ask it for single lines.

ElementTree opens no external entities and expat (2.4.1 and later) bounds what others expand to;
refusing every declared entity and all that is too large makes it independent of their versions.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree
from xml.parsers import expat

from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from xml.etree.ElementTree import Element

_MOST_BYTES = 8 * 2**20
_PIECE = 64  # bytes; too few for a bomb
_CHUNK = 2**14  # bytes that are parsed before what they hold is looked at

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,  # there is no such part
    ValueError,  # it is no XML, or no safe one
    RuntimeError,  # it is encrypted, or compressed in a way unknown
    EOFError,
    OSError,
)
"""All that `zipfile` and `xml_part` raise over a damaged package."""


def parse(data: bytes) -> Element:
    """Return the root of a document.

    Raises:
        ValueError: it is no well-formed XML, too large, or declares entities.
    """
    _refuse_entities(data)
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - what makes it safe stands above
    except ElementTree.ParseError as error:
        raise ValueError("not well-formed") from error


def parse_until(data: bytes, name: str) -> Element:
    """Return the first element of a local name, without parsing what follows it.

    Raises:
        ValueError: as `parse`, or there is no such element near the beginning.
    """
    head = data[:_MOST_BYTES]
    _refuse_entities(head)
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(head)):  # noqa: S314 - as above
            if element.tag.rpartition("}")[2] == name:
                return element
    except ElementTree.ParseError as error:
        raise ValueError("not well-formed") from error
    raise ValueError(f"has no {name}")


def elements_in_head(
    head: bytes, names: Collection[str], aside: Collection[str] = ()
) -> Iterator[Element]:
    """Yield elements of a document as they end, as far as its beginning holds them whole.

    Args:
        head: the beginning of a document.
        names: the local names of the elements.
        aside: the local names of elements in which nothing is looked for.

    Raises:
        ValueError: the beginning is not well-formed, too large, or declares entities.
    """
    _refuse_entities(head)
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("start", "end"))
    within = 0
    for start in range(0, len(head), _CHUNK):
        try:
            parser.feed(head[start : start + _CHUNK])
            # These two kinds of event; the declared types are those of all kinds.
            events = cast("list[tuple[str, Element]]", list(parser.read_events()))
        except ElementTree.ParseError as error:
            raise ValueError("not well-formed") from error
        for event, element in events:
            name = element.tag.rpartition("}")[2]
            if name in aside:
                within += 1 if event == "start" else -1
            elif event == "end" and name in names and not within:
                yield element


def xml_part(archive: zipfile.ZipFile, name: str) -> Element:
    """Return the root of a package's part; its stated size may be a lie, so reading is bounded.

    Raises:
        Exception: one of `BROKEN`.
    """
    with archive.open(name) as part:
        return parse(part.read(_MOST_BYTES + 1))


def text_of(parent: Element, path: str) -> str:
    """Return the text of the first element at a path, on one line (`{*}`: any namespace)."""
    return document_line(parent.findtext(path) or "")


def texts_of(parent: Element, path: str) -> list[str]:
    """Return the texts of all elements at a path, on one line each, without empty ones."""
    return [line for x in parent.iterfind(path) if (line := document_line(x.text or ""))]


def attribute_of(parent: Element, path: str, name: str) -> str:
    """Return an attribute of the first element at a path, on one line."""
    element = parent.find(path)
    return "" if element is None else document_line(element.get(name, ""))


class _RootReachedError(Exception):
    """The first element begins; entities can be declared only before it."""


def _refuse_entities(data: bytes) -> None:
    """Raise for what no honest book has: declared entities, of which bombs are made.

    The parser itself looks for them, since only it knows what the bytes say in their encoding.
    """
    if len(data) > _MOST_BYTES:
        raise ValueError("too large")

    def refuse(*_: object) -> None:
        raise ValueError("declares entities")

    def stop(*_: object) -> None:
        raise _RootReachedError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        # In small pieces: after an error, expat goes through the rest of the piece.
        for start in range(0, len(data), _PIECE):
            parser.Parse(data[start : start + _PIECE], False)
    except _RootReachedError:
        return
    except expat.ExpatError as error:
        raise ValueError("not well-formed") from error
