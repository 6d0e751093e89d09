"""A sheet with the lines of a page, one below the other, for a program that would not find them.

Tesseract misses the few large lines of a title page, and takes specks and shades for letters. Where
another engine has found the lines already, their pictures are cut out, levelled and put on white.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import dist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from renai.documents.ocr.layout import Corners, Piece, Pixels

_LOWEST, _HIGHEST = 40, 72  # pixels of a line: what Tesseract reads best
_MARGIN = 30  # pixels around each
_MOST_LINES = 150
_DARK = 128  # of 255: the paper of white print


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and where its lines are.

    Attributes:
        pixels: (height, width, 3), red, green and blue.
        lines: corners of each, x before y, clockwise from the upper left one.
    """

    pixels: Pixels
    lines: Sequence[Corners]

    @property
    def is_on_its_side(self) -> bool:
        """Whether most lines are taller than wide."""
        tall = sum(_height(corners) > _width(corners) for corners in self.lines)
        return 2 * tall > len(self.lines)

    def turned(self, quarters: int) -> Page:
        """Return it turned counter-clockwise."""
        import numpy as np

        lines = self.lines
        width, height = self.pixels.shape[1], self.pixels.shape[0]
        for _ in range(quarters):
            lines = [tuple((y, width - x) for x, y in (*x[1:], x[0])) for x in lines]
            width, height = height, width
        return Page(np.ascontiguousarray(np.rot90(self.pixels, quarters)), lines)

    def sample(self, squares: float) -> Page:
        """Return it with its longest lines only, so many that they fill so many squares."""
        lengths = {line: squares_of(_width(line), _height(line)) for line in self.lines}
        longest = sorted(self.lines, key=lambda line: -lengths[line])
        filled = accumulate(lengths[line] for line in longest)
        before = sum(total < squares for total in filled)
        return Page(self.pixels, longest[: before + 1])


class Sheet:
    """The lines of a page on a sheet.

    Attributes:
        pixels: (height, width, 3) of the sheet.
    """

    def __init__(self, page: Page) -> None:
        import numpy as np
        from PIL import Image

        whole = Image.fromarray(page.pixels).convert("L")
        self._lines = page.lines[:_MOST_LINES]
        pictures = [_picture(whole, corners) for corners in self._lines]
        self._tops = [0]
        for picture in pictures:
            self._tops.append(self._tops[-1] + len(picture) + _MARGIN)
        width = max((picture.shape[1] for picture in pictures), default=0)
        shape = self._tops[-1] + _MARGIN, width + 2 * _MARGIN, 3
        self.pixels: Pixels = np.full(shape, 255, np.uint8)
        for picture, top in zip(pictures, self._tops, strict=False):
            down = slice(top + _MARGIN, top + _MARGIN + len(picture))
            across = slice(_MARGIN, _MARGIN + picture.shape[1])
            self.pixels[down, across] = picture[:, :, None]

    def by_line(self, read: Sequence[Piece]) -> list[tuple[Corners, list[Piece]]]:
        """Sort what was read on the sheet by the lines of the page, given by their corners."""
        found: list[list[Piece]] = [[] for _ in self._lines]
        for piece in read:
            middle = (piece.top + piece.bottom - _MARGIN) / 2
            line = bisect_right(self._tops, middle) - 1
            found[min(max(line, 0), len(found) - 1)].append(piece)
        return list(zip(self._lines, found, strict=True))


def _picture(whole: Image.Image, corners: Corners) -> NDArray[np.uint8]:
    """Cut a line out of a page, in shades of grey; its print becomes black, and its paper white."""
    import numpy as np
    from PIL import Image

    height = max(_height(corners), 1)
    scale = min(max(height, _LOWEST), _HIGHEST) / height
    size = max(round(_width(corners) * scale), 1), round(height * scale)
    upper_left, upper_right, lower_right, lower_left = corners
    quad = (*upper_left, *lower_left, *lower_right, *upper_right)
    cut = whole.transform(size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    grey = np.asarray(cut, np.float32)
    paper = np.median(grey)  # print covers less than half of a line
    if paper < _DARK:
        grey, paper = 255 - grey, 255 - paper
    white: NDArray[np.uint8] = np.clip(grey * (255 / paper), 0, 255).astype(np.uint8)
    return white


def squares_of(width: float, height: float) -> float:
    """Return how many squares as high as a line would fill it, whichever way it runs."""
    return max(width, height) / max(min(width, height), 1)


def _width(corners: Corners) -> float:
    return dist(corners[0], corners[1])


def _height(corners: Corners) -> float:
    return dist(corners[0], corners[3])
