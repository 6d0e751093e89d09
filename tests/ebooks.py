"""Small books in formats that nothing in Python writes: MOBI and AZW3, XPS, CBZ, protected EPUB."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HTML = "<html><body><h1>{title}</h1><p>by {author}</p>{rest}</body></html>"

_RECORD_BYTES = 4096
_HEADER_BYTES = 232
_UTF8 = 65001


def mobi(
    title: str,
    author: str = "Ada Quill",
    *,
    exth: Sequence[tuple[int, str]] = (),
    text: str = "",
    version: int = 6,
    encryption: int = 0,
) -> bytes:
    """A Palm database as https://wiki.mobileread.com/wiki/MOBI describes it, uncompressed.

    Args:
        title: its full name, and its heading.
        author: in the text.
        exth: numbered records of metadata.
        text: HTML that follows.
        version: 6 for MOBI, 8 for AZW3.
        encryption: 2 where it is protected.
    """
    html = HTML.format(title=title, author=author, rest=text).encode()
    texts = [html[x : x + _RECORD_BYTES] for x in range(0, len(html), _RECORD_BYTES)]
    metadata = _exth([(number, value.encode()) for number, value in exth])
    name = title.encode()
    header = bytearray(_HEADER_BYTES)
    struct.pack_into(">4sIIIII", header, 0, b"MOBI", _HEADER_BYTES, 2, _UTF8, 1, version)
    struct.pack_into(">I", header, 64, len(texts) + 1)  # the first record that is no text
    struct.pack_into(">II", header, 68, 16 + _HEADER_BYTES + len(metadata), len(name))
    struct.pack_into(">I", header, 92, len(texts) + 1)  # the first image
    struct.pack_into(">I", header, 112, 0x40 if exth else 0)
    palm = struct.pack(">HHIHHHH", 1, 0, len(html), len(texts), _RECORD_BYTES, encryption, 0)
    return _palm_database([palm + header + metadata + name + bytes(4), *texts])


def xps(title: str, author: str) -> bytes:
    """A package of one page without print."""
    office = "http://schemas.openxmlformats.org/package/2006"
    fixed = "http://schemas.microsoft.com/xps/2005/06"
    relation = '<Relationship Id="{}" Type="{}" Target="{}"/>'.format
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/content-types"></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/relationships">'
        + relation("a", f"{fixed}/fixedrepresentation", "/doc.fdseq")
        + relation("b", f"{office}/relationships/metadata/core-properties", "/docProps/core.xml")
        + "</Relationships>",
        "docProps/core.xml": '<c:coreProperties xmlns:c="urn:core" xmlns:d="urn:dc">'
        f"<d:title>{title}</d:title><d:creator>{author}</d:creator></c:coreProperties>",
        "doc.fdseq": f'<FixedDocumentSequence xmlns="{fixed}">'
        '<DocumentReference Source="/doc.fdoc"/></FixedDocumentSequence>',
        "doc.fdoc": f'<FixedDocument xmlns="{fixed}">'
        '<PageContent Source="/1.fpage"/></FixedDocument>',
        "1.fpage": f'<FixedPage xmlns="{fixed}" Width="600" Height="800" />',
    }
    return package(parts)


def cbz(info: str, pages: int = 1) -> bytes:
    """White pages and a ComicInfo.xml."""
    stream = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(stream, "PNG")
    images = {f"{number:03}.png": stream.getvalue() for number in range(pages)}
    return package({**images, "ComicInfo.xml": f"<ComicInfo>{info}</ComicInfo>"})


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _exth(records: Sequence[tuple[int, bytes]]) -> bytes:
    if not records:
        return b""
    body = b"".join(struct.pack(">II", number, 8 + len(value)) + value for number, value in records)
    length = 12 + len(body)
    return b"EXTH" + struct.pack(">II", length, len(records)) + body + bytes(-length % 4)


def _palm_database(records: Sequence[bytes]) -> bytes:
    """https://wiki.mobileread.com/wiki/PDB."""
    head = b"book".ljust(60, b"\0") + b"BOOKMOBI" + struct.pack(">IIH", 0, 0, len(records))
    start = len(head) + 8 * len(records)
    table = b""
    for number, record in enumerate(records):
        table += struct.pack(">II", start, number)
        start += len(record)
    return head + table + b"".join(records)
