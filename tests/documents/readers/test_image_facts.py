"""What cameras and programs write into pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import ExifTags, Image

from renai.documents.readers import images

if TYPE_CHECKING:
    from pathlib import Path


def title_of(path: Path, description: str | bytes) -> object:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = description
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    return images.read(path, 0).properties.get("title")


@pytest.mark.parametrize(
    "stock",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "KONICA MINOLTA DIGITAL CAMERA",
        "SONY DSC",
        "MINOLTA CAMERA",
        "Exif_JPEG_PICTURE",
        "DCF FMT EP",
        "DSC_0042",
        "IMG 20190504",
        "Created with GIMP",
        "© Falk Pictures".encode(),
        "www.example.org",
        "<Digimax i5, Samsung #1>",
    ],
)
def test_stock_texts_are_no_titles(tmp_path: Path, stock: str | bytes) -> None:
    assert title_of(tmp_path / "a.jpg", stock) is None


@pytest.mark.parametrize(
    "title",
    ["The pier at dusk", "My first digital camera", "Sony building, Tokyo", "Kodak moment in May"],
)
def test_descriptions_are(tmp_path: Path, title: str) -> None:
    assert title_of(tmp_path / "a.jpg", title) == title


@pytest.mark.parametrize("title", ["Häfen im Süden", "Гавань", "港の夕暮れ"])
def test_utf8_is_read_as_what_it_is(tmp_path: Path, title: str) -> None:
    assert title_of(tmp_path / "a.jpg", title.encode()) == title


def test_latin1_stays_what_it_was(tmp_path: Path) -> None:
    assert title_of(tmp_path / "a.jpg", "Häfen".encode("latin-1")) == "Häfen"
