"""`--ocr-debug`: what OCR saw is kept for a person to look at, and nobody is asked again."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from books import make_books, make_scan

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint
    from program import Program

pytestmark = pytest.mark.xdist_group("ocr")

LINES = ["The Salt Road", "by Ilse Marwood", "Copyright 1987 Lantern Quay Press"]
PAID = ("--provider", "custom", "--yes", "--json")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return make_scan(tmp_path / "scans" / "scan0001.pdf", LINES)


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_a_page_is_kept_with_boxes_and_words_also_where_all_is_cached(
    renai: Program, endpoint: Endpoint, scan: Path
) -> None:
    key = digest(scan)
    renai(scan, *PAID)
    assert renai.entries("ocr_debug") == {}
    (named,) = scan.parent.iterdir()
    again = renai(named, *PAID, "--ocr-debug")
    assert (again.code, again.calls, again.json["summary"]["hits"]) == (0, 0, 1), again.err
    assert len(endpoint.calls) == 1
    kept = renai.entries("ocr_debug")
    assert kept.keys() == {f"{key}_page1.jpg", f"{key}_page1.json"}
    assert f"Kept what OCR saw of {named.name} (page 1) in {renai.cache}/ocr_debug" in again.err

    record = json.loads(kept[f"{key}_page1.json"])
    picture = Image.open(io.BytesIO(kept[f"{key}_page1.jpg"]))
    assert (record["page"], record["engine"]) == (1, "rapidocr")
    assert (record["width"], record["height"]) == picture.size
    assert [line["text"] for line in record["lines"]] == LINES
    assert all(0.5 < line["confidence"] <= 1 for line in record["lines"])
    left, top, right, bottom = record["lines"][0]["box"]
    assert 0 < left < right < picture.width
    assert 0 < top < bottom < picture.height / 3
    red, green, blue = picture.convert("RGB").getpixel(((left + right) // 2, top))
    assert red > green + 60
    assert red > blue + 60

    for path in (renai.cache / "ocr_debug").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert "Removed 4 entries" in renai("cache", "--yes").out
    assert renai.entries("ocr_debug") == {}


def test_a_photo_is_kept_likewise_and_a_text_has_nothing_to_show(
    renai: Program, tmp_path: Path
) -> None:
    make_books(tmp_path / "mixed", 1)
    photo = tmp_path / "mixed" / "IMG_1.png"
    picture = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(picture).text((40, 60), "Harbour at Dusk", fill="black", font_size=48)
    picture.save(photo)
    key = digest(photo)
    finished = renai(
        tmp_path / "mixed", "--rename-images", "--ocr-debug", "--yes", "--min-confidence=0"
    )
    assert (tmp_path / "mixed" / "Harbour at Dusk.png").exists(), finished.err
    assert renai.entries("ocr_debug").keys() == {f"{key}_page1.jpg", f"{key}_page1.json"}


def test_a_folder_that_cannot_be_written_costs_a_warning(renai: Program, scan: Path) -> None:
    renai.cache.mkdir()
    (renai.cache / "ocr_debug").write_text("somebody else's")
    finished = renai(scan, "--ocr-debug", "--yes")
    assert finished.code == 0
    assert "[WARNING] What OCR saw of scan0001.pdf is not kept: cannot write" in finished.err
    assert "1 renamed" in finished.out
    assert (renai.cache / "ocr_debug").read_text() == "somebody else's"


@pytest.mark.parametrize("mode", ["vision", "none"])
def test_without_ocr_there_is_nothing_to_keep(renai: Program, scan: Path, mode: str) -> None:
    finished = renai(scan, "--ocr-debug", "--fallback-mode", mode)
    assert finished.code == 3
    assert f"--ocr-debug has nothing to keep with --fallback-mode {mode}" in finished.err


def test_pictures_lie_in_the_folder_also_where_texts_are_shared(
    renai: Program, scan: Path, tmp_path: Path
) -> None:
    shared = f"sqlite:///{tmp_path}/shared.sqlite"
    renai(scan, "--ocr-debug", "--dry-run", "--cache-url", shared)
    assert len(renai.entries("ocr_debug")) == 2
    assert "Removed 4 entries" in renai("cache", "--yes", "--cache-url", shared).out
    assert renai.entries("ocr_debug") == {}
