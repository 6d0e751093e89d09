"""Draw docs/pictures/ocr-debug.png: what --ocr-debug keeps of a page, made from a page made here.

python docs/draw_ocr_debug.py
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2  # noqa: TID253 - it draws what the program reads
from PIL import Image
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

PICTURE = Path(__file__).with_name("pictures") / "ocr-debug.png"
_WIDTH = 620  # pixels

_COLUMNS = (
    """The keeper of the northern light
wrote down each evening what
the sea had brought: two planks,
a barrel without its lid, and once
a letter in a bottle. He answered
every one of them.""",
    """None of his answers was ever
found. But fishermen between the
islands say that in still weather
the water smells of ink, and that
the gulls there are unusually well
informed.""",
)


def page() -> bytes:
    """A title page with two columns, as PDF."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(A5[0], A5[1] * 0.62), invariant=1)
    canvas.setFont("Times-Bold", 24)
    canvas.drawCentredString(A5[0] / 2, 310, "Letters to the Sea")
    canvas.setFont("Times-Italic", 14)
    canvas.drawCentredString(A5[0] / 2, 278, "by Ilse Marwood")
    canvas.setFont("Times-Roman", 11)
    for number, column in enumerate(_COLUMNS):
        for row, line in enumerate(column.splitlines()):
            canvas.drawString(36 + 188 * number, 215 - 18 * row, line)
    canvas.setFont("Times-Roman", 9)
    canvas.drawCentredString(A5[0] / 2, 48, "Copyright 1987 Lantern Quay Press")
    canvas.save()
    return stream.getvalue()


def main() -> None:
    """Scan the page, have renai read it, and keep the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with pypdfium2.PdfDocument(page()) as document:
            scan = document[0].render(scale=200 / 72).to_pil().convert("L")
        scan.save(folder / "scan.pdf", resolution=200)
        cache = folder / "cache"
        subprocess.run(
            [
                *(sys.executable, "-m", "renai"),
                str(folder / "scan.pdf"),
                "--ocr-debug",
                "--dry-run",
            ],
            env=os.environ | {"RENAI_CACHE_DIR": str(cache)},
            check=True,
        )
        (drawn,) = (cache / "ocr_debug").glob("*.jpg")
        with Image.open(drawn) as picture:
            picture.thumbnail((_WIDTH * 2, _WIDTH * 2))
            PICTURE.parent.mkdir(exist_ok=True)
            picture.quantize(32).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
