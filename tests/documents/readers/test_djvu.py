"""DjVu, through DjVuLibre's programs, and without them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw, ImageFont

from renai.documents.ocr.engine import Ocr
from renai.documents.readers import djvu
from renai.errors import DamagedDocumentError, DocumentError

if TYPE_CHECKING:
    from pathlib import Path

needs_djvulibre = pytest.mark.skipif(
    not (shutil.which("c44") and djvu.find_djvulibre()), reason="install djvulibre-bin to run this"
)
needs_ocr = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("rapidocr", "onnxruntime"))), reason="needs renai[ocr]"
)

TEXT = "Salt Roads\nby Ines Falk\nCarts went north every spring."


def make(path: Path, text: str = "", meta: str = "", printed: str = "") -> Path:
    picture = Image.new("RGB", (900, 600), "white")
    if printed:
        font = ImageFont.load_default(60)
        ImageDraw.Draw(picture).text((60, 200), printed, fill="black", font=font)
    picture.save(path.with_suffix(".ppm"))
    subprocess.run(["c44", path.with_suffix(".ppm"), path], check=True)
    script = path.with_suffix(".dsed")
    quoted = text.replace("\n", "\\n")
    script.write_text(
        (f'select 1\nset-txt\n(page 0 0 900 600 "{quoted}")\n.\n' if text else "")
        + (f"set-meta\n{meta}\n.\n" if meta else ""),
        encoding="utf-8",
    )
    subprocess.run(["djvused", path, "-f", script, "-s"], check=True)
    return path


@needs_djvulibre
def test_text_and_properties_are_read(tmp_path: Path) -> None:
    meta = 'title\t"Wege des Salzes: \\303\\234bersicht"\nauthor\t"Ines Falk"\nyear\t"1911"'
    extraction = djvu.read(make(tmp_path / "a.djvu", TEXT, meta), 1000)
    assert extraction.text == TEXT
    assert extraction.pages == 1
    assert extraction.properties == {
        "title": "Wege des Salzes: Übersicht",
        "authors": "Ines Falk",
        "year": "1911",
    }


@needs_djvulibre
def test_no_more_is_returned_than_wanted(tmp_path: Path) -> None:
    assert djvu.read(make(tmp_path / "a.djvu", TEXT), 10).text == TEXT[:10]


@needs_djvulibre
@needs_ocr
def test_a_scan_is_recognised(tmp_path: Path) -> None:
    path = make(tmp_path / "a.djvu", printed="SALT ROADS NORTH")
    assert djvu.read(path, 1000).text == ""
    extraction = djvu.read(path, 1000, Ocr("rapidocr"))
    assert extraction.text.replace(" ", "") == "SALTROADSNORTH"
    assert extraction.lines[0].page == 0


@needs_djvulibre
@pytest.mark.parametrize("rest", [b"", b"\x00\x00\x00\x10DJVU" + bytes(40)])
def test_damage_is_told(tmp_path: Path, rest: bytes) -> None:
    (tmp_path / "a.djvu").write_bytes(b"AT&TFORM" + rest)
    with pytest.raises(DamagedDocumentError):
        djvu.read(tmp_path / "a.djvu", 1000)


def test_another_format_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.djvu").write_bytes(b"%PDF-1.4")
    with pytest.raises(DamagedDocumentError, match="not DjVu"):
        djvu.read(tmp_path / "a.djvu", 1000)


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.djvu").write_bytes(b"AT&TFORM....")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentError, match="install djvulibre-bin"):
        djvu.read(tmp_path / "a.djvu", 1000)
