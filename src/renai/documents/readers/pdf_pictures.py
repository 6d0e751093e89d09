"""Render sampled pages of a PDF for a vision model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2  # noqa: TID253 - workers import this module when it is needed

from renai.documents.readers.pdf import open_pdf
from renai.documents.readers.pictures import LONGEST_SIDE, as_jpeg, sampled
from renai.errors import DocumentError
from renai.extraction import Extraction

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, text_limit: int, *, most_pages: int) -> Extraction:
    """Picture at most so many pages; a page that cannot be rendered is left out.

    Raises:
        DocumentError: the file cannot be opened, is encrypted or damaged, or no page of it can be
            rendered.
    """
    pictures = []
    with open_pdf(path) as document:
        for number in sampled(len(document), most_pages):
            try:
                page = document[number]
                scale = LONGEST_SIDE / max(*page.get_size(), 1.0)
                pictures.append(as_jpeg(page.render(scale=scale).to_pil()))
            except pypdfium2.PdfiumError:
                continue
        if not pictures:
            raise DocumentError(path, "has no page that can be rendered", lasting=True)
        return Extraction(text="", pages=len(document), pictures=tuple(pictures))
