"""What OCR made of a page: its lines, and where wanted a picture with a numbered box around each.

With the picture a person can look up why a scan got its name: what was recognised, and where. A
worker makes it but may write no file; the process that asked for it does.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.extraction import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.documents.ocr.engine import Ocr
    from renai.documents.ocr.layout import Piece, Pixels
    from renai.extraction import Line

_COLOUR = (214, 39, 40)
_QUALITY = 85


class RecognisedPage(NamedTuple):
    """What OCR made of a page.

    Attributes:
        lines: in reading order.
        trace: what was seen, where that was wanted.
    """

    lines: list[Line]
    trace: Trace | None = None


def make_trace(page: int, pixels: Pixels, pieces: Sequence[Piece], ocr: Ocr) -> Trace:
    """Draw and write down what was recognised.

    Args:
        page: its number, 1 for the first.
        pixels: (height, width, 3), red, green and blue.
        pieces: what was recognised on it, in reading order.
        ocr: how it was recognised.
    """
    from PIL import Image, ImageDraw

    height, width, _ = pixels.shape
    picture = Image.fromarray(pixels)
    pencil = ImageDraw.Draw(picture)
    for number, piece in enumerate(pieces, 1):
        pencil.rectangle((piece.left, piece.top, piece.right, piece.bottom), outline=_COLOUR)
        pencil.text((piece.right + 2, piece.top), str(number), fill=_COLOUR, font_size=14)
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_QUALITY)
    record = {
        "page": page,
        **ocr.described(),
        "width": width,
        "height": height,
        "lines": [_as_json(piece) for piece in pieces],
    }
    return Trace(page, encoded.getvalue(), record)


def _as_json(piece: Piece) -> dict[str, Any]:
    box = [round(edge) for edge in (piece.left, piece.top, piece.right, piece.bottom)]
    return {"text": piece.text, "box": box, "confidence": round(piece.score, 3)}
