"""Pages in scripts that RapidOCR's models do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from books import make_scan
from program import Program
from renai.documents.ocr import engine, scripts, sheet, tesseract_data
from renai.documents.ocr.engine import Ocr
from renai.documents.ocr.known_scripts import SCRIPTS, packages_to_add, usable_data
from renai.documents.ocr.layout import Piece
from renai.documents.ocr.scripts import is_doubtful, read_other_script
from renai.documents.ocr.tesseract import DetectedScript
from renai.documents.ocr.upright import Upright
from renai.documents.sandbox.pool import WorkerPool
from tessdata import need_data

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


RUSSIAN = ["Соляная дорога", "Анна Михайловна Крылова", "Издательство Северный маяк", "Москва 1987"]
GREEK = ["Ο δρόμος του αλατιού", "Ελένη Παπαδοπούλου", "Εκδόσεις Βόρειος Φάρος", "Αθήνα 1987"]
ENGLISH = ["The Salt Road", "by Ilse Marwood", "Copyright 1987 Lantern Quay Press"]


def line(text: str, width: int, score: float = 0.98, top: int = 0) -> Piece:
    """A line as RapidOCR finds it, twenty pixels high."""
    corners = ((0, top), (width, top), (width, top + 20), (0, top + 20))
    return Piece(text, 0, top, width, top + 20, score, corners)


# What data is used


def test_data_of_a_script_is_used_only_with_what_tells_scripts_apart() -> None:
    assert usable_data({"eng", "osd", "deu", "chi_sim"}) == ()
    assert usable_data({"eng", "ell", "rus"}) == ()
    assert usable_data({"eng", "osd", "ell", "rus", "deu"}) == ("rus", "ell", "eng")
    assert usable_data({"osd", "kor"}) == ("kor",)


def test_a_scripts_own_data_is_used_rather_than_its_languages_and_of_these_a_few() -> None:
    assert usable_data({"osd", "Cyrillic", "rus", "ukr"}) == ("Cyrillic",)
    languages = {"rus", "ukr", "bul", "srp", "bel", "mkd"}
    assert usable_data({"osd", *languages}) == ("rus", "ukr", "bul", "srp")


def test_the_recipe_is_what_it_was_where_there_is_no_such_data() -> None:
    assert Ocr("rapidocr").described() == {"engine": "rapidocr", "revision": 2}
    greek = Ocr("rapidocr", script_data=("ell", "eng")).described()
    assert greek != Ocr("rapidocr", script_data=("rus", "eng")).described()
    assert {**greek, "other_scripts": None} == {
        **Ocr("rapidocr").described(),
        "other_scripts": None,
    }
    chosen = Ocr("tesseract", ("eng",))
    assert chosen._replace(script_data=("ell",)).described() == chosen.described()


def test_a_chosen_tesseract_reads_all_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_is_installed", lambda engine: True)
    monkeypatch.setattr(
        tesseract_data, "installed_data", lambda _: frozenset({"eng", "osd", "ell"})
    )
    assert engine.script_data("rapidocr") == ("ell", "eng")
    assert engine.script_data("tesseract") == ()
    monkeypatch.setattr(engine, "_is_installed", lambda engine: engine == "rapidocr")
    assert engine.script_data("rapidocr") == ()


def test_packages_for_more_scripts_are_named() -> None:
    lacking = packages_to_add({"osd", "rus", "ell"})
    assert "tesseract-ocr-kor" in lacking
    assert not {"tesseract-ocr-rus", "tesseract-ocr-ell", "tesseract-ocr-osd"} & set(lacking)
    assert "tesseract-ocr-osd" in packages_to_add({"rus"})


@pytest.mark.parametrize("data", [("eng", "osd", "rus"), ("eng", "osd")])
def test_doctor_says_which_scripts_are_read(
    data: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", need_data(tmp_path / "data", *data))
    said = " ".join(Program(tmp_path)("doctor").out.split())
    assert ("Cyrillic (rus) by tesseract" in said) == ("rus" in data)
    assert "tesseract-ocr-kor" in said


@pytest.mark.xdist_group("ocr")
def test_a_scan_in_greek_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", need_data(tmp_path / "data", "eng", "osd", "ell"))
    make_scan(tmp_path / "books" / "scan.pdf", GREEK)
    done = Program(tmp_path)(tmp_path / "books", "--min-confidence", "0", "--dry-run", "--json")
    (file,) = done.json["files"]
    assert file["metadata"]["title"] == GREEK[0]


# When it is asked: lines and confidence as they were measured


@pytest.mark.parametrize(
    "lines",
    [
        [line("The Salt Road", 140), line("by Ilse Marwood", 150)],
        [line("THE SALT ROAD", 210)],  # capitals set apart
        [line("塩の道", 50), line("山田花子 著", 90)],
        [line("盐之路", 55, 0.93)],
        [],
    ],
)
def test_what_rapidocr_reads_is_not_doubted(lines: list[Piece]) -> None:
    assert not is_doubtful(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [line("", 160, 0), line("", 150, 0), line("1987", 40)],  # Cyrillic, Korean
        [line("TEXHYECKOE OIICAHIE", 260), line("", 250, 0), line("-250", 230)],
        [line("ρμο του αλατιο", 150, 0.85), line("Eλνη ααολου", 120, 0.84)],
        [line("1207777", 90, 0.68), line("22937 7177100", 120, 0.69)],  # Hebrew
    ],
)
def test_other_scripts_are_doubted(lines: list[Piece]) -> None:
    assert is_doubtful(lines)


def test_nobody_is_asked_about_what_is_not_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(pixels: np.ndarray) -> list[Piece]:
        return [line("The Salt Road", 140)]

    def ask(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("renai.documents.ocr.rapidocr.read_lines", read)
    monkeypatch.setattr(scripts, "read_other_script", ask)
    pixels = np.zeros((40, 200, 3), np.uint8)
    pixels[:20] = 255
    (read_line,) = engine.recognise(pixels, Ocr("rapidocr", script_data=("rus", "eng"))).pieces
    assert read_line.text == "The Salt Road"


# What is made of it


class FakeTesseract:
    """Detects what it is told, and reads the same with each language's data, counting."""

    def __init__(self, detected: DetectedScript, reads: dict[str, tuple[str, float]]) -> None:
        self.asked: list[str] = []
        self._detected, self._reads = detected, reads

    def detect_script(self, pixels: np.ndarray) -> DetectedScript:
        return self._detected

    def read_lines(self, pixels: np.ndarray, languages: Iterable[str]) -> list[Piece]:
        first, *_ = languages
        self.asked.append(first)
        text, score = self._reads.get(first, ("ψξς", 0.3))
        return [Piece(text, 30, 40, 90, 60, score)]


