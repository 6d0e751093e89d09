"""Turn a page upright that was scanned lying on its side, or upside down.

It shows in what an engine makes of such a page: lines that are taller than wide, or letters it is
not sure of. Only then is the page turned and read again, and the most legible result counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from renai.documents.ocr.layout import Piece, Pixels

_SURE = 0.75
"""Mean confidence of print that is upright, or of one that cannot be helped by turning."""

_FEWEST_LETTERS = 3
"""Of a line: a single letter may be taller than wide."""

_UPSIDE_DOWN = (2,)
_ON_ITS_SIDE = (1, 3)


class Upright(NamedTuple):
    """A page as it was read best.

    Attributes:
        pixels: of the page, turned.
        pieces: what was recognised, in the places of these pixels.
    """

    pixels: Pixels
    pieces: list[Piece]


def read_upright(pixels: Pixels, read: Callable[[Pixels], list[Piece]]) -> Upright:
    """Read a page, and read it again turned where it seems to lie otherwise.

    Args:
        pixels: (height, width, 3).
        read: recognises what is upright.
    """
    import numpy as np

    found = [Upright(pixels, read(pixels))]
    for quarters in _turns(found[0].pieces):
        turned = np.ascontiguousarray(np.rot90(pixels, quarters))
        found.append(Upright(turned, read(turned)))
        if not _turns(found[-1].pieces):
            break
    return max(found, key=lambda page: _legible(page.pieces))


def _turns(pieces: Sequence[Piece]) -> tuple[int, ...]:
    """Return the quarter turns that are worth trying on a page."""
    lines = [piece for piece in pieces if len(piece.text) >= _FEWEST_LETTERS]
    tall = sum(len(piece.text) for piece in lines if piece.height > piece.right - piece.left)
    letters = sum(len(piece.text) for piece in lines)
    if 2 * tall > letters:
        return _ON_ITS_SIDE
    if _legible(lines) < _SURE * letters:
        return _UPSIDE_DOWN + _ON_ITS_SIDE
    return ()


def _legible(pieces: Sequence[Piece]) -> float:
    """Count characters, weighted by confidence; lines that are taller than wide count nothing."""
    return sum(
        len(piece.text) * piece.score
        for piece in pieces
        if len(piece.text) < _FEWEST_LETTERS or piece.height <= piece.right - piece.left
    )
