"""Read plain text: TXT and Markdown.

Only as many bytes are read as the text limit can need, so a log of gigabytes costs nothing.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from renai.documents.readers.opening import open_file
from renai.errors import DocumentError
from renai.extraction import Extraction
from renai.text_cleaning import document_text

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES_A_CHARACTER = 4
_MOST_CONTROLS = 0.02
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # ESC colours terminal logs: still text

# UTF-32's mark begins with UTF-16's, so the longer ones come first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(path: Path, text_limit: int) -> Extraction:
    """Read at most `text_limit` characters.

    Raises:
        DocumentError: the file cannot be opened, or holds something else than text.
    """
    with open_file(path) as stream:
        data = stream.read((text_limit + 1) * _MOST_BYTES_A_CHARACTER)
    text = _decode(data)
    if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text):
        raise DocumentError(path, "holds binary data, not text")
    return Extraction(text=document_text(text)[:text_limit], extractor="text")


def _decode(data: bytes) -> str:
    """Decode by byte order mark, else as UTF-8, else as Windows-1252, which takes nearly all."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        # The last character may have been cut in two: it is left out, not an error.
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