def read_by(fake: FakeTesseract, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(scripts, "detect_script", fake.detect_script)
    monkeypatch.setattr(scripts, "read_lines", fake.read_lines)
    page = Upright(np.full((100, 300, 3), 255, np.uint8), [line("", 200, 0)])
    found = read_other_script(page, ("rus", "ell", "kor", "eng"))
    return " ".join(piece.text for piece in found.pieces) if found else None


def test_a_sure_detector_decides_which_data_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTesseract(DetectedScript("Korean", 9, 0), {"kor": ("소금길", 0.95)})
    assert read_by(fake, monkeypatch) == "소금길"
    assert fake.asked == ["kor", "kor"]  # a sample of the lines, and all


def test_other_data_is_tried_if_that_of_the_script_cannot_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeTesseract(DetectedScript("Cyrillic", 9, 0), {"ell": ("ΟΔΗΓΙΕΣ", 0.9)})
    assert read_by(fake, monkeypatch) == "ΟΔΗΓΙΕΣ"


@pytest.mark.parametrize("name", ["Latin", "Han", "Georgian"])
def test_nothing_is_tried_where_the_detector_is_sure_of_a_script_without_data(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeTesseract(DetectedScript(name, 5, 0), {"rus": ("Тпе 5аи", 0.95)})
    assert read_by(fake, monkeypatch) is None
    assert fake.asked == []


@pytest.mark.parametrize(
    "reads",
    [
        {},
        {"rus": ("Тпе 5аи Коаа", 0.6)},  # unsure
        {"rus": ("The Salt Road", 0.95)},  # Latin letters after all
    ],
)
def test_what_is_not_certain_leaves_the_page_as_it_was(
    reads: dict[str, tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeTesseract(DetectedScript("Arabic", 0.1, 0), reads)
    assert read_by(fake, monkeypatch) is None


def test_a_program_that_fails_leaves_the_page_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(pixels: np.ndarray) -> None:
        raise FileNotFoundError("tesseract")

    monkeypatch.setattr(scripts, "detect_script", fail)
    page = Upright(np.full((100, 300, 3), 255, np.uint8), [line("", 200, 0)])
    assert read_other_script(page, ("rus",)) is None


def test_lines_that_run_to_the_left_are_in_their_order() -> None:
    hebrew = next(script for script in SCRIPTS if script.name == "Hebrew")
    columns = [
        Piece(f"{column}{row}", left, 15 * row, left + 100, 15 * row + 10)
        for column, left in (("left", 0), ("right", 150))
        for row in range(4)
    ]
    ordered = scripts._in_order(columns, 250, hebrew)
    assert [piece.text for piece in ordered][:5] == [
        "right0",
        "right1",
        "right2",
        "right3",
        "left0",
    ]
    assert set(ordered) == set(columns)


# By the real engines


@pytest.mark.xdist_group("ocr")
@pytest.mark.parametrize(
    ("lines", "language", "turns"),
    [(RUSSIAN, "rus", (0, 2)), (GREEK, "ell", (0,))],
    ids=["Russian, also upside down", "Greek"],
)
async def test_a_scan_is_read_where_there_is_data_of_its_script(
    lines: list[str],
    language: str,
    turns: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", need_data(tmp_path / "data", "eng", "osd", language))
    data = engine.script_data("rapidocr")
    assert data == (language, "eng")
    async with WorkerPool(1) as pool:  # which loads the models once
        for turned in turns:
            path = make_scan(tmp_path / f"{turned}.pdf", lines, turned)
            extraction = await pool.read(path, ocr=Ocr("rapidocr", script_data=data))
            assert [found.text for found in extraction.lines] == lines
            first, second, *_ = extraction.lines
            assert first.size > 1.4 * second.size
            assert 0.1 < first.top < second.top < 0.4


@pytest.mark.xdist_group("ocr")
async def test_data_of_another_script_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", need_data(tmp_path / "data", "eng", "osd", "rus"))
    async with WorkerPool(1) as pool:
        for lines in (GREEK, ENGLISH):
            path = make_scan(tmp_path / f"{lines[0]}.pdf", lines)
            without, with_data = [
                (await pool.read(path, ocr=Ocr("rapidocr", script_data=data))).lines
                for data in ((), ("rus", "eng"))
            ]
            assert with_data == without


# The sheet


def test_lines_of_a_page_go_onto_the_sheet_and_find_back() -> None:
    page = np.full((200, 300, 3), 90, np.uint8)  # dark paper, and white print
    page[50:70, 40:120] = 255
    lines = [
        ((20, 40), (280, 40), (280, 80), (20, 80)),
        ((20, 120), (150, 120), (150, 180), (20, 180)),
    ]
    made = sheet.Sheet(sheet.Page(page, lines))
    assert made.pixels[0, 0, 0] == 255
    assert made.pixels.min() < 90
    assert np.median(made.pixels) == 255
    below = Piece("second", 30, 105, 90, 160)
    above = Piece("first", 30, 32, 90, 68)
    assert made.by_line([below, above]) == [(lines[0], [above]), (lines[1], [below])]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_is_turned_with_its_lines(quarters: int) -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[20:40, 50:250] = 255
    page = sheet.Page(pixels, [((50, 20), (250, 20), (250, 40), (50, 40))])
    turned = page.turned(quarters)
    ((left, top), _, (right, bottom), _) = turned.lines[0]
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    assert turned.pixels[int(top) : int(bottom), int(left) : int(right)].min() == 255
    assert turned.pixels.sum() == pixels.sum()
    assert turned.is_on_its_side == (quarters != 2)
