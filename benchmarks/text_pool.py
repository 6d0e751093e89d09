"""Take the text of all PDFs in a folder, and do nothing else: the least that reading takes.

    python benchmarks/text_pool.py FOLDER

Two processes, PDFium, page after page until there are 10,000 characters. Nothing is checked,
limited or kept.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import pypdfium2

_PROCESSES = 2
_CHARACTERS = 10_000
_AT_A_TIME = 8


def text_of(path: str) -> int:
    """Take the beginning of a document's text, and return how many characters there were."""
    characters = 0
    try:
        with pypdfium2.PdfDocument(path) as document:
            for number in range(len(document)):
                if characters >= _CHARACTERS:
                    break
                page = document[number]
                characters += len(page.get_textpage().get_text_range())
                page.close()
    except pypdfium2.PdfiumError:
        return characters
    return characters


def bare(library: Path) -> int:
    """Take the text of all PDFs in a folder by a pool of processes."""
    paths = sorted(map(str, library.rglob("*.pdf")))
    with multiprocessing.Pool(_PROCESSES) as pool:
        return sum(pool.imap_unordered(text_of, paths, _AT_A_TIME))


if __name__ == "__main__":
    print(f"{bare(Path(sys.argv[1])):,} characters")
