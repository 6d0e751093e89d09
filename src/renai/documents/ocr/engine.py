"""Recognise the text in a picture: RapidOCR by default, Tesseract where it is chosen.

RapidOCR carries its models in its wheel and needs no network. Where Tesseract is there too, it
reads the pages in scripts that these models do not know. This runs in a worker.
"""

from __future__ import annotations

import importlib.util
import shutil
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from renai.documents.ocr import known_scripts, tesseract_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from renai.documents.ocr.layout import Pixels
    from renai.documents.ocr.upright import Upright
    from renai.stores.base import Store

Engine = Literal["rapidocr", "tesseract"]

ENGINES: tuple[Engine, ...] = ("rapidocr", "tesseract")
"""All that are known, the preferred one first."""

_REVISION = 2
"""Bumped by hand when the same picture can give another text than before."""

_BLANK_DEVIATION = 2.0  # of 255: what a sheet of paper has


def _unheard() -> None:
    pass


page_begins: ContextVar[Callable[[], None]] = ContextVar("page_begins", default=_unheard)
"""Called before each picture that is read: a page may take seconds, and a person wants to know."""


class Ocr(NamedTuple):
    """How pictures are read.

    Attributes:
        engine: which of `ENGINES`.
        languages: as Tesseract names them (`eng`, `deu`); RapidOCR's model reads Latin scripts
            and Chinese at once and takes none.
        traced: whether what is seen on each page is wanted as well; it changes no result.
        script_data: Tesseract's data for scripts that RapidOCR's model does not know.
    """

    engine: Engine
    languages: tuple[str, ...] = ("eng",)
    traced: bool = False
    script_data: tuple[str, ...] = ()

    def described(self) -> dict[str, Any]:
        """Return what of it can change a result, as JSON values."""
        recipe = {"engine": self.engine, "revision": _REVISION}
        if self.engine == "tesseract":
            return {**recipe, "languages": list(self.languages)}
        if self.script_data:
            others = {"data": list(self.script_data), "revision": known_scripts.REVISION}
            return {**recipe, "other_scripts": others}
        return recipe


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
    return tesseract_data.tesseract_version()


def engine_versions(ocr: Ocr) -> str:
    """Return the engines that may have read a page, as `engine_version` does."""
    helper = f", {engine_version('tesseract')}" if ocr.script_data else ""
    return f"{engine_version(ocr.engine)}{helper}"


def missing_languages(ocr: Ocr, memo: Store | None = None) -> tuple[str, ...]:
    """Return the languages that the engine has no data for, and would skip or fail on.

    Args:
        ocr: the engine and the languages.
        memo: where it is kept what Tesseract has data for; None to ask it.
    """
    if ocr.engine != "tesseract":
        return ()
    known = tesseract_data.installed_data(memo)
    return tuple(language for language in ocr.languages if language not in known)


def script_data(engine: Engine, memo: Store | None = None) -> tuple[str, ...]:
    """Return Tesseract's data for scripts that this engine does not read by itself.

    Args:
        engine: the engine.
        memo: as for `missing_languages`.
    """
    if engine == "tesseract" or not _is_installed("tesseract"):
        return ()
    return known_scripts.usable_data(tesseract_data.installed_data(memo))


def other_scripts() -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return what RapidOCR's pages in other scripts are read by.

    Returns:
        Each script that is read, with the data of Tesseract that it is read by, and the Debian
        packages that are lacking for the others.
    """
    if not _is_installed("tesseract"):
        return {}, ("tesseract-ocr", *known_scripts.packages_to_add({"osd"}))
    installed = tesseract_data.installed_data()
    used = known_scripts.usable_data(installed)
    read = {one.name: data for one in known_scripts.SCRIPTS if (data := one.data(used))}
    return read, known_scripts.packages_to_add(installed)


def recognise(pixels: Pixels, ocr: Ocr) -> Upright:
    """Read a picture.

    Args:
        pixels: (height, width, 3), red, green and blue.
        ocr: by which engine, in which languages.

    Returns:
        The picture, turned upright, and its lines in reading order; none of a blank sheet.
    """
    # Every run comes to this module to know how pages would be read, and few runs read any.
    from renai.documents.ocr import rapidocr, scripts, tesseract
    from renai.documents.ocr.layout import in_reading_order
    from renai.documents.ocr.upright import Upright, read_upright

    if pixels.std() < _BLANK_DEVIATION:  # an engine would take long to find nothing
        return Upright(pixels, [])
    page_begins.get()()
    if ocr.engine == "tesseract":
        page = read_upright(pixels, lambda turned: tesseract.read_words(turned, ocr.languages))
    else:
        page = read_upright(pixels, rapidocr.read_lines)
        if ocr.script_data and scripts.is_doubtful(page.pieces):
            other = scripts.read_other_script(page, ocr.script_data)
            if other is not None:
                return other
    read = [piece for piece in page.pieces if piece.text]
    return Upright(page.pixels, in_reading_order(read))


def _is_installed(engine: str) -> bool:
    if engine == "tesseract":
        return bool(shutil.which("tesseract") and importlib.util.find_spec("numpy"))
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))
