"""Read XML out of ZIP packages, as EPUB, XPS and CBZ are, when they come from a hostile file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from renai.documents.readers.safe_xml import MOST_BYTES, parse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

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


def xml_part(archive: zipfile.ZipFile, name: str) -> Element:
    """The root of a part; its stated size may be a lie, so no more than is sane is read.

    Raises:
        Exception: one of `BROKEN`.
    """
    with archive.open(name) as part:
        return parse(part.read(MOST_BYTES + 1))
