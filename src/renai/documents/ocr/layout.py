"""The reading order of what was recognised on a page: columns before rows.

A recursive XY cut (Nagy and Seth, 1984): a block is split at its widest gap between columns, where
it has columns, and else at its tallest gap between lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Corners = tuple[tuple[float, float], ...]

_COLUMN_GAP = 0.8  # times the usual height of a line
_ROWS_IN_A_COLUMN = 3
_NARROWEST_COLUMN = 6  # times the height: page numbers make no column
_OVERLAP = 0.25  # of a box's height, above and below: engines draw boxes larger than their lines
_SAME_ROW = 0.5  # of the lower one's height is beside the other
_ONE_LINE_GAP = 2.0  # times the height: what stands further apart is not one line


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that was recognised.

    Attributes:
        text: one line or a part of one.
        left, top, right, bottom: its box, in pixels from the picture's top left corner.
        score: the engine's confidence, 0 to 1.
        corners: x and y of each, clockwise from the upper left one, where the box may be askew.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0
    corners: Corners = ()

    @property
    def height(self) -> float:
        """Its height in pixels."""
        return self.bottom - self.top


def in_reading_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Put pieces in reading order, and join those that stand in one line."""
    if not pieces:
        return []
    from statistics import median  # this module is imported by every run, and that is slow

    usual = median(piece.height for piece in pieces)
    lines: list[Piece] = []
    for piece in _ordered(list(pieces), usual):
        if lines and _continues(lines[-1], piece):
            lines[-1] = _joined(lines[-1], piece)
        else:
            lines.append(piece)
    return lines


def _ordered(pieces: list[Piece], usual: float) -> list[Piece]:
    if len(pieces) < 2:
        return pieces
    columns = _cut(pieces, lambda piece: (piece.left, piece.right), _COLUMN_GAP * usual)
    if columns and all(_is_column(column, usual) for column in columns):
        return [piece for column in columns for piece in _ordered(column, usual)]
    rows = _cut(pieces, _core, 0)
    if rows:
        return [piece for row in rows for piece in _ordered(row, usual)]
    return sorted(pieces, key=lambda piece: (piece.left, piece.top))


def _core(piece: Piece) -> tuple[float, float]:
    """Return the top and bottom of a piece, without the part that may overlap its neighbours."""
    edge = _OVERLAP * piece.height
    return piece.top + edge, piece.bottom - edge


def _cut(
    pieces: list[Piece], extent: Callable[[Piece], tuple[float, float]], least: float
) -> tuple[list[Piece], list[Piece]] | None:
    """Split at the widest gap along one direction, if it is wider than that."""
    ordered = sorted(pieces, key=extent)
    reached = extent(ordered[0])[1]
    widest, at = least, 0
    for number, piece in enumerate(ordered):
        start, end = extent(piece)
        if start - reached > widest:
            widest, at = start - reached, number
        reached = max(reached, end)
    return (ordered[:at], ordered[at:]) if at else None


def _is_column(pieces: list[Piece], usual: float) -> bool:
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    return width >= _NARROWEST_COLUMN * usual and _rows(pieces) >= _ROWS_IN_A_COLUMN


def _rows(pieces: list[Piece]) -> int:
    """Count the lines that stand below one another."""
    count, reached = 0, float("-inf")
    for piece in sorted(pieces, key=lambda piece: piece.top):
        if piece.top + piece.height / 2 > reached:
            count, reached = count + 1, piece.bottom
    return count


def _continues(line: Piece, piece: Piece) -> bool:
    beside = min(line.bottom, piece.bottom) - max(line.top, piece.top)
    lower = min(line.height, piece.height)
    gap = piece.left - line.right
    return beside > _SAME_ROW * lower and -lower < gap < _ONE_LINE_GAP * lower


def _joined(line: Piece, piece: Piece) -> Piece:
    return Piece(
        f"{line.text} {piece.text}",
        min(line.left, piece.left),
        min(line.top, piece.top),
        max(line.right, piece.right),
        max(line.bottom, piece.bottom),
        min(line.score, piece.score),
    )
