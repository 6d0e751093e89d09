"""Read EPUB, DOC, DOCX, ODT, ODP, RTF, HTML, FB2 and PPTX with xberg.

xberg keeps a cache of extracted text under the user's cache folder unless told not to, and knows
how to fetch URLs and run OCR; it is given bytes and a media type only, with all of that off.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import xberg  # noqa: TID253 - workers import this module when they meet their first such file
from xberg import _xberg as native  # noqa: TID253 - its wrapper only copies dataclasses

from renai.documents.formats import find_format
from renai.documents.readers import plain
from renai.documents.readers.characters import UnknownEncodingError, decode_html
from renai.documents.readers.ebook import book_properties, is_protected_epub
from renai.documents.readers.mending import mended
from renai.documents.readers.office_print import large_heading
from renai.documents.readers.office_titles import marked_titles
from renai.documents.readers.opening import PROTECTED, open_file
from renai.documents.readers.page_authors import page_authors
from renai.documents.readers.page_heading import page_heading
from renai.documents.readers.rtf import rtf_properties
from renai.documents.readers.sniffing import OLE, RTF, ZIP, format_named, format_told_by
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction
from renai.text_cleaning import document_line, document_text

if TYPE_CHECKING:
    from pathlib import Path

    from renai.documents.formats import Format

_CONFIG = native.ExtractionConfig(
    use_cache=False,
    disable_ocr=True,
    enable_quality_processing=False,
    mime_detection_policy=native.MimeDetectionPolicy.TRUST_EXTENSION,
    output_format=native.OutputFormat("plain"),
    max_archive_depth=0,
    concurrency=native.ConcurrencyConfig(max_threads=1),
)

# What xberg's plain output holds besides the text: styles of DOCX headings, images of HTML.
_MARKS = re.compile(r" \(style_name: [^()\n]*\)$|!\[[^\]\n]*\]\([^)\n]*\)", re.MULTILINE)

_OF_THE_MACHINE = re.compile(r"thread|memory|alloc|os error|resource", re.IGNORECASE)
"""What a failure may speak of that has other causes than the file."""


def read(path: Path, text_limit: int) -> Extraction:
    """Read at most `text_limit` characters.

    Raises:
        DocumentError: the file cannot be opened, is encrypted, damaged or another format.
    """
    by_suffix = find_format(path.suffix)
    assert by_suffix is not None  # its row led here
    with open_file(path) as stream:
        data = stream.read()
    by_bytes = format_told_by(data)
    read_as = "" if by_bytes else by_suffix.media_type
    form = by_bytes or by_suffix
    if by_bytes is None and by_suffix.name == "DOC" and not data.startswith((OLE, ZIP)):
        return replace(plain.read(path, text_limit), read_as=read_as)  # Word opens it as text
    if by_bytes is None and by_suffix.name == "DOC" and data.startswith(ZIP):
        form = format_named("DOCX")
    if data.startswith(OLE) and form.name != "DOC":
        reason = "is encrypted, or in an Office format of before 2007"
        raise DocumentError(path, reason, lasting=True)
    if form.name == "RTF" and not data.startswith(RTF):
        raise DocumentError(path, "is damaged or not RTF", lasting=True)
    if form.name == "HTML":
        data = _as_utf8(path, data)
    data, document = _extract_or_mend(path, form, data)
    properties = _properties(document.metadata)
    if form.name == "RTF":
        properties = rtf_properties(properties, data)
    return Extraction(
        text=document_text(_MARKS.sub("", document.content))[:text_limit],
        properties={
            **properties,
            **book_properties(form.name, data),
            **marked_titles(form.name, data),
            **large_heading(form.name, data),
            **page_heading(form.name, data),
            **page_authors(form.name, data),
        },
        extractor=f"xberg {xberg.__version__}",
        read_as=read_as,
    )


def _as_utf8(path: Path, data: bytes) -> bytes:
    """Return a page in UTF-8, as which xberg takes every page; one that is stays as it is."""
    try:
        page = decode_html(data)
    except UnknownEncodingError as error:
        raise DocumentError(path, str(error), lasting=True) from error
    return data if page is None else page.encode("utf-8", "replace")


def _extract_or_mend(path: Path, form: Format, data: bytes) -> tuple[bytes, Any]:
    """Extract, if need be from what the file is mended to; return that as well.

    Raises:
        DocumentError: it is protected or damaged.
    """
    lasting = True
    for content in chain([data], mended(form.name, data)):
        if form.name == "EPUB" and is_protected_epub(content):
            raise DocumentError(path, PROTECTED, lasting=True)
        try:
            return content, asyncio.run(_extract(content, form.media_type))
        except RuntimeError as error:  # all that xberg raises; its words may quote the document
            lasting = lasting and not _OF_THE_MACHINE.search(str(error))
    if form.name == "DOC":
        raise DocumentError(path, "is damaged, encrypted or not DOC", lasting=lasting)
    raise DamagedDocumentError(path, f"is damaged or not {form.name}", lasting=lasting)


async def _extract(data: bytes, media_type: str) -> Any:
    source = native.ExtractInput.from_bytes(data, media_type)
    result = await native.extract(input=source, config=_CONFIG)
    if not result.results:
        raise RuntimeError("xberg found nothing in it")
    return result.results[0]


def _properties(metadata: Any) -> dict[str, str | list[str]]:
    single = {
        "title": metadata.title,
        "subject": metadata.subject,
        "language": metadata.language,
        "created": metadata.created_at,
        "modified": metadata.modified_at,
    }
    properties: dict[str, str | list[str]] = {
        name: line for name, value in single.items() if (line := document_line(value or ""))
    }
    # In ODT the creator is whoever saved the file last.
    first = metadata.additional.get("initial_creator")
    authors = [json.loads(first)] if first else metadata.authors
    for name, values in (("authors", authors), ("keywords", metadata.keywords)):
        if lines := [line for value in values or () if (line := document_line(value))]:
            properties[name] = lines
    return properties
