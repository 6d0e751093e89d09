"""Pictures for a vision model: upright, of a bounded size, without anything but their pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES_REVISION = 1
"""Bumped by hand when the same file can give other pictures than before."""

LONGEST_SIDE = 1536
"""Pixels. Print of a page is legible, and the models at hand scale to about this anyway."""

_QUALITY = 85


def sampled(count: int, most: int) -> list[int]:
    """Choose pages of a document: the first ones, and the last, where an imprint may stand.

    Args:
        count: pages there are.
        most: pages that may be taken.
    """
    if count <= most or most < 3:
        return list(range(min(count, most)))
    return [*range(most - 1), count - 1]


def as_jpeg(image: Image) -> bytes:
    """Scale down and encode; other contents of the file, such as a place, are left out."""
    picture = image.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()


def described(most_pages: int) -> dict[str, int]:
    """Return what of this can change an answer, as JSON values."""
    return {"revision": PICTURES_REVISION, "side": LONGEST_SIDE, "pages": most_pages}
