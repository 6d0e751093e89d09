"""The scripts that Tesseract reads where RapidOCR's models do not know them, and by which data.

Which data there is stands in the recipes of every run. How pages are read: `scripts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

REVISION = 1
"""Bumped by hand when the same page in such a script can give another text than before."""

_DETECTOR = "osd"
LATIN = "eng"
_MOST_LANGUAGES = 4
"""Of a script: each takes time, and has few letters that the others lack."""


class Script(NamedTuple):
    """A script that Tesseract reads in place of RapidOCR.

    Attributes:
        name: as Tesseract names it; also that of data which is of no one language.
        languages: what data can be had for, by Tesseract's names, the most useful first.
        letters: how the Unicode names of its letters begin.
        detected_as: another name that the detector gives it.
        is_leftward: whether its lines run to the left.
    """

    name: str
    languages: tuple[str, ...]
    letters: tuple[str, ...]
    detected_as: str = ""
    is_leftward: bool = False

    @property
    def package(self) -> str:
        """The Debian package with data for the first of its languages."""
        return f"tesseract-ocr-{self.languages[0]}"

    def data(self, installed: Collection[str]) -> tuple[str, ...]:
        """Return what of the installed data is used to read it; nothing if none is of it."""
        if self.name in installed:  # all its languages at once, in the time of one
            return (self.name,)
        return tuple(name for name in self.languages if name in installed)[:_MOST_LANGUAGES]


SCRIPTS = (
    Script("Cyrillic", ("rus", "ukr", "bul", "srp", "bel", "mkd", "kaz", "mon"), ("CYRILLIC",)),
    Script("Greek", ("ell",), ("GREEK",)),
    Script("Hangul", ("kor",), ("HANGUL",), detected_as="Korean"),
    Script("Arabic", ("ara", "fas", "urd"), ("ARABIC",), is_leftward=True),
    Script("Hebrew", ("heb", "yid"), ("HEBREW",), is_leftward=True),
    Script("Devanagari", ("hin", "mar", "nep"), ("DEVANAGARI",)),
    Script("Thai", ("tha",), ("THAI",)),
)
"""All that are known. Chinese and Japanese are none: RapidOCR reads them better."""


def usable_data(installed: Collection[str]) -> tuple[str, ...]:
    """Return which of Tesseract's data is used for these scripts; nothing if none is for any."""
    if _DETECTOR not in installed:
        return ()
    found = [name for script in SCRIPTS for name in script.data(installed)]
    return (*found, LATIN) if found and LATIN in installed else tuple(found)


def packages_to_add(installed: Collection[str]) -> tuple[str, ...]:
    """Return the Debian packages with data for the scripts that there is none for."""
    lacking = [script.package for script in SCRIPTS if not script.data(installed)]
    return tuple(lacking) if _DETECTOR in installed else ("tesseract-ocr-osd", *lacking)
