"""Small PDF books, each with a title, an author and a year that the loopback endpoint can read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from pathlib import Path


def pdf(title: str, author: str = "Ada Quill", year: int = 1999) -> bytes:
    """One page; the same bytes for the same words."""
    stream = io.BytesIO()
    page = Canvas(stream, invariant=1)
    for row, line in enumerate((title, f"by {author}", f"Copyright {year} {author}")):
        page.drawString(72, 700 - 20 * row, line)
    page.save()
    return stream.getvalue()


def make_books(folder: Path, count: int) -> list[Path]:
    """Write `scan0.pdf`, `scan1.pdf`, … which are `Ada Quill - Volume 0 (1999)` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"scan{number}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(pdf(f"Volume {number}"))
    return paths
