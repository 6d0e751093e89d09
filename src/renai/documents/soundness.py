"""Tell whether a stored text bears a fault that today's readers no longer make.

A new revision of a reader would have every scan read by OCR again, though only texts that were read
wrongly change. So the revision stays, and a stored text with such a fault is read again, once. One
without any is what today's readers would give.

Most entries say that they have none. So what looks for faults is imported where one is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

READING = 2
"""What a text is marked with that was read without these faults; one that has them is sound."""

_WINDOW = 1000  # characters; a garbled page may stand among sound ones
_LOST = "\N{REPLACEMENT CHARACTER}"


def is_doubtful(reader: str, text: str, properties: Mapping[str, str | list[str]]) -> bool:
    """Return whether a text may have been read wrongly.

    Args:
        reader: the name of the reader.
        text: what was read.
        properties: what was read of the file's own metadata.
    """
    if reader == "text":
        return _LOST in text or is_mojibake(text)
    said = [y for x in properties.values() for y in ([x] if isinstance(x, str) else x)]
    if reader == "xberg":
        return any(_LOST in part or "\\'" in part or _has_private(part) for part in (text, *said))
    if reader == "pillow":
        return any(map(is_mojibake, said))
    if reader == "pdfium":
        from renai.documents.ocr.garbled import is_garbled
        from renai.documents.readers.pdf_notices import may_be_notice
        from renai.documents.readers.pdf_strings import is_foreign

        windows = range(0, len(text), _WINDOW)
        is_wrong = may_be_notice(text) or any(is_garbled(text[x : x + _WINDOW]) for x in windows)
        return is_wrong or any(map(is_foreign, said))
    return False


def is_doubtful_name(line: str) -> bool:
    """Return whether a title or a name may come of a text that was read wrongly."""
    from renai.documents.ocr.garbled import has_swapped_bytes
    from renai.documents.readers.pdf_notices import says_so

    if line.isascii():
        return "\\'" in line or says_so(line)
    return _LOST in line or _has_private(line) or has_swapped_bytes(line) or is_mojibake(line)


def is_mojibake(text: str) -> bool:
    """Return whether a text may be another encoding's, taken for Western European."""
    from renai.documents.readers.characters import UnknownEncodingError, decode, is_western

    if is_western(text):
        return False
    try:
        written = text.encode("cp1252")
        return decode(written) != text
    except UnknownEncodingError:
        return True
    except UnicodeEncodeError:  # it was read as something else
        return False


def _has_private(text: str) -> bool:
    return any("\ue000" <= character <= "\uf8ff" for character in text)
