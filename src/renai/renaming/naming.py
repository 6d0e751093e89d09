"""From metadata to the name of a file or folder, the same on every platform.

A name that is fine on Linux is copied to a Windows disk tomorrow, so the strictest rules of all
platforms hold everywhere: no reserved names, no dot or dash in front, no dot or space at the
end, at most 255 bytes with the extension kept.

Source: "Naming Files, Paths, and Namespaces", learn.microsoft.com, for the reserved names.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from renai.renaming.characters import EDGES, cut, usable
from renai.text_cleaning import is_plain, single_spaced

if TYPE_CHECKING:
    from renai.providers.schema import Metadata
    from renai.renaming.template import Template

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

_EXTENSION = re.compile(r"\.[\w+~-]{1,32}")
_DOUBLE_EXTENSIONS = (".fb2.zip", ".pdf.gz", ".ps.gz", ".djvu.gz", ".tar.gz", ".tar.bz2", ".tar.xz")
_DOUBLE_ENDINGS = tuple(extension.rpartition(".")[2] for extension in _DOUBLE_EXTENSIONS)


def split_name(name: str) -> tuple[str, str]:
    """Part a file name into stem and extension (`.pdf`, `.fb2.zip`, or empty).

    What follows the last dot of `Letter to Mr. Smith` is no extension.
    """
    if name.lower().endswith(_DOUBLE_ENDINGS):
        for extension in _DOUBLE_EXTENSIONS:
            if name.lower().endswith(extension) and len(name) > len(extension):
                return name[: -len(extension)], name[-len(extension) :]
    dot = name.rfind(".")
    if dot > 0 and _EXTENSION.fullmatch(name, dot):
        return name[:dot], name[dot:]
    return name, ""


def file_stem(metadata: Metadata, template: Template, extension: str) -> str | None:
    """Name a file, short of its number and its extension.

    Where the name would get too long, the longest value is cut, so that the year at the end
    stays.

    Args:
        metadata: what is known of the file.
        template: how a name is made of it.
        extension: the file's own, with its dot; it is not altered, only counted.

    Returns:
        The stem, or None without a usable title: such a file keeps its name.
    """
    values = template.values(metadata)
    if not (values.get("title") or usable(metadata.title)):
        return None
    room = NAME_BYTES - NUMBER_BYTES - SIDECAR_BYTES - len(extension.encode(errors="replace"))
    stem = _filled(template, values, room)
    if is_plain(stem):
        return _presentable(stem) or None
    stem = _presentable(single_spaced(unicodedata.normalize("NFC", stem)))
    return stem if stem and _passes_pathvalidate(stem + extension) else None


def numbered(stem: str, number: int) -> str:
    """The stem of one of several files of a name, such as `Dune (2)`; the first has no number."""
    return stem if number == 1 else f"{stem} ({number})"


def folder_name(category: str | None) -> str:
    """Name the folder of a category."""
    return _presentable(cut(usable(category), NAME_BYTES - 1)) or OTHER_FOLDER


def name_key(name: str) -> str:
    """What two names share that some filesystem takes for one name.

    Windows and macOS ignore case, macOS also how an accent is composed.
    """
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def _filled(template: Template, values: dict[str, str], room: int) -> str:
    """Fill a template with values, shortened so that at most `room` bytes come out."""
    stem = template.fill(values)
    while (excess := len(stem.encode()) - room) > 0:
        longest = max(values, key=lambda field: len(values[field].encode()))
        kept = len(values[longest].encode()) - excess
        if kept <= 0:
            return cut(stem, room)
        values = values | {longest: cut(values[longest], kept)}
        stem = template.fill(values)
    return stem


def _presentable(stem: str) -> str:
    """A stem that neither hides the file, nor looks like an option, nor names a device."""
    stem = stem.strip(EDGES + ".")
    device, dot, rest = stem.partition(".")
    if device.rstrip().upper() in RESERVED_NAMES:
        return f"{device.rstrip()}_{dot}{rest}"
    return stem


def _passes_pathvalidate(name: str) -> bool:
    from pathvalidate import ValidationError, validate_filename

    try:
        validate_filename(name, platform="universal", max_len=NAME_BYTES)
    except ValidationError:
        return False
    return True
