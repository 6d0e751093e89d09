"""Mend sound files that xberg cannot read, and would call damaged.

A file is first read as it is. Only where that fails is it laid out anew: a file that was always
read keeps its text, to the letter.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import TYPE_CHECKING

from renai.documents.readers.safe_xml import BROKEN, xml_part

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINER = "META-INF/container.xml"
_CONTENT_TYPES = "[Content_Types].xml"
_RELATIONS = "_rels/.rels"
_MAIN_PART = "word/document.xml"
_MAIN_RELATION = "/relationships/officeDocument"

_TEXT_PARTS = (".css", ".htm", ".html", ".ncx", ".opf", ".rels", ".xht", ".xhtml", ".xml")
"""Parts of a package that its text can stand in; pictures are left out."""

_MOST_PART_BYTES = 2**25
_MOST_BYTES = 2**27

_HEAD_BYTES = 2**20
"""The part of a page that is read where the whole makes xberg's converter fail."""

_HEADING = re.compile(r"<(h[1-6])\b[^<>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def mended(form: str, data: bytes) -> Iterator[bytes]:
    """Yield a file in the layouts that xberg may be able to read, the fullest first.

    Args:
        form: the format's name.
        data: the whole file.
    """
    if form == "HTML":
        page = _without_blank_headings(data)
        if page != data:
            yield page
        if len(page) > _HEAD_BYTES:
            yield page[: page.rfind(b"<", 0, _HEAD_BYTES)]
        return
    mend = {"EPUB": _unnested, "DOCX": _with_usual_main_part}.get(form)
    if mend is None:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            package = mend(archive)
    except BROKEN:
        return
    if package is not None:
        yield package


def _without_blank_headings(data: bytes) -> bytes:
    """Drop headings of white space alone, on which xberg's converter fails."""
    page = data.decode("utf-8", "surrogateescape")

    def kept(match: re.Match[str]) -> str:
        return match[0] if html.unescape(_TAG.sub("", match[2])).strip() else ""

    return _HEADING.sub(kept, page).encode("utf-8", "surrogateescape")


def _unnested(archive: zipfile.ZipFile) -> bytes | None:
    """Lift an EPUB out of the folder that it was packed with."""
    tops = [name.removesuffix(_CONTAINER) for name in archive.namelist()]
    nests = [top for top, name in zip(tops, archive.namelist(), strict=True) if top != name]
    if not nests or "" in nests:
        return None
    nest = min(nests, key=len)
    return _packed(
        (name.removeprefix(nest), part) for name, part in _parts(archive) if name.startswith(nest)
    )


def _with_usual_main_part(archive: zipfile.ZipFile) -> bytes | None:
    """Give the main part of a DOCX the name that nearly all have; only relations say which it is.

    (ISO/IEC 29500-1, 11.3.10)
    """
    relations = xml_part(archive, _RELATIONS)
    found = [
        relation.get("Target", "")
        for relation in relations.iterfind("{*}Relationship")
        if relation.get("Type", "").endswith(_MAIN_RELATION)
    ]
    main = found[0].lstrip("/") if found else ""
    if not main or main == _MAIN_PART or main not in archive.namelist():
        return None
    folder, _, file = main.rpartition("/")
    renamed = {
        main: _MAIN_PART,
        f"{folder}/_rels/{file}.rels".lstrip("/"): "word/_rels/document.xml.rels",
    }
    old, new = main.encode(), _MAIN_PART.encode()
    return _packed(
        (
            renamed.get(name, name),
            part.replace(old, new) if name in (_CONTENT_TYPES, _RELATIONS) else part,
        )
        for name, part in _parts(archive)
        if name != _MAIN_PART
    )


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the parts that hold text; what a part states of its size may be a lie."""
    total = 0
    for name in archive.namelist():
        if name.lower().endswith(_TEXT_PARTS) or name.rpartition("/")[2] == "mimetype":
            with archive.open(name) as part:
                content = part.read(_MOST_PART_BYTES)
            total += len(content)
            if total > _MOST_BYTES:
                raise ValueError("too large")
            yield name, content


def _packed(parts: Iterator[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return packed.getvalue()
