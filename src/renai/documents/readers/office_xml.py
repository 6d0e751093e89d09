"""The XML of office documents: parts, attributes in any namespace, and the words of a paragraph.

Formats: ISO/IEC 29500-1 and OpenDocument 1.3.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from renai.documents.readers.safe_xml import BROKEN
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    Properties = dict[str, str | list[str]]

FIRST_PARAGRAPHS = 60
"""Paragraphs among which a title stands."""
ASIDE = frozenset(
    (
        "Fallback",  # what older programs show in place of a text box that was just read
        "annotation",
        "note",
        "notes",
        "ruby-text",
        "tracked-changes",
    )
)
"""Elements with words that are not the document's own, or stand there twice."""

_HEAD_BYTES = 2**19
"""The beginning of a part that is looked at: the first pages, or nearly all styles."""
_LONGEST = 300
_SPACES = {"br", "cr", "line-break", "p", "s", "tab"}


def read_archive(data: bytes, read: Callable[[zipfile.ZipFile], Properties]) -> Properties:
    """Return what is read of an office document; nothing where that is damaged.

    Args:
        data: the whole file.
        read: reads its parts.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return read(archive)
    except BROKEN:
        return {}


def head_of(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the beginning of a part.

    Raises:
        Exception: one of `BROKEN`.
    """
    with archive.open(name) as part:
        return part.read(_HEAD_BYTES)


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element: Element | None, name: str, *, qualified: bool = False) -> str:
    """Return an attribute by its local name; empty without one.

    Args:
        element: where it stands; None for nowhere.
        name: its local name.
        qualified: whether one without a namespace is another one.
    """
    if element is None:
        return ""
    for said, value in element.items():
        space, _, local = said.rpartition("}")
        if local == name and (space or not qualified):
            return value
    return ""


def words_in(element: Element | None) -> str:
    """Return an element's words on one line; empty for what is too long to be a title."""
    if element is None:
        return ""
    line = document_line("".join(_pieces(element, everywhere="opendocument" in element.tag)))
    return line if len(line) <= _LONGEST else ""


def _pieces(element: Element, *, everywhere: bool) -> Iterator[str]:
    """Yield the words in an element: all of them in OpenDocument, else what is marked as text."""
    name = local(element)
    if name in ASIDE:
        return
    if name in _SPACES:
        yield " "
    if everywhere or name == "t":
        yield element.text or ""
    for child in element:
        yield from _pieces(child, everywhere=everywhere)
        if everywhere:
            yield child.tail or ""
