"""Small PDF books, each with a title, an author and a year that the loopback endpoint can read."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas


def pdf(title: str, author: str = "Ada Quill", year: int = 1999) -> bytes:
    """One page; the same bytes for the same words."""
    stream = io.BytesIO()
    page = Canvas(stream, invariant=1)
    lines = {title: (24, 700), f"by {author}": (14, 500), f"Copyright {year} {author}": (9, 100)}
    for line, (size, height) in lines.items():
        page.setFont("Times-Roman", size)
        page.drawString(72, height, line)
    page.save()
    return stream.getvalue()


def make_books(folder: Path, count: int) -> list[Path]:
    """Write `scan0.pdf`, … of which the first is `Ada Quill - Harbour Tales 0 (1999)`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"scan{number}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(pdf(f"Harbour Tales {number}"))
    return paths


def make_scan(path: Path, lines: list[str], quarters: int = 0) -> Path:
    """Make a PDF of one page that is a picture of lines, the first large, turned by quarters.

    Lines may be in Latin, Greek and Cyrillic letters.
    """
    import pypdfium2

    drawn = io.BytesIO()
    canvas = Canvas(drawn, pagesize=(300, 400))
    for number, line in enumerate(lines):
        font = "Helvetica" if line.isascii() else _font_of_many_letters()
        canvas.setFont(font, 12 if number else 22)
        canvas.drawString(30, 330 - 30 * number, line)
    canvas.save()
    with pypdfium2.PdfDocument(drawn.getvalue()) as document:
        picture = document[0].render(scale=150 / 72).to_pil().convert("L")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.rotate(90 * quarters, expand=True).save(path, "PDF", resolution=150)
    return path


def _font_of_many_letters() -> str:
    """Return the name of a font that comes with matplotlib."""
    name = "DejaVuSerif"
    if name not in getRegisteredFontNames():
        matplotlib = importlib.util.find_spec("matplotlib")
        assert matplotlib is not None
        assert matplotlib.origin is not None
        fonts = Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf"
        registerFont(TTFont(name, fonts / f"{name}.ttf"))
    return name
