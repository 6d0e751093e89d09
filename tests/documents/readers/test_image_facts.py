"""What cameras and programs write into pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import ExifTags, Image

from renai.documents.readers import images
from renai.errors import DocumentError

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


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        ("Старая гавань вечером", "cp1251"),
        ("灯塔与海洋的历史", "gbk"),
        ("港の夕暮れと灯台", "cp932"),
    ],
)
def test_the_encoding_of_a_country_is_read(tmp_path: Path, title: str, encoding: str) -> None:
    assert title_of(tmp_path / "a.jpg", title.encode(encoding)) == title


def test_latin1_stays_what_it_was(tmp_path: Path) -> None:
    assert title_of(tmp_path / "a.jpg", "Häfen".encode("latin-1")) == "Häfen"


@pytest.mark.skipif(os.name == "nt", reason="no shell scripts")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".heic"])
def test_no_picture_starts_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Pillow has Ghostscript draw what is in EPS, whatever the file is called."""
    drawn = tmp_path / "a.eps"
    Image.new("RGB", (8, 8)).save(drawn)
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)
    with pytest.raises(DocumentError, match="not an image"):
        images.read(drawn.rename(tmp_path / f"a{suffix}"), 0)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("form", ["BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "TIFF", "WEBP"])
def test_pictures_are_read_whatever_their_suffix(tmp_path: Path, form: str) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", form)
    assert len(images.read(tmp_path / "a.png", 0).pictures) == 1
