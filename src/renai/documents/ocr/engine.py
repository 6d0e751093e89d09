"""Recognise the text in a picture: RapidOCR by default, Tesseract where it is chosen.

RapidOCR carries its models in its wheel and needs no network. Tesseract is a program of its own
and is called; what it says is read from its table (tesseract(1), `tsv`). This runs in a worker.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from renai.documents.ocr.layout import Piece, in_reading_order
from renai.documents.ocr.upright import Upright, read_upright
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from renai.documents.ocr.layout import Pixels

Engine = Literal["rapidocr", "tesseract"]

ENGINES: tuple[Engine, ...] = ("rapidocr", "tesseract")
"""All that are known, the preferred one first."""

_REVISION = 2
"""Bumped by hand when the same picture can give another text than before."""

LONGEST_SIDE = 2000
"""Pixels of a picture; more takes thrice the time and recognises no more."""

_BLANK_DEVIATION = 2.0  # of 255: what a sheet of paper has
_LEAST_SCORE = 0.5
_PROGRAM_SECONDS = 120
_LANGUAGE = re.compile(r"[A-Za-z_]+")

# Tesseract's table: a word a row. (tesseract(1), configfile `tsv`)
_COLUMNS = ("left", "top", "width", "height", "conf", "text")


class Ocr(NamedTuple):
    """How pictures are read.

    Attributes:
        engine: which of `ENGINES`.
        languages: as Tesseract names them (`eng`, `deu`); RapidOCR's model reads Latin scripts
            and Chinese at once and takes none.
        traced: whether what is seen on each page is wanted as well; it changes no result.
    """

    engine: Engine
    languages: tuple[str, ...] = ("eng",)
    traced: bool = False

    def described(self) -> dict[str, Any]:
        """Return what of it can change a result, as JSON values."""
        languages = {"languages": list(self.languages)} if self.engine == "tesseract" else {}
        return {"engine": self.engine, "revision": _REVISION, **languages}


def installed_engine(wanted: str | None = None) -> Engine | None:
    """Return the engine that is wanted if it is installed, else the first one that is."""
    for engine in sorted(ENGINES, key=lambda engine: engine != wanted):
        if _is_installed(engine):
            return engine
    return None


def engine_version(engine: Engine) -> str:
    """Return the name and version of an engine that is installed; recorded, never compared."""
    if engine == "rapidocr":
        import importlib.metadata  # takes longer to import than all else here

        return f"rapidocr {importlib.metadata.version('rapidocr')}"
    said = subprocess.run(
        ["tesseract", "--version"], capture_output=True, text=True, check=False, timeout=10
    )
    return (said.stdout or said.stderr).partition("\n")[0].strip()


def missing_languages(ocr: Ocr) -> tuple[str, ...]:
    """Return the languages that the engine has no data for, and would skip or fail on."""
    if ocr.engine != "tesseract":
        return ()
    listed = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=False, timeout=10
    )
    known = set((listed.stdout or listed.stderr).splitlines())
    return tuple(language for language in ocr.languages if language not in known)


def recognise(pixels: Pixels, ocr: Ocr) -> Upright:
    """Read a picture.

    Args:
        pixels: (height, width, 3), red, green and blue.
        ocr: by which engine, in which languages.

    Returns:
        The picture, turned upright, and its lines in reading order; none of a blank sheet.
    """
    if pixels.std() < _BLANK_DEVIATION:  # an engine would take long to find nothing
        return Upright(pixels, [])
    read = _by_rapidocr if ocr.engine == "rapidocr" else partial(_by_tesseract, ocr=ocr)
    page = read_upright(pixels, read)
    return Upright(page.pixels, in_reading_order(page.pieces))


def _is_installed(engine: str) -> bool:
    if engine == "tesseract":
        return bool(shutil.which("tesseract") and importlib.util.find_spec("numpy"))
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def _by_rapidocr(pixels: Pixels) -> list[Piece]:
    found = _rapidocr()(pixels[:, :, ::-1])  # it wants blue first, as OpenCV does
    if found.boxes is None:
        return []
    return [
        Piece(
            document_line(text) or "",
            float(box[:, 0].min()),
            float(box[:, 1].min()),
            float(box[:, 0].max()),
            float(box[:, 1].max()),
            float(score),
        )
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    ]


@lru_cache(maxsize=1)  # once a worker: to load the models takes seconds
def _rapidocr() -> Any:
    from rapidocr import RapidOCR

    threads = "EngineConfig.onnxruntime."
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            "Global.text_score": _LEAST_SCORE,
            "Global.use_cls": False,  # takes a line in a hundred for one upside down, and loses it
            # The pool is what runs in parallel.
            f"{threads}intra_op_num_threads": 1,
            f"{threads}inter_op_num_threads": 1,
        }
    )


def _by_tesseract(pixels: Pixels, ocr: Ocr) -> list[Piece]:
    height, width, _ = pixels.shape
    languages = "+".join(name for name in ocr.languages if _LANGUAGE.fullmatch(name)) or "eng"
    picture = b"P6\n%d %d\n255\n" % (width, height) + pixels.tobytes()  # netpbm's ppm(5)
    said = subprocess.run(
        ["tesseract", "stdin", "stdout", "-l", languages, "tsv"],
        input=picture,
        capture_output=True,
        check=True,
        timeout=_PROGRAM_SECONDS,
    )
    header, *rows = said.stdout.decode("utf-8", "replace").splitlines()
    places = [header.split("\t").index(column) for column in _COLUMNS]
    pieces = []
    for row in rows:
        cells = row.split("\t")
        if len(cells) <= max(places):
            continue
        left, top, wide, high, score = (float(cells[place]) for place in places[:5])
        text = document_line(cells[places[5]])
        if text and score >= 0:
            pieces.append(Piece(text, left, top, left + wide, top + high, score / 100))
    return pieces
