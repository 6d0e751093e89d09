"""Properties from a PDF's XMP packet: lists of authors, ISBN, publisher, series.

PDFium does not hand out the packet, but a packet is made to be found by programs that know nothing
of the file around it (ISO 16684-1, 7.3): it lies there in plain, between its own marks. Pictures
in a document may carry packets too; the document's own one repeats the producer that its Info
dictionary names.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from renai.documents.readers.safe_xml import attribute_of, parse, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from xml.etree.ElementTree import Element

_BEGIN, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
_MOST_PACKETS = 20
_MOST_FILE_BYTES = 2**28

_ITEMS = "//{*}li"
_PRODUCER = "{http://ns.adobe.com/pdf/1.3/}Producer"
_DC = ".//{http://purl.org/dc/elements/1.1/}"
_DESCRIPTION = ".//{*}Description"
_PRISM = tuple(
    f"http://prismstandard.org/namespaces/basic/{version}/" for version in ("2.0", "2.1", "3.0")
)

Properties = dict[str, str | list[str]]


def xmp_properties(stream: FileIO, producer: str) -> Properties:
    """Return what the document's own packet says; nothing if there is none.

    Args:
        stream: the file.
        producer: the Info dictionary's producer, or the empty text.
    """
    for packet in _packets(stream):
        try:
            root = parse(packet)
        except ValueError:
            continue
        if _simple(root, _PRODUCER) == producer:
            return {name: value for name, value in _read(root).items() if value}
    return {}


def _read(root: Element) -> Properties:
    return {
        "title": text_of(root, f"{_DC}title{_ITEMS}"),
        "authors": texts_of(root, f"{_DC}creator{_ITEMS}"),
        "publisher": text_of(root, f"{_DC}publisher{_ITEMS}"),
        "language": text_of(root, f"{_DC}language{_ITEMS}"),
        "year": text_of(root, f"{_DC}date{_ITEMS}"),
        "isbn": _of_prism(root, "isbn"),
        "doi": _of_prism(root, "doi"),
        # calibre's own names: https://github.com/kovidgoyal/calibre, what it writes into PDFs.
        "series": text_of(root, ".//{http://calibre-ebook.com/xmp-namespace}series/{*}value"),
        "series_index": text_of(root, ".//{*}series_index"),
    }


def _of_prism(root: Element, name: str) -> str:
    return next(filter(None, (_simple(root, f"{{{ns}}}{name}") for ns in _PRISM)), "")


def _simple(root: Element, name: str) -> str:
    """Return a simple property, which XMP writes as an element or as an attribute."""
    return text_of(root, f".//{name}") or attribute_of(root, f"{_DESCRIPTION}[@{name}]", name)


def _packets(stream: FileIO) -> Iterator[bytes]:
    """Yield packets from the end of the file backwards: an update is appended, and counts."""
    size = stream.seek(0, 2)
    if size > _MOST_FILE_BYTES:
        return
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = size
        for _ in range(_MOST_PACKETS):
            start = data.rfind(_BEGIN, 0, end)
            if start < 0:
                return
            stop = data.find(_END, start, end)
            if stop >= 0:
                yield data[start : stop + len(_END)]
            end = start
