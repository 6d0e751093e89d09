"""Say what may stand in the name of a file or folder, the same on every platform.

A name that is fine on Linux is copied to a Windows disk tomorrow, so the strictest rules of all
platforms hold everywhere: no reserved names, no dot or dash in front, no dot or space at the
end, at most 255 bytes with the extension kept.

Source: "Naming Files, Paths, and Namespaces", learn.microsoft.com, for the reserved names.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from renai.providers.placeholders import NO_VALUE
from renai.text_cleaning import name_part

NAME_BYTES = 255
"""The longest name, in UTF-8. It then has at most 255 UTF-16 units too: no character takes more
units than bytes."""

NUMBER_BYTES = len(" (99999)")
"""Kept free in every name, so that a taken name can be numbered without being cut again."""

SIDECAR_BYTES = len(".sidecar")
"""Kept free in every name for a second suffix, as in `name.pdf.xmp`."""

OTHER_FOLDER = "Other"
"""Where a file goes whose category is not known."""

RESERVED_NAMES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    + [device + digit for device in ("COM", "LPT") for digit in "0123456789¹²³"]
)
"""Device names of Windows; each is reserved with any extension, too."""

_DEVICES = frozenset(name[:3] for name in RESERVED_NAMES)

EDGES = " -–—,;:"
"""Punctuation that says nothing at either end of a value or of a name."""

_NAME_EDGES = EDGES + "."

_LETTER = re.compile(r"[^\W_]")
_PLACEHOLDERS = NO_VALUE | {"n-a"}  # what `name_part` makes of "n/a"
_EXTENSION = re.compile(r"\.[\w+~-]{1,32}")
_DOUBLE_EXTENSIONS = (".fb2.zip", ".pdf.gz", ".ps.gz", ".djvu.gz", ".tar.gz", ".tar.bz2", ".tar.xz")
_DOUBLE_ENDINGS = tuple(extension.rpartition(".")[2] for extension in _DOUBLE_EXTENSIONS)
_LONGEST_ENDING = max(map(len, _DOUBLE_ENDINGS))


def split_name(name: str) -> tuple[str, str]:
    """Part a file name into stem and extension (`.pdf`, `.fb2.zip`, or empty).

    What follows the last dot of `Letter to Mr. Smith` is no extension.
    """
    if name[-_LONGEST_ENDING:].lower().endswith(_DOUBLE_ENDINGS):
        for extension in _DOUBLE_EXTENSIONS:
            if name.lower().endswith(extension) and len(name) > len(extension):
                return name[: -len(extension)], name[-len(extension) :]
    dot = name.rfind(".")
    if dot > 0 and _is_extension(name[dot:]):
        return name[:dot], name[dot:]
    return name, ""


@lru_cache(maxsize=256)  # a library has few extensions
def _is_extension(text: str) -> bool:
    return _EXTENSION.fullmatch(text) is not None


def usable(text: str | None) -> str:
    """Clean a value; return nothing if it says nothing: punctuation, or a word like `Unknown`."""
    if not text:
        return ""
    value = name_part(text).strip(EDGES)
    # Most values begin with a letter or a digit, and that is told faster.
    if not (value[:1].isalnum() or _LETTER.search(value) or any(map(_is_symbol, value))):
        return ""
    return "" if value.lower() in _PLACEHOLDERS else value


def cut(text: str, size: int) -> str:
    """Return the first `size` bytes of a text, less what tears a character, an emoji or a word."""
    if len(text.encode()) <= size:
        return text
    end = len(text.encode()[:size].decode(errors="ignore"))
    while end > 0 and _joined(text, end):
        end -= 1
    head = text[:end]
    whole_words = head.rpartition(" ")[0]
    if text[end] != " " and 4 * len(whole_words) > 3 * len(head):
        head = whole_words
    return head.rstrip(EDGES)


def numbered(stem: str, number: int) -> str:
    """Return the stem of one of several files of a name, as `Dune (2)`; the first has no number."""
    return stem if number == 1 else f"{stem} ({number})"


def is_numbered(stem: str, wanted: str) -> bool:
    """Return whether a stem is the wanted one with any number, which may be none."""
    if not stem.startswith(wanted):
        return False
    rest = stem[len(wanted) :]
    return not rest or (rest[:2] == " (" and rest[-1] == ")" and rest[2:-1].isdecimal())


@lru_cache(maxsize=4096)  # many files share their category
def folder_name(category: str | None) -> str:
    """Name the folder of a category."""
    return presentable(cut(usable(category), NAME_BYTES - 1)) or OTHER_FOLDER


def name_key(name: str) -> str:
    """Return what two names share that some filesystem takes for one name.

    Windows and macOS ignore case, macOS also how an accent is composed.
    """
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def presentable(stem: str) -> str:
    """Return a stem that neither hides the file, nor looks like an option, nor names a device."""
    stem = stem.strip(_NAME_EDGES)
    if stem[:3].upper() in _DEVICES:
        device, dot, rest = stem.partition(".")
        if device.rstrip().upper() in RESERVED_NAMES:
            return f"{device.rstrip()}_{dot}{rest}"
    return stem


def is_portable(name: str) -> bool:
    """Return whether pathvalidate, too, finds nothing in a name that some platform refuses."""
    from pathvalidate import ValidationError, validate_filename

    try:
        validate_filename(name, platform="universal", max_len=NAME_BYTES)
    except ValidationError:
        return False
    return True


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] == "S"


def _joined(text: str, position: int) -> bool:
    """Return whether a cut here would part what is seen as one character."""
    character = text[position]
    if _is_flag_letter(character):
        start = position
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (position - start) % 2 == 1
    return unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
