"""Read images: the picture, upright and small, and what camera and file say of it.

EXIF is read by its tags (CIPA DC-008, "Exif 2.32"), IPTC by its records (IIM 4.2), XMP as in PDFs.
Where it was taken is kept for the name and never sent to a model.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import PIL
from PIL import (
    ExifTags,
    Image,
    ImageOps,
    IptcImagePlugin,
    Jpeg2KImagePlugin,
    MpoImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from renai.documents.ocr.garbled import is_noise
from renai.documents.ocr.trace import RecognisedPage, make_trace
from renai.documents.readers.foreign_strings import as_meant
from renai.documents.readers.opening import open_file
from renai.documents.readers.pictures import as_jpeg
from renai.errors import DocumentError
from renai.extraction import Extraction, Line
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.ImageFile import ImageFile

    from renai.documents.ocr.engine import Ocr

_FORMATS = (
    *("BMP", "DIB", "GIF", "HEIF", "JPEG", "PNG", "PPM"),
    MpoImagePlugin.MpoImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    Jpeg2KImagePlugin.Jpeg2KImageFile.format,
)
"""What a file may be, whatever its suffix says. Pillow knows more formats than these: for EPS it
starts Ghostscript, and some of the others are hardly ever met but in attacks."""

_MOST_PIXELS = 200_000_000
_LONGEST_FACT = 500  # characters; EXIF has room for a book
_FIRST_PHOTOGRAPH = 1826
_EXIF_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)")

# EXIF: where a fact may stand, the best place first; (in the Exif IFD, tag).
_DATES = (
    (True, ExifTags.Base.DateTimeOriginal),
    (True, ExifTags.Base.DateTimeDigitized),
    (False, ExifTags.Base.DateTime),
)
# IPTC application record 2: object name, by-line, city, country.
_EXIF = {
    "maker": ExifTags.Base.Make,
    "model": ExifTags.Base.Model,
    "title": ExifTags.Base.ImageDescription,
    "authors": ExifTags.Base.Artist,
}
_IPTC = {(2, 5): "title", (2, 80): "authors", (2, 90): "city", (2, 101): "country"}

# What a maker's camera, or a program, writes into every picture in place of a description.
_MAKERS = (
    "olympus|minolta|konica|sony|samsung|kodak|casio|nikon|canon|fujifilm|pentax|ricoh|panasonic"
    "|sanyo|epson|vivitar|jvc|hp|dji|gopro|polaroid|benq|medion|traveler|aiptek|digital"
)
_STOCK_TITLE = re.compile(
    rf"(?:(?:{_MAKERS}|technologies|corporation|electronics|optical|co\.?,?|ltd\.?)\W+)*"
    r"(?:(?:digital|video|still|dsc)\W+)*(?:camera|camcorder|dsc)"
    r"|dcf\W+fmt.*|exif[\s_]*jpeg.*|exif(?:[\s_]*image)?|jpeg(?:[\s_]*image)?"
    rf"|(?:{_MAKERS})|default|untitled|unknown|screenshot|image|picture|photo|scan(?:ned)?"
    r"|(?:dsc|img|image|picture|photo|scan|pict|mvc|dji|gopr|wp|pxl)[\s_-]*\d+"
    r"|created with (?:the )?gimp.*|.*\bcreator: gd-jpeg\b.*|(?:file )?(?:source|written) by .*"
    r"|lead technologies inc\..*|ascii|charset=\w+.*|optimi[sz]ed by .*|processed (?:with|by) .*"
    r"|(?:©|\(c\)|copyright)\W.*|\W*(?:www\.|https?://)\S+\W*|<?digimax[^>]*>?",
    re.IGNORECASE,
)

Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # Pillow refuses what has twice as many


def read(
    path: Path,
    text_limit: int,
    *,
    most_pages: int = 1,
    ocr: Ocr | None = None,
) -> Extraction:
    """Read an image.

    Args:
        path: the file.
        text_limit: characters of the text in it that are kept.
        most_pages: for readers of documents.
        ocr: how the text in it is read; None leaves it out.

    Raises:
        DocumentError: it is damaged, too large, or of a format that nothing here reads.
    """
    _know_heic(path)
    with open_file(path) as stream:
        try:
            Image.preinit()
            known = [name for name in _FORMATS if name in Image.OPEN]
            image = Image.open(stream, formats=known)
            properties = _properties(image)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)  # a large one has no room for a copy
        except UnidentifiedImageError as error:
            raise DocumentError(path, "is damaged or not an image", lasting=True) from error
        except Image.DecompressionBombError as error:
            limit = f"{_MOST_PIXELS // 1_000_000:,} million pixels"
            raise DocumentError(path, f"is too large: more than {limit}", lasting=True) from error
        except (OSError, SyntaxError, ValueError) as error:
            # Pillow's own errors have no number, those of the disk do.
            lasting = getattr(error, "errno", None) is None
            raise DocumentError(path, "is damaged", lasting=lasting) from error
    recognised = _recognise(image, ocr) if ocr else RecognisedPage([])
    if is_noise("\n".join(line.text for line in recognised.lines)):
        recognised = recognised._replace(lines=[])
    return Extraction(
        text="\n".join(line.text for line in recognised.lines)[:text_limit],
        properties=properties,
        lines=tuple(recognised.lines),
        traces=(recognised.trace,) if recognised.trace else (),
        extractor=f"Pillow {PIL.__version__}",
        pictures=(as_jpeg(image),),
    )


def _know_heic(path: Path) -> None:
    if path.suffix.lower() != ".heic":
        return
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise DocumentError(path, "HEIC needs: pip install 'renai[images]'") from error
    register_heif_opener()


def _recognise(image: Image.Image, ocr: Ocr) -> RecognisedPage:
    import numpy as np

    from renai.documents.ocr.engine import recognise
    from renai.documents.ocr.rapidocr import LONGEST_SIDE

    page = image.convert("RGB")
    page.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright, pieces = recognise(np.asarray(page), ocr)
    lines = [
        Line(piece.text, round(piece.height, 1), 0, round(max(0.0, piece.top) / len(upright), 4))
        for piece in pieces
    ]
    return RecognisedPage(lines, make_trace(1, upright, pieces, ocr) if ocr.traced else None)


def _properties(image: ImageFile) -> dict[str, str | list[str]]:
    found = _iptc(image) | _exif(image)
    place = ", ".join(filter(None, (found.pop("city", None), found.pop("country", None))))
    named = {"place": place} if place else {}
    return {**found, **named}


def _exif(image: Image.Image) -> dict[str, str]:
    exif = image.getexif()
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    dates = (_date((inner if within else exif).get(tag)) for within, tag in _DATES)
    said = _words({name: exif.get(tag) for name, tag in _EXIF.items()})
    maker, model = said.pop("maker"), said.pop("model")
    if maker and model and model.lower().startswith(maker.lower()):
        maker = ""
    facts = {
        "date": next(filter(None, dates), ""),
        "camera": " ".join(filter(None, (maker, model))),
        **said,
    }
    return {name: value for name, value in facts.items() if value}


def _title(description: str) -> str:
    """Return a description, but for what cameras and programs write into every picture."""
    return "" if _STOCK_TITLE.fullmatch(description) else description


def _iptc(image: ImageFile) -> dict[str, str]:
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    except (SyntaxError, ValueError, OSError):  # the image itself may be whole
        return {}
    found = _words({name: records.get(record) for record, name in _IPTC.items()})
    return {name: value for name, value in found.items() if value}


def _date(value: Any) -> str:
    """Turn EXIF's `2024:05:01 12:30:00` into `2024-05-01`; cameras without a clock write zeros."""
    match = _EXIF_DATE.match(_characters(value).strip())
    try:
        taken = date(*map(int, match.groups())) if match else None
    except ValueError:  # zeros, or a month of 31 days that has 30
        return ""
    return taken.isoformat() if taken and taken.year >= _FIRST_PHOTOGRAPH else ""


def _words(said: dict[str, Any]) -> dict[str, str]:
    """Return what a picture says, in the encoding it was meant in; EXIF allows ASCII only.

    A title is left out if it is what cameras and programs write into every picture.
    """
    meant = as_meant({name: _characters(value) for name, value in said.items()}, _in_latin1)
    words = {name: document_line(meant.get(name, ""))[:_LONGEST_FACT].strip() for name in said}
    if "title" in words:
        words["title"] = _title(words["title"])
    return words


def _characters(value: Any) -> str:
    """Return a text as Pillow takes it, for Latin-1; of a number, nothing."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return value.replace("\0", "") if isinstance(value, str) else ""


def _in_latin1(value: str) -> bytes | None:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return None
