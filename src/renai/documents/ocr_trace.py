"""What OCR saw: a page as it was given to the engine, with a numbered box around each line.

Whoever wonders why a scan got its name can look at what was recognised, and where. A worker makes
this and may write no file; the process that asked for it does.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.documents.ocr import Ocr, Pixels
    from renai.documents.ocr_layout import Piece

_COLOUR = (214, 39, 40)
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Trace:
    """What OCR saw on one page.

    Attributes:
        page: its number; 1 for the first, as people count.
        picture: a JPEG of the page with a box around each line, numbered in reading order.
        record: `page`, `engine`, `width` and `height` of the picture in pixels, and `lines` in
            reading order, each with its `text`, its `box` (left, top, right, bottom, in pixels)
            and the engine's `confidence`, 0 to 1. JSON values.
    """

    page: int
    picture: bytes
    record: dict[str, Any]


def make_trace(page: int, pixels: Pixels, pieces: Sequence[Piece], ocr: Ocr) -> Trace:
    """Draw and write down what was recognised.

    Args:
        page: its number, 1 for the first.
        pixels: (height, width, 3), red, green and blue.
        pieces: what was recognised on it, in reading order.
        ocr: how.
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
