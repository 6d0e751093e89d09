"""Documents that no package has: scans, crooked and noisy pages, photographs, damaged files.

All words and pictures are our own, and the same on every run. `truth.json` beside them says what a
reader should find in each, and null where nothing can be found.
"""

from __future__ import annotations

import datetime
import io
import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
from PIL import ExifTags, Image, ImageFilter

from made_library import make_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DPI = 300
_WORKS = (
    ("The Keeping of Small Harbours", "Ada Quill", 1987),
    ("Notes on the Winding of Clocks", "Dora Pike", 2003),
    ("A Field Guide to Quiet Orchards", "Emil Roux", 1961),
    ("Lanterns: Their Making and Mending", "Chen Wei", 2019),
)
_PROSE = (
    "Whoever means to keep a harbour small must first count the boats in it,",
    "and count them again in winter, when the count is honest. A ledger of",
    "ropes is of more use than a ledger of names, for ropes are not sold on.",
    "The wall is mended from the sea side, in the hour before the low tide,",
    "and nobody who has mended it from the land side has mended it twice.",
)

Truth = dict[str, Any]
Making = tuple[str, bytes, Truth | None]
"""A file's name, its bytes, and what should be found in it."""


def make_documents(folder: Path) -> int:
    """Make them all, unless they are there; the folder appears when it is whole.

    Returns:
        How many there are, `truth.json` not among them.
    """
    truths = folder / "truth.json"
    if not truths.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder.parent) as temporary:
            unfinished = Path(temporary, "made")
            unfinished.mkdir()
            found = {}
            for name, data, truth in all_makings():
                (unfinished / name).write_bytes(data)
                found[name] = truth
            (unfinished / "truth.json").write_text(json.dumps(found, indent=1) + "\n")
            shutil.rmtree(folder, ignore_errors=True)
            unfinished.rename(folder)
    return len(json.loads(truths.read_text()))


def all_makings() -> Iterator[Making]:
    """Every document, one after the other."""
    for number, (title, author, year) in enumerate(_WORKS):
        truth = {"title": title, "authors": [author], "year": year}
        page = _page([title, f"by {author}", f"Copyright {year}", *_PROSE * 4])
        for way, change in _WAYS.items():
            yield f"{way}-{number}.pdf", _image_only_pdf(change(page)), truth
    yield from _photographs()
    yield from _damaged()


def _page(lines: list[str]) -> Image.Image:
    """A page of print as a scanner sees it."""
    with pypdfium2.PdfDocument(make_pdf(lines)) as document:
        return document[0].render(scale=_DPI / 72, grayscale=True).to_pil()


def _image_only_pdf(page: Image.Image) -> bytes:
    stream = io.BytesIO()
    at = datetime.datetime(2001, 2, 3, tzinfo=datetime.UTC).timetuple()
    page.save(stream, "PDF", resolution=_DPI, creationDate=at, modDate=at)
    return stream.getvalue()


def _noisy(page: Image.Image) -> Image.Image:
    """Blurred, with specks of dust and a grey veil."""
    chance = random.Random(4)
    noisy = page.filter(ImageFilter.GaussianBlur(1.2)).point(lambda value: 40 + value * 4 // 5)
    for _ in range(4000):
        at = chance.randrange(noisy.width - 2), chance.randrange(noisy.height - 2)
        noisy.paste(chance.randrange(200), (*at, at[0] + 2, at[1] + 2))
    return noisy


def _crooked(page: Image.Image) -> Image.Image:
    return page.rotate(2.5, Image.Resampling.BICUBIC, fillcolor=255)


_WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "scan": lambda page: page,
    "sideways": lambda page: page.transpose(Image.Transpose.ROTATE_90),
    "upside-down": lambda page: page.transpose(Image.Transpose.ROTATE_180),
    "crooked": _crooked,
    "noisy": _noisy,
}
"""What can happen to a page on the glass."""


def _photographs() -> Iterator[Making]:
    """Skies over a sea, with what a camera writes beside the picture."""
    for number, (title, author, year) in enumerate(_WORKS):
        sky = Image.linear_gradient("L").resize((640, 480)).rotate(90 * number)
        sea = Image.merge("RGB", (sky.point(lambda value: value // 3), sky, sky.transpose(1)))
        exif = Image.Exif()
        exif[ExifTags.Base.ImageDescription] = title
        exif[ExifTags.Base.Artist] = author
        exif[ExifTags.Base.Make] = "Lantern Quay Optics"
        exif[ExifTags.Base.DateTime] = f"{year}:07:0{number + 1} 12:00:00"
        exif[ExifTags.Base.Orientation] = 1 + number
        stream = io.BytesIO()
        sea.save(stream, "JPEG", exif=exif)
        truth = {"title": title, "authors": [author], "year": year}
        yield f"photo-{number}.jpg", stream.getvalue(), truth


def _damaged() -> Iterator[Making]:
    """What a failing disk, a stopped download and a wrong name leave."""
    title, author, _ = _WORKS[0]
    whole = make_pdf([title, f"by {author}", *_PROSE])
    chance = random.Random(7)
    holes = bytearray(whole)
    holes[len(holes) // 4 : len(holes) // 2] = bytes(len(holes) // 2 - len(holes) // 4)
    yield "damaged-empty.pdf", b"", None
    yield "damaged-cut.pdf", whole[: len(whole) // 3], None
    yield "damaged-zeros.pdf", bytes(len(whole)), None
    yield "damaged-noise.pdf", b"%PDF-1.7\n" + chance.randbytes(4096), None
    yield "damaged-holes.pdf", bytes(holes), None
    yield "damaged-page-instead.pdf", b"<!doctype html><title>404 Not Found</title>", None
    yield "damaged-cut.epub", b"PK\x03\x04" + chance.randbytes(200), None
