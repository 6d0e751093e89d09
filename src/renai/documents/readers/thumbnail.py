"""Make a small picture of one page, or of a cover, for a person to recognise a document by."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from PIL import Image

from renai.documents.formats import is_image
from renai.documents.readers import images
from renai.documents.readers.ebook import cover_of
from renai.documents.readers.opening import open_file
from renai.documents.readers.pdf import open_pdf
from renai.errors import DocumentError
from renai.extraction import Extraction

if TYPE_CHECKING:
    from pathlib import Path

_QUALITY = 80
_LARGEST_COVER = 32 << 20  # bytes
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")


def read(path: Path, text_limit: int, *, page: int, side: int) -> Extraction:
    """Picture one page.

    Args:
        path: the file: a PDF, an image, or an EPUB, which has its cover as its only page.
        text_limit: for readers of texts.
        page: the number of the page, from 0.
        side: the longest side of the picture in pixels.

    Raises:
        DocumentError: it cannot be opened, or has no such page, or none that can be pictured.
    """
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        return _page_of_pdf(path, page, side)
    if page:
        raise DocumentError(path, "has no such page")
    if suffix == ".epub":
        return Extraction(text="", pages=1, pictures=(_small(_cover(path), side),))
    if is_image(suffix):
        (picture,) = images.read(path, 0).pictures
        return Extraction(
            text="", pages=1, pictures=(_small(Image.open(io.BytesIO(picture)), side),)
        )
    raise DocumentError(path, "has no pages that can be pictured")


def _page_of_pdf(path: Path, page: int, side: int) -> Extraction:
    import pypdfium2

    with open_pdf(path) as document:
        if page >= len(document):
            raise DocumentError(path, "has no such page")
        try:
            sheet = document[page]
            bitmap = sheet.render(scale=side / max(*sheet.get_size(), 1.0))
        except pypdfium2.PdfiumError as error:
            raise DocumentError(path, "has a page that cannot be rendered") from error
        picture = _small(bitmap.to_pil(), side)
        return Extraction(text="", pages=len(document), pictures=(picture,))


def _cover(path: Path) -> Image.Image:
    with open_file(path) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                name = cover_of(archive)
                if not name or archive.getinfo(name).file_size > _LARGEST_COVER:
                    raise DocumentError(path, "has no cover")
                picture = Image.open(io.BytesIO(archive.read(name)), formats=_FORMATS)
                picture.load()
        except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise DocumentError(path, "has no cover that can be read") from error
        except Image.DecompressionBombError as error:
            raise DocumentError(path, "has a cover that is too large") from error
    return picture


def _small(image: Image.Image, side: int) -> bytes:
    """Scale down and encode; other contents of the file, such as a place, are left out."""
    picture = image.convert("RGB")
    picture.thumbnail((side, side))
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()
