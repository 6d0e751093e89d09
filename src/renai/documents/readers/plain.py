"""Read plain text: TXT and Markdown.

Only as many bytes are read as the text limit can need, so a log of gigabytes costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.documents.readers.characters import UnknownEncodingError, decode, is_binary
from renai.documents.readers.opening import open_file
from renai.errors import DocumentError
from renai.extraction import Extraction
from renai.text_cleaning import document_text

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES_A_CHARACTER = 4


def read(path: Path, text_limit: int) -> Extraction:
    """Read at most `text_limit` characters.

    Raises:
        DocumentError: the file cannot be opened, holds something else than text, or is written in
            an encoding that cannot be told.
    """
    with open_file(path) as stream:
        data = stream.read((text_limit + 1) * _MOST_BYTES_A_CHARACTER)
    try:
        text = decode(data)
    except UnknownEncodingError as error:
        raise DocumentError(path, str(error), lasting=True) from error
    if is_binary(text):
        raise DocumentError(path, "holds binary data, not text", lasting=True)
    return Extraction(text=document_text(text)[:text_limit], extractor="text")
